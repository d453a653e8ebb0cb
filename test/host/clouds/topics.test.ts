/** What a device of the emulated Aliyun may publish and subscribe to. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { Guest, Objection } from "../../../host/broker/rules.ts";
import { covers, isFilter } from "../../../host/broker/topics.ts";
import { deviceGuest } from "../../../host/clouds/aliyun/guest.ts";
import { parseIdentifier } from "../../../host/clouds/aliyun/identifier.ts";
import type { Switches } from "../../../host/clouds/aliyun/switches.ts";
import { ANY_CLASS, isSystem, topicRights, withoutTrace } from "../../../host/clouds/aliyun/topics.ts";
import type { TopicClass } from "../../../host/clouds/aliyun/topics.ts";
import type { World } from "../../../host/clouds/aliyun/world.ts";
import { closeAll, DN, ME, NAMES, testWorld } from "./support.ts";

afterEach(closeAll);

function rights(classes: readonly TopicClass[] = ANY_CLASS, takesCalls = false): ReturnType<typeof topicRights> {
  return topicRights({ productKey: "pk", deviceName: "dn", takesCalls }, classes);
}

function guestOf(world: World): Guest {
  const identifier = parseIdentifier(`${DN}|securemode=2|`) ?? assert.fail();
  const request = { clientId: "", username: "", password: undefined, keepaliveS: 120, clean: true, secure: true };
  return deviceGuest({ ...NAMES, identifier, request }, [], world);
}

async function guest(switches: Partial<Switches> = {}): Promise<Guest> {
  return guestOf(await testWorld({ switches }));
}

function publish(to: Guest, topic: string, bytes = 1, qos = 1): Objection | null {
  return to.publish({ topic, payload: Buffer.alloc(bytes), qos });
}

function subscribe(to: Guest, topics: readonly string[], others = 0, qos = 1): (string | undefined)[] {
  return to
    .subscribe(
      topics.map((topic) => ({ topic, qos })),
      others,
    )
    .map((objection) => objection?.why);
}

describe("a filter", () => {
  for (const [allowed, filter, expected] of [
    ["/a/b", "/a/b", true],
    ["/a/b", "/a/c", false],
    ["/a/b", "/a", false],
    ["/a/b", "/a/b/c", false],
    ["/a/#", "/a/b/c", true],
    ["/a/#", "/a/#", true],
    ["/a/#", "/a/+/c", true],
    ["/a/#", "/a", true],
    ["/a/#", "/#", false],
    ["/a/#", "#", false],
    ["/a/+/c", "/a/b/c", true],
    ["/a/+/c", "/a/+/c", true],
    ["/a/+", "/a/#", false],
    ["/a/b", "/a/+", false],
    ["/a/b", "/a/#", false],
  ] as const) {
    it(`${allowed} ${expected ? "covers" : "does not cover"} ${filter}`, () => assert.equal(covers(allowed, filter), expected));
  }

  it("has wildcards for whole levels, and # at the end", () => {
    for (const good of ["/a/b", "#", "+", "/+/b/#", "a"]) assert.ok(isFilter(good), good);
    for (const bad of ["", "/a#", "/#/b", "/a+/b", "##"]) assert.ok(!isFilter(bad), bad);
  });
});

describe("a device may publish", () => {
  for (const topic of [
    "/pk/dn/user/update",
    "/pk/dn/user/update/error",
    "/pk/dn/test",
    "/sys/pk/dn/thing/event/property/post",
    "/sys/pk/dn/thing/event/property/batch/post",
    "/ota/device/inform/pk/dn",
    "/ota/device/progress/pk/dn",
    "/shadow/update/pk/dn",
    "/ext/ntp/pk/dn/request",
  ]) {
    it(topic, () => assert.equal(rights().publish(topic), ""));
  }

  for (const topic of [
    "/pk/other/user/update",
    "/other/dn/user/update",
    "pk/dn/user/update",
    "/sys/pk/other/thing/event/property/post",
    "/ota/device/upgrade/pk/dn",
    "/shadow/get/pk/dn",
    "/ext/ntp/pk/dn/response",
    "/broadcast/pk/all",
    "/ext/rrpc/1/pk/dn/user/x",
    "anything",
  ]) {
    it(`but not ${topic}`, () => assert.match(rights().publish(topic), /No authorization/));
  }

  it("answers to calls on topics of its own, if it says that it takes them", () => {
    const may = rights(ANY_CLASS, true);
    assert.equal(may.publish("/ext/rrpc/1/pk/dn/user/x"), "");
    assert.equal(may.subscribe("/ext/rrpc/+/pk/dn/user/x"), "");
    assert.notEqual(may.subscribe("/ext/rrpc/+/pk/other/user/x"), "");
  });

  it("on topics of 128 bytes with seven slashes", () => {
    const own = "/pk/dn/user/";
    assert.equal(rights().publish(own.padEnd(128, "x")), "");
    assert.match(rights().publish(own.padEnd(129, "x")), /128 bytes/);
    assert.match(rights().publish(own.padEnd(127, "x") + "温"), /128 bytes/);
    assert.equal(rights().publish(`${own}a/b/c/d`), "");
    assert.match(rights().publish(`${own}a/b/c/d/e`), /7 slashes/);
  });

  it("as the classes of its product say", () => {
    const may = rights([
      { filter: "user/update", rights: "publish" },
      { filter: "user/get", rights: "subscribe" },
      { filter: "user/both", rights: "both" },
    ]);
    assert.equal(may.publish("/pk/dn/user/update"), "");
    assert.notEqual(may.subscribe("/pk/dn/user/update"), "");
    assert.notEqual(may.publish("/pk/dn/user/get"), "");
    assert.equal(may.subscribe("/pk/dn/user/get"), "");
    assert.equal(may.publish("/pk/dn/user/both"), "");
    assert.equal(may.subscribe("/pk/dn/user/both"), "");
    assert.notEqual(may.subscribe("/pk/dn/user/#"), "");
  });

  it("256 KB", async () => {
    const to = await guest();
    assert.equal(publish(to, `/${ME}/user/x`, 262_144), null);
    assert.match(publish(to, `/${ME}/user/x`, 262_145)?.why ?? "", /at most 262144/);
  });

  it("without QoS 2: its connection is closed, or the message left out", async () => {
    assert.deepEqual(publish(await guest(), `/${ME}/user/x`, 1, 2), { why: "QoS 2", close: true });
    assert.deepEqual(publish(await guest({ qos2: "refuse" }), `/${ME}/user/x`, 1, 2), { why: "QoS 2", close: false });
  });

  it("or is cut off for a topic that is not its own, where that is chosen", async () => {
    assert.equal(publish(await guest(), "/x")?.close, false);
    assert.equal(publish(await guest({ illegalTopic: "close" }), "/x")?.close, true);
  });

  it("with a request id for tracing, which is no part of the topic", async () => {
    const to = await guest();
    assert.equal(to.route(`/sys/${ME}/thing/event/property/post?_rid=abc123`), `/sys/${ME}/thing/event/property/post`);
    assert.equal(withoutTrace("/a/b?other=1"), "/a/b?other=1");
  });

  it("30 messages of QoS 0, 10 of QoS 1, and 1 MB a second, where rates count", async () => {
    const world = await testWorld({ switches: { limits: true } });
    const to = guestOf(world);
    const topic = `/${ME}/user/x`;
    for (let i = 0; i < 10; i++) assert.equal(publish(to, topic), null);
    assert.match(publish(to, topic)?.why ?? "", /uplinkQos1 10 per 1 s/);
    for (let i = 0; i < 30; i++) assert.equal(publish(to, topic, 1, 0), null);
    assert.match(publish(to, topic, 1, 0)?.why ?? "", /uplinkQos0 30 per 1 s/);
    world.clock.advanceSync(1000);
    for (let i = 0; i < 4; i++) assert.equal(publish(to, topic, 262_144), null);
    assert.match(publish(to, topic)?.why ?? "", /uplinkBytes/);
    world.clock.advanceSync(1000);
    for (let i = 0; i < 20; i++) assert.equal(publish(to, `/shadow/update/${ME}`, 1, 0), null);
    assert.match(publish(to, `/shadow/update/${ME}`, 1, 0)?.why ?? "", /shadow 20/);
  });
});

describe("a device may subscribe", () => {
  for (const filter of [
    "/pk/dn/user/get",
    "/pk/dn/user/#",
    "/pk/dn/user/+",
    "/sys/pk/dn/thing/service/property/set",
    "/sys/pk/dn/rrpc/request/+",
    "/ota/device/upgrade/pk/dn",
    "/shadow/get/pk/dn",
    "/ext/ntp/pk/dn/response",
    "/broadcast/pk/all",
  ]) {
    it(filter, () => assert.equal(rights().subscribe(filter), ""));
  }

  for (const filter of [
    "#",
    "/#",
    "/pk/#",
    "/pk/+/user/get",
    "/+/dn/user/get",
    "/pk/other/user/get",
    "/sys/pk/dn/#",
    "/ext/ntp/pk/dn/request",
    "$SYS/#",
  ]) {
    it(`but not ${filter}`, () => assert.notEqual(rights().subscribe(filter), ""));
  }

  it("to 100 topics, 8 at once", async () => {
    const to = await guest();
    const topics = (count: number): string[] => Array.from({ length: count }, (_, i) => `/${ME}/user/${i}`);
    assert.deepEqual(subscribe(to, topics(8), 92), Array(8).fill(undefined));
    assert.match(subscribe(to, topics(8), 93)[7] ?? "", /at most 100/);
    assert.deepEqual(subscribe(to, topics(9)), Array(9).fill("9 filters at once; at most 8"));
    assert.match(subscribe(to, ["/other/x", ...topics(1)], 99)[0] ?? "", /No authorization/);
    assert.equal(subscribe(to, ["/other/x", ...topics(1)], 99)[1], undefined, "a refused one does not count");
  });

  it("without QoS 2", async () => {
    assert.deepEqual((await guest()).subscribe([{ topic: `/${ME}/user/x`, qos: 2 }], 0), [{ why: "QoS 2", close: true }]);
  });
});

describe("a device receives", () => {
  it("its own messages on its own topics, but not on the platform's", async () => {
    const to = await guest();
    const message = (topic: string): { topic: string; payload: Buffer; qos: number } => ({ topic, payload: Buffer.alloc(1), qos: 0 });
    assert.equal(to.receive(message(`/${ME}/user/x`), true), null);
    assert.equal(to.receive(message(`/sys/${ME}/thing/x`), true), "");
    assert.equal(to.receive(message(`/ext/rrpc/1/${ME}/user/x`), true), "");
    assert.equal(to.receive(message(`/sys/${ME}/thing/x`), false), null);
    assert.ok(isSystem("/ota/device/inform/a/b") && isSystem("/shadow/get/a/b") && !isSystem("/pk/dn/sys/x"));
  });

  it("50 messages a second, where rates count", async () => {
    const to = await guest({ limits: true });
    const message = { topic: `/${ME}/user/x`, payload: Buffer.alloc(1), qos: 0 };
    for (let i = 0; i < 50; i++) assert.equal(to.receive(message, false), null);
    assert.match(to.receive(message, false) ?? "", /downlink 50/);
  });
});

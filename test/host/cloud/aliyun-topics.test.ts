/** What a device of the emulated Aliyun may publish and subscribe to, and what its services answer. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answersTo } from "../../../host/cloud/aliyun/services.ts";
import { ANY_CLASS, covers, topicRights } from "../../../host/cloud/aliyun/topics.ts";
import type { QosPolicy, TopicClass } from "../../../host/cloud/aliyun/topics.ts";

const POLICY: QosPolicy = { qos2: "close", illegalTopic: "drop" };

function rights(classes: readonly TopicClass[] = ANY_CLASS, takesCalls = false, policy = POLICY): ReturnType<typeof topicRights> {
  return topicRights({ productKey: "pk", deviceName: "dn", takesCalls }, classes, policy);
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
    it(topic, () => assert.equal(rights().publish(topic, 10, 1), null));
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
    it(`but not ${topic}`, () => assert.match(rights().publish(topic, 10, 1)?.why ?? "", /No authorization/));
  }

  it("answers to calls on topics of its own, if it says that it takes them", () => {
    assert.equal(rights(ANY_CLASS, true).publish("/ext/rrpc/1/pk/dn/user/x", 1, 0), null);
    assert.equal(rights(ANY_CLASS, true).subscribe("/ext/rrpc/+/pk/dn/user/x", 0, 0), null);
    assert.notEqual(rights(ANY_CLASS, true).subscribe("/ext/rrpc/+/pk/other/user/x", 0, 0), null);
  });

  it("256 KB, topics of 128 bytes, and seven slashes", () => {
    const own = "/pk/dn/user/";
    assert.equal(rights().publish(`${own}x`, 262_144, 1), null);
    assert.match(rights().publish(`${own}x`, 262_145, 1)?.why ?? "", /at most 262144/);
    assert.equal(rights().publish(own.padEnd(128, "x"), 1, 1), null);
    assert.match(rights().publish(own.padEnd(129, "x"), 1, 1)?.why ?? "", /128 bytes/);
    assert.match(rights().publish(own.padEnd(127, "x") + "温", 1, 1)?.why ?? "", /128 bytes/);
    assert.equal(rights().publish(`${own}a/b/c/d`, 1, 1), null);
    assert.match(rights().publish(`${own}a/b/c/d/e`, 1, 1)?.why ?? "", /7 slashes/);
  });

  it("as the classes of its product say", () => {
    const classes: TopicClass[] = [
      { filter: "user/update", rights: "publish" },
      { filter: "user/get", rights: "subscribe" },
      { filter: "user/both", rights: "both" },
    ];
    const may = rights(classes);
    assert.equal(may.publish("/pk/dn/user/update", 1, 0), null);
    assert.notEqual(may.subscribe("/pk/dn/user/update", 0, 0), null);
    assert.notEqual(may.publish("/pk/dn/user/get", 1, 0), null);
    assert.equal(may.subscribe("/pk/dn/user/get", 0, 0), null);
    assert.equal(may.publish("/pk/dn/user/both", 1, 0), null);
    assert.equal(may.subscribe("/pk/dn/user/both", 0, 0), null);
    assert.notEqual(may.subscribe("/pk/dn/user/#", 0, 0), null);
  });

  it("without QoS 2: its connection is closed, or the message left out", () => {
    assert.deepEqual(rights().publish("/pk/dn/user/x", 1, 2), { why: "QoS 2", close: true });
    assert.deepEqual(rights(ANY_CLASS, false, { ...POLICY, qos2: "refuse" }).subscribe("/pk/dn/user/x", 2, 0), {
      why: "QoS 2",
      close: false,
    });
  });

  it("or is cut off for a topic that is not its own, where that is chosen", () => {
    assert.equal(rights(ANY_CLASS, false, { ...POLICY, illegalTopic: "close" }).publish("/x", 1, 0)?.close, true);
    assert.equal(rights().publish("/x", 1, 0)?.close, false);
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
    it(filter, () => assert.equal(rights().subscribe(filter, 1, 0), null));
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
    it(`but not ${filter}`, () => assert.notEqual(rights().subscribe(filter, 1, 0), null));
  }

  it("to 100 topics", () => {
    assert.equal(rights().subscribe("/pk/dn/user/x", 1, 99), null);
    assert.match(rights().subscribe("/pk/dn/user/x", 1, 100)?.why ?? "", /at most 100/);
  });

  it("and receives what it may subscribe to", () => {
    assert.ok(rights().receives("/pk/dn/user/get"));
    assert.ok(!rights().receives("/pk/other/user/get"));
  });
});

describe("services", () => {
  const world = { now: () => 1_571_724_098_110 };
  function answer(topic: string, payload: string): { topic: string; value: unknown }[] {
    return answersTo({ topic, payload: Buffer.from(payload), qos: 1 }, "pk/dn", world).map((one) => {
      assert.equal(one.qos, 0);
      return { topic: one.topic, value: JSON.parse(one.payload.toString()) as unknown };
    });
  }

  it("tell the time, as texts in milliseconds", () => {
    for (const sent of ['"1571724098000"', "1571724098000"]) {
      assert.deepEqual(answer("/ext/ntp/pk/dn/request", `{"deviceSendTime":${sent}}`), [
        {
          topic: "/ext/ntp/pk/dn/response",
          value: { deviceSendTime: "1571724098000", serverRecvTime: "1571724098110", serverSendTime: "1571724098110" },
        },
      ]);
    }
    assert.deepEqual(answer("/ext/ntp/pk/dn/request", "what time is it"), []);
    assert.deepEqual(answer("/ext/ntp/pk/other/request", '{"deviceSendTime":"1"}'), []);
  });

  it("acknowledge reports of properties and events with the method as the topic has it", () => {
    for (const path of ["property", "Error", "property/batch", "property/history"]) {
      const topic = `/sys/pk/dn/thing/event/${path}/post`;
      assert.deepEqual(answer(topic, '{"id":"7","version":"1.0","params":{"Temperature":25.1}}'), [
        {
          topic: `${topic}_reply`,
          value: { code: 200, data: {}, id: "7", message: "success", method: `thing.event.${path.replace("/", ".")}.post`, version: "1.0" },
        },
      ]);
    }
  });

  it("keep quiet when they are asked to, and about other topics", () => {
    assert.deepEqual(answer("/sys/pk/dn/thing/event/property/post", '{"id":"7","params":{},"sys":{"ack":0}}'), []);
    assert.equal(answer("/sys/pk/dn/thing/event/property/post", '{"id":"7","params":{},"sys":{"ack":1}}').length, 1);
    for (const topic of ["/pk/dn/user/update", "/sys/pk/dn/thing/event/property/post_reply", "/sys/pk/dn/thing/service/property/set_reply"])
      assert.deepEqual(answer(topic, '{"id":"1","params":{}}'), []);
  });

  it("name what is wrong with a report", () => {
    const code = (payload: string): unknown => (answer("/sys/pk/dn/thing/event/property/post", payload)[0]?.value as { code: number }).code;
    assert.equal(code("not JSON"), 400);
    assert.equal(code("[1]"), 400);
    assert.equal(code('{"id":"1"}'), 460);
    assert.equal(code('{"id":"1","params":5}'), 460);
  });
});

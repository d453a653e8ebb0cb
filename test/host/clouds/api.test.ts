/** What the owner of an emulated Aliyun does to its devices. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { CallError } from "../../../host/clouds/shared/calls.ts";
import { closeAll, codeOf, device, DN, DS, ME, NAMES, PK, registrationFields, startCloud } from "./support.ts";
import type { RawClient, TestCloud } from "./support.ts";

afterEach(closeAll);

/** Takes one message, and answers it. @returns the message's JSON. */
async function answering(
  client: RawClient,
  topic: (topic: string) => string,
  answer: (request: Record<string, unknown>) => unknown,
): Promise<Record<string, unknown>> {
  const message = await client.message();
  const request = JSON.parse(message.text) as Record<string, unknown>;
  await client.publish(topic(message.topic), JSON.stringify(answer(request)), 0);
  return request;
}
const reply = (topic: string): string => `${topic}_reply`;

function fails(kind: CallError["kind"]): (error: unknown) => boolean {
  return (error) => error instanceof CallError && error.kind == kind;
}

describe("a call", () => {
  it("sets properties, and gives the device's answer", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    await client.subscribe([`/sys/${ME}/thing/service/property/set`]);
    const called = cloud.api.setProperties(NAMES, { LightSwitch: 1 });
    const request = await answering(client, reply, ({ id }) => ({ id, code: 200, data: { done: true } }));
    assert.deepEqual(Object.keys(request), ["method", "id", "params", "version"]);
    assert.deepEqual(
      [request["method"], request["params"], request["version"]],
      ["thing.service.property.set", { LightSwitch: 1 }, "1.0.0"],
    );
    assert.deepEqual(await called, { code: 200, data: { done: true } });
    assert.deepEqual(cloud.api.state(NAMES).properties, {}, "the device has to report the new value");
  });

  it("reaches a service on its own topic, and over RRPC", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    await client.subscribe([`/sys/${ME}/thing/service/Reboot`, `/sys/${ME}/rrpc/request/+`]);
    const called = cloud.api.callService(NAMES, "Reboot", { delay: 3 });
    await answering(client, reply, ({ id }) => ({ id, code: 100_001, data: {}, message: "busy" }));
    assert.deepEqual(await called, { code: 100_001, data: {}, message: "busy" });
    const synchronous = cloud.api.callServiceSync(NAMES, "Reboot");
    const request = await answering(
      client,
      (topic) => topic.replace("request", "response"),
      ({ id }) => ({ id, code: 200, data: { ok: 1 } }),
    );
    assert.equal(request["method"], "thing.service.Reboot");
    assert.deepEqual(await synchronous, { code: 200, data: { ok: 1 } });
  });

  it("over RRPC takes any bytes both ways, on the system's topic and on the device's own", async () => {
    const cloud = await startCloud();
    const client = await device(cloud, { parameters: "securemode=2,signmethod=hmacsha256,ext=1" });
    await client.subscribe([`/sys/${ME}/rrpc/request/+`, `/ext/rrpc/+/${ME}/user/ask`]);
    const system = cloud.api.rrpc(NAMES, Buffer.from([0, 255]));
    const asked = await client.next("publish");
    assert.deepEqual(asked.payload, Buffer.from([0, 255]));
    await client.publish(asked.topic.replace("request", "response"), Buffer.from([1, 254]), 0);
    assert.deepEqual(await system, Buffer.from([1, 254]));
    const custom = cloud.api.rrpcCustom(NAMES, `/${ME}/user/ask`, Buffer.from("?"));
    const { topic } = await client.message();
    assert.match(topic, new RegExp(`^/ext/rrpc/\\d+/${ME}/user/ask$`));
    await client.publish(topic, "!", 0);
    assert.equal((await custom).toString(), "!");
    assert.equal(client.got.filter((packet) => packet.cmd == "publish").length, 2, "its answer does not come back to it");
    assert.throws(() => cloud.api.rrpcCustom(NAMES, "/other/x", Buffer.alloc(0)), /no topic of device/);
  });

  it("on a topic of its own does not reach a device that did not say ext=1", async () => {
    const client = await device(await startCloud());
    assert.deepEqual(await client.subscribe([`/ext/rrpc/+/${ME}/user/ask`]), [0x80]);
  });

  it("fails after 8 s without an answer; what comes later is nobody's", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    await client.subscribe([`/sys/${ME}/rrpc/request/+`]);
    const called = cloud.api.rrpc(NAMES, Buffer.from("x"));
    const failed = assert.rejects(called, fails("timeout"));
    const { topic } = await client.message();
    await cloud.clock.advance(8000);
    await failed;
    await client.publish(topic.replace("request", "response"), "late", 0);
    assert.match((await cloud.event("rejected")).reason, /nobody waits/);
  });

  it("fails at once when the device is not connected, or not there, and when the cloud is closed", async () => {
    const cloud = await startCloud();
    await assert.rejects(cloud.api.setProperties(NAMES, {}), fails("offline"));
    await assert.rejects(cloud.api.rrpc({ productKey: PK, deviceName: "other" }, Buffer.alloc(0)), /no device "other"/);
    await device(cloud);
    const called = assert.rejects(cloud.api.rrpc(NAMES, Buffer.alloc(0)), fails("offline"));
    await cloud.close();
    await called;
  });
});

describe("configuration and logs", () => {
  it("are pushed", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    await client.subscribe([`/sys/${ME}/thing/config/push`, `/sys/${ME}/thing/config/log/push`]);
    await assert.rejects(async () => cloud.api.pushConfig(NAMES), /has no configuration/);
    cloud.api.setConfig(PK, { interval: 60 });
    const pushed = cloud.api.pushConfig(NAMES);
    const { params } = await answering(client, reply, ({ id }) => ({ id, code: 200, data: {} }));
    assert.equal((params as { configSize: number }).configSize, 15);
    assert.equal((await pushed).code, 200);
    const logs = cloud.api.setLogMode(NAMES, 1);
    await answering(client, reply, ({ id }) => ({ id, code: 200, data: {} }));
    assert.equal((await logs).code, 200);
  });
});

describe("a broadcast", () => {
  it("reaches all devices of a product that are connected, subscribed or not", async () => {
    const cloud = await startCloud();
    cloud.api.addDevice(PK, "offline");
    const client = await device(cloud);
    assert.equal(await cloud.api.broadcast(PK, Buffer.from("all")), 1);
    const { topic, text } = await client.message();
    assert.match(topic, new RegExp(`^/sys/${ME}/broadcast/request/\\d+$`));
    assert.equal(text, "all");
  });

  it("reaches those who subscribed", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    await client.subscribe([`/broadcast/${PK}/news`]);
    cloud.api.broadcastTo(PK, "other", Buffer.from("other"));
    cloud.api.broadcastTo(PK, "news", Buffer.from("news"));
    assert.equal((await client.message()).text, "news");
  });

  it("has 64 KB as base64, and comes once a minute where rates count", async () => {
    const cloud = await startCloud({ limits: true });
    await assert.rejects(cloud.api.broadcast(PK, Buffer.alloc(49_153)), /at most 65536 bytes as base64/);
    cloud.api.broadcastTo(PK, "news", Buffer.alloc(49_152));
    assert.throws(() => cloud.api.broadcastTo(PK, "news", Buffer.alloc(1)), /over the limit: broadcast/);
    await cloud.clock.advance(60_000);
    cloud.api.broadcastTo(PK, "news", Buffer.alloc(1));
    assert.throws(() => cloud.api.broadcastTo("none", "news", Buffer.alloc(1)), /no product "none"/);
  });
});

describe("a shadow", () => {
  it("is wished, and the device told", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    await client.subscribe([`/shadow/get/${ME}`]);
    cloud.api.setShadow(NAMES, { color: "green" });
    const { method, version } = await client.json();
    assert.deepEqual([method, version], ["control", 1]);
    await client.publish(
      `/shadow/update/${ME}`,
      JSON.stringify({ method: "update", state: { reported: { color: "green" }, desired: "null" }, version: 2 }),
    );
    assert.deepEqual((await client.json())["payload"] as object, { status: "success", version: 2 });
    const { reported, desired } = cloud.api.shadow(NAMES);
    assert.deepEqual([reported, desired], [{ color: "green" }, {}]);
  });
});

describe("a device", () => {
  it("that is disabled is told, cut off and refused, until it is enabled", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    await cloud.api.disable(NAMES);
    assert.equal((await client.message()).topic, `/sys/${ME}/thing/disable`);
    await client.closed;
    assert.equal(await codeOf(cloud), 5);
    await cloud.api.enable(NAMES);
    assert.equal(await codeOf(cloud), 0);
  });

  it("that is removed is told, cut off and unknown, and leaves nothing behind", async () => {
    const cloud = await startCloud();
    const client = await device(cloud, { clean: false });
    await client.subscribe([`/${ME}/user/get`]);
    await client.publish(`/sys/${ME}/thing/event/property/post`, '{"id":"1","params":{"a":1}}');
    await cloud.event("publish");
    await cloud.api.remove(NAMES);
    await client.closed;
    assert.equal(await codeOf(cloud), 4);
    cloud.api.addDevice(PK, DN, DS);
    assert.deepEqual(cloud.api.state(NAMES).properties, {});
    const again = await device(cloud, { clean: false });
    assert.equal((again.got[0] as { sessionPresent: boolean }).sessionPresent, false);
  });

  it("that is kicked may come back", async () => {
    const cloud = await startCloud();
    const client = await device(cloud);
    assert.ok(cloud.api.state(NAMES).online);
    cloud.api.kick(NAMES);
    await client.closed;
    await cloud.event("disconnect");
    assert.ok(!cloud.api.state(NAMES).online);
    await device(cloud);
  });

  it("is activated by its first connection, once", async () => {
    const cloud = await startCloud();
    await codeOf(cloud, { password: "0".repeat(64) });
    assert.equal(cloud.api.state(NAMES).activated, false);
    await codeOf(cloud);
    await codeOf(cloud);
    assert.equal(cloud.events.filter(({ ev }) => ev == "activated").length, 1);
    assert.equal(cloud.api.state(NAMES).activated, true);
  });

  it("is shown without its secret", async () => {
    const cloud = await startCloud();
    assert.ok(!JSON.stringify([cloud.api.state(NAMES), cloud.api.products(), cloud.api.devices(PK)]).includes(DS));
  });

  it("that was wished for does not spoil a registration", async () => {
    const cloud = await startCloud();
    cloud.api.setDesired(NAMES, { power: 1 });
    assert.equal(await codeOf(cloud, registrationFields("register")), 0);
    assert.ok(!JSON.stringify(cloud.events.filter(({ ev }) => ev != "answer")).includes(DS));
  });
});

describe("what is not there", () => {
  it("is named", async () => {
    const cloud: TestCloud = await startCloud();
    const unknown = { productKey: PK, deviceName: "nobody" };
    for (const act of [
      () => cloud.api.state(unknown),
      () => cloud.api.kick(unknown),
      () => cloud.api.resetActivation(unknown),
      () => cloud.api.shadow(unknown),
      () => cloud.api.setShadow(unknown, {}),
      () => cloud.api.update(unknown, { version: "1", content: Buffer.alloc(1) }),
    ])
      assert.throws(act, /there is no device "nobody" of product/);
    await assert.rejects(cloud.api.disable(unknown), /no device "nobody"/);
    assert.throws(() => cloud.api.setRegistration("none", true), /no product "none"/);
    assert.throws(() => cloud.api.addDevice("none", "x"), /no product "none"/);
    assert.throws(() => cloud.api.addDevice(PK, DN), /has a device/);
    assert.throws(() => cloud.api.addDevice(PK, "a/b"), /"a\/b" is no device name/);
    assert.throws(() => cloud.api.addProduct({ productKey: PK }), /there is a product/);
    assert.throws(() => cloud.api.addProduct({ productKey: "a/b" }), /no product key/);
    assert.throws(() => cloud.api.job(99), /no job 99/);
    assert.throws(() => cloud.api.set("what" as never, 1), /no switch "what"; there are: strictSecuremode/);
    assert.throws(() => cloud.api.set("qos2", "maybe"), /switch qos2: "maybe" is none of close, refuse/);
    assert.throws(() => cloud.api.set("limits", "maybe"), /none of true, false/);
    assert.throws(() => cloud.api.set("tokenMs", -1), /whole numbers/);
  });
});

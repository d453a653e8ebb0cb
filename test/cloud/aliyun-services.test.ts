/**
 * Aliyun's services for applications, at a device that only remembers. Topics as documented by the platform ("Alink
 * protocol", "NTP service", "RRPC").
 */
import assert from "node:assert/strict";
import { before, beforeEach, describe, it } from "node:test";
import { boot, bundleAll, bundleApp, QUEUE_FULL, type Alink, type FakeDevice } from "./aliyun-services-support.ts";

let code: string;
let device: FakeDevice;
let alink: Alink;

before(async () => {
  code = await bundleAll();
});
beforeEach(() => {
  ({ device, alink } = boot(code));
});

const POST = "/sys/~/thing/event/property/post";
const SET = "/sys/~/thing/service/property/set";

describe("a request", () => {
  let replies: unknown[];
  const onReply = (error: string | null, data: unknown): void => void replies.push([error, data]);

  beforeEach(() => {
    replies = [];
  });

  it("goes to its method's topic, and hears its reply there", () => {
    alink.postProperties(device, { Temperature: 25.1 }, onReply);
    const { topic, qos, value } = device.take();
    assert.deepEqual([topic, qos], [POST, 1]);
    assert.deepEqual(value, { id: "1", version: "1.0", params: { Temperature: 25.1 }, method: "thing.event.property.post" });
    assert.deepEqual(device.subscribed, [`${POST}_reply 1`]);
    device.receive(`${POST}_reply`, { id: "1", code: 200, data: { Temp: "unknown" } });
    assert.equal(JSON.stringify(replies), '[[null,{"Temp":"unknown"}]]');
    assert.equal(device.clock.pending, 0);
  });

  it("has an id of its own, by which its reply is known, in any order and once", () => {
    const order: string[] = [];
    alink.request(device, "thing.config.get", {}, () => order.push("first"));
    alink.request(device, "thing.config.get", {}, () => order.push("second"));
    assert.equal(device.subscribed.length, 1);
    for (const id of ["3", "2", "2", "1"]) device.receive("/sys/~/thing/config/get_reply", { id, code: 200, data: {} });
    assert.deepEqual(order, ["second", "first"]);
  });

  it("that is refused says why: by the code's meaning, else in the cloud's words", () => {
    for (const [reply, error] of [
      [{ code: 460, message: "tsl parse" }, "460: parameter missing or wrong"],
      [{ code: 6713, message: "no configuration" }, "6713: no configuration"],
      [{ code: 6713 }, "6713: no reason given"],
      [{}, "undefined: no reason given"],
    ] as const) {
      alink.request(device, "thing.config.get", {}, onReply);
      device.receive("/sys/~/thing/config/get_reply", { id: device.take().value["id"], ...reply });
      assert.deepEqual((replies.pop() as unknown[])[0], error);
    }
  });

  it("without a reply in time is over, and a late reply is nobody's", () => {
    alink.request(device, "thing.config.get", {}, onReply, 3);
    device.clock.advanceSync(2999);
    assert.equal(replies.length, 0);
    device.clock.advanceSync(1);
    assert.equal(JSON.stringify(replies), '[["timeout",{}]]');
    device.receive("/sys/~/thing/config/get_reply", { id: "1", code: 200, data: {} });
    assert.equal(replies.length, 1);
    alink.request(device, "thing.config.get", {}, onReply);
    device.clock.advanceSync(9999);
    assert.equal(replies.length, 1);
    device.clock.advanceSync(1);
    assert.equal(replies.length, 2);
  });

  it("that cannot be sent fails at once", () => {
    alink.request(device, "thing.config.get", {}, onReply);
    device.published[0]?.done?.(null);
    assert.equal(replies.length, 0);
    device.published[0]?.done?.(QUEUE_FULL);
    assert.equal(JSON.stringify(replies), '[["queue-full: 8 messages wait",{}]]');
  });

  it("without somebody to hear it asks for no reply", () => {
    alink.postProperties(device, { power: 1 });
    assert.deepEqual(device.take().value["sys"], { ack: 0 });
    assert.deepEqual([device.subscribed, device.clock.pending], [[], 0]);
  });

  it("is not disturbed by what is no reply", () => {
    alink.request(device, "thing.config.get", {}, onReply);
    for (const payload of ["", "not JSON", "[]", "null", '{"id":', "5", '{"code":200}'])
      device.receive("/sys/~/thing/config/get_reply", payload);
    assert.equal(replies.length, 0);
  });

  it("carries texts byte by byte, and leaves out what is undefined", () => {
    alink.postProperties(device, { name: 'caf\xc3\xa9 "\\\n', none: undefined, list: [1, null, { a: true }] });
    const { payload } = device.published[0] ?? assert.fail();
    assert.ok(payload.includes('"params":{"name":"caf\xc3\xa9 \\"\\\\\\n","list":[1,null,{"a":true}]}'), payload);
  });
});

describe("an event", () => {
  it("has the time at which it was posted, if the device knows it", () => {
    alink.postEvent(device, "Error", { Code: 7 });
    assert.deepEqual(device.take().value["params"], { value: { Code: 7 } });
    device.time = 1_524_448_722;
    alink.postEvent(device, "Error", { Code: 7 });
    const { topic, value } = device.take();
    assert.deepEqual([topic, value["method"]], ["/sys/~/thing/event/Error/post", "thing.event.Error.post"]);
    assert.deepEqual(value["params"], { value: { Code: 7 }, time: 1_524_448_722_000 });
  });
});

describe("what the cloud asks", () => {
  it("sets properties, and is answered", () => {
    const set: unknown[] = [];
    alink.onProperties(device, (properties) => void set.push({ ...properties }));
    device.receive(SET, { method: "thing.service.property.set", id: "105917531", params: { LightSwitch: 1 }, version: "1.0.0" });
    assert.deepEqual(set, [{ LightSwitch: 1 }]);
    assert.deepEqual(device.take(), { topic: `${SET}_reply`, qos: 1, value: { id: "105917531", code: 200, data: {} } });
  });

  it("is refused with a code of the device's own where the application throws", () => {
    alink.onProperties(device, () => {
      throw new Error("too hot");
    });
    device.receive(SET, { method: "thing.service.property.set", id: "5", params: {} });
    assert.deepEqual(device.take().value, { id: "5", code: 100000, data: {} });
    assert.deepEqual(device.logged, ["thing.service.property.set: Error: too hot"]);
  });

  it("that is no request has code 400 and does nothing", () => {
    alink.onProperties(device, () => assert.fail("called"));
    for (const payload of ["", '{"id":"5","par', "[1]", '{"params":{}}']) {
      device.receive(SET, payload);
      assert.deepEqual(device.take().value, { id: "", code: 400, data: {} });
    }
  });

  it("calls a service, whose data are the answer", () => {
    alink.onService(device, "Reboot", (params, method) => ({ ok: params["delay"], method }));
    alink.onService(device, "Beep", () => undefined);
    device.receive("/sys/~/thing/service/Reboot", { method: "thing.service.Reboot", id: "12", params: { delay: 3 } });
    const value = { id: "12", code: 200, data: { ok: 3, method: "thing.service.Reboot" } };
    assert.deepEqual(device.take(), { topic: "/sys/~/thing/service/Reboot_reply", qos: 1, value });
    device.receive("/sys/~/thing/service/Beep", { method: "thing.service.Beep", id: 13 });
    assert.deepEqual(device.take().value, { id: "13", code: 200, data: {} });
  });

  it("calls and waits: the answer goes to that call's topic at once, with QoS 0", () => {
    alink.onCall(device, (payload) => `{"got":${payload}}`);
    device.receive("/sys/~/rrpc/request/+", "7", "/sys/pk/dn/rrpc/request/815");
    assert.deepEqual(device.take(), { topic: "/sys/~/rrpc/response/815", qos: 0, value: { got: 7 } });
  });

  it("calls a service and waits", () => {
    alink.onCall(device, (payload) => alink.answerOf(device, payload, (params, method) => ({ ...params, method })));
    device.receive("/sys/~/rrpc/request/+", { id: "1", method: "thing.service.Add", params: { a: 1 } }, "/sys/pk/dn/rrpc/request/9");
    assert.deepEqual(device.take().value, { id: "1", code: 200, data: { a: 1, method: "thing.service.Add" } });
  });
});

describe("the time", () => {
  const RESPONSE = "/ext/ntp/~/response";
  const answer = (deviceSendTime: unknown): object => ({
    deviceSendTime,
    serverRecvTime: "1571724098110",
    serverSendTime: "1571724098115",
  });

  it("is the middle of the server's times, and half of the way there and back later", () => {
    alink.keepTime(device);
    assert.deepEqual(device.subscribed, [`${RESPONSE} 0`]);
    device.goOnline();
    const { topic, qos, value } = device.take();
    assert.deepEqual([topic, qos], ["/ext/ntp/~/request", 0]);
    device.clock.advanceSync(405);
    device.receive(RESPONSE, answer(value["deviceSendTime"]));
    // (1571724098110 + 1571724098115 + 400 + 5) / 2
    assert.equal(device.time, 1571724098.315);
  });

  it("is asked for again each hour while online, until it is known", () => {
    alink.keepTime(device);
    device.goOnline();
    device.clock.advanceSync(3_599_000);
    assert.equal(device.published.length, 1);
    device.clock.advanceSync(1000);
    assert.equal(device.published.length, 2);
    device.state = "waiting";
    device.clock.advanceSync(3_600_000);
    assert.equal(device.published.length, 2);
    device.time = 1_571_724_098;
    device.state = "online";
    device.clock.advanceSync(3_600_000);
    device.goOnline();
    assert.equal(device.published.length, 2);
  });

  it("is not taken from an answer to another question, from nonsense, or when it is known", () => {
    alink.keepTime(device);
    device.goOnline();
    const sent = device.take().value["deviceSendTime"];
    // The link's own heartbeat asks with 0.
    for (const wrong of [answer("0"), {}, "not JSON", { deviceSendTime: sent }, { ...answer(sent), serverRecvTime: "1" }])
      device.receive(RESPONSE, wrong);
    assert.equal(device.time, null);
    device.time = 5;
    device.receive(RESPONSE, answer(sent));
    assert.equal(device.time, 5);
  });
});

describe("an application's module", () => {
  it("holds only what it uses", async () => {
    const none = await bundleApp("export function app(): object {\n  return {};\n}\n");
    const post = await bundleApp(
      'import type { Application, Device } from "../api/device";\nimport { postProperties } from "../cloud/aliyun/report";\n' +
        "export function app(device: Device): Application {\n  postProperties(device, { a: 1 });\n  return {};\n}\n",
    );
    console.log(`bytes of the module app: ${none.length} without, ${post.length} with postProperties, ${code.length} with all`);
    for (const absent of ["rrpc", "ntp", "thing/service", "1e5", "setTime", "_reply"]) {
      assert.ok(!post.includes(absent), absent);
      assert.ok(!none.includes(absent), absent);
    }
    for (const word of ["rrpc", "ntp", "thing/service", "1e5", "setTime", "_reply"]) assert.ok(code.includes(word), word);
    assert.ok(!none.includes("thing"));
    assert.ok(post.includes("thing.event.property.post"));
    assert.ok(post.length < code.length / 3, `${post.length} of ${code.length}`);
  });
});

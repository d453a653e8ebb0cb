/** The emulated TuyaLink: whom it lets in, what it answers, and what its owner can do. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { CloudOptions } from "../../../host/clouds/shared/start.ts";
import { isSignature } from "../../../host/clouds/tuya/admission.ts";
import { DEMO, startTuyaCloud } from "../../../host/clouds/tuya/start.ts";
import type { TuyaCloud } from "../../../host/clouds/tuya/start.ts";
import { parseSwitch } from "../../../host/clouds/tuya/switches.ts";
import type { Switches } from "../../../host/clouds/tuya/switches.ts";
import { CallError } from "../../../host/clouds/shared/calls.ts";
import { START_MS } from "./support.ts";
import { closeAll, codeOf, connect, watched } from "./thing-support.ts";
import type { Login, TestDevice, Watched } from "./thing-support.ts";

interface Known {
  vectors: { name: string; key: string; content: string; digest: string }[];
  triples: (Login & { name: string; key: string })[];
}

const { vectors, triples } = JSON.parse(readFileSync(join(import.meta.dirname, "../../fixtures/tuya.json"), "utf8")) as Known;
const { deviceId: ID, deviceSecret: SECRET } = DEMO;
const ME = `tylink/${ID}`;
const TIME = 1_626_197_189_638;

type Cloud = TuyaCloud & Watched;

async function start(switches: Partial<Switches> = {}, options: Partial<CloudOptions<Switches>> = {}): Promise<Cloud> {
  const cloud = await watched(({ tls, ...parts }) => startTuyaCloud({ doors: [{ tls }], switches, ...parts, ...options }));
  cloud.api.addDevice(ID, SECRET);
  return cloud;
}

/** Of the demo device, right but for what is given. `list`: the parameters of the user name. */
function login(change: Partial<Login> & { list?: string; secret?: string; content?: string } = {}): Login {
  const { list = "signMethod=hmacSha256,timestamp=1780272000,secureMode=1,accessType=1", secret = SECRET, ...rest } = change;
  const { content = `deviceId=${ID},timestamp=1780272000,secureMode=1,accessType=1`, ...fields } = rest;
  return {
    clientId: `tuyalink_${ID}`,
    username: `${ID}|${list}`,
    password: createHmac("sha256", secret).update(content).digest("hex"),
    ...fields,
  };
}

const device = (cloud: Cloud, change?: Parameters<typeof login>[0]): Promise<TestDevice> =>
  connect(cloud.broker.port, cloud.ca, login(change));

describe("a signature of Tuya", () => {
  for (const { name, key, content, digest } of vectors) {
    it(name, () => {
      assert.ok(isSignature(digest, key, content));
      assert.ok(
        !isSignature(
          digest.replace(/.$/, (last) => (last == "0" ? "1" : "0")),
          key,
          content,
        ),
      );
    });
  }
});

describe("TuyaLink refuses", () => {
  let cloud: Cloud;
  before(async () => (cloud = await start()));
  after(closeAll);
  const list = (change: (text: string) => string): { list: string } => ({
    list: change("signMethod=hmacSha256,timestamp=1780272000,secureMode=1,accessType=1"),
  });
  const good = login().password;
  const cases: [what: string, code: number, why: RegExp, change: Parameters<typeof login>[0]][] = [
    ["a client id without its prefix", 2, /the client id is not tuyalink_\{deviceId\}/, { clientId: ID }],
    ["a client id that would get into other topics", 2, /client id/, { clientId: "tuyalink_a/#" }],
    ["no user name", 4, /the user name is not deviceId\|signMethod=/, { username: "" }],
    ["a user name without parameters", 4, /the user name is not/, { username: ID }],
    ["a user name of two lists", 4, /the user name is not/, list((text) => `${text}|`)],
    ["another device in the user name", 4, /is of device "other", the client id of/, { username: login().username.replace(ID, "other") }],
    [
      "a signMethod that nobody has",
      4,
      /signMethod=hmacMd5 in the user name: hmacSha256 only/,
      list((text) => text.replace("Sha256", "Md5")),
    ],
    ["no signMethod", 4, /parameter 1 .* "timestamp=1780272000"; it has to be signMethod/, list((text) => text.replace(/^[^,]*,/, ""))],
    ["no timestamp", 4, /parameter 2 .* "secureMode=1"; it has to be timestamp/, list((text) => text.replace("timestamp=1780272000,", ""))],
    [
      "a timestamp in milliseconds",
      4,
      /timestamp=1780272000000 in the user name: 10 digits/,
      list((text) => text.replace("2000,", "2000000,")),
    ],
    ["a timestamp that is not signed", 4, /wrong signature/, list((text) => text.replace("1780272000", "1780272001"))],
    ["another secureMode", 4, /secureMode=2 in the user name: 1 only/, list((text) => text.replace("secureMode=1", "secureMode=2"))],
    ["another spelling", 4, /parameter 3 .* it has to be secureMode/, list((text) => text.replace("secureMode", "securemode"))],
    ["another accessType", 4, /accessType=0 in the user name: 1 only/, list((text) => text.replace("accessType=1", "accessType=0"))],
    ["no accessType", 4, /parameter 4 .* ""; it has to be accessType/, list((text) => text.replace(",accessType=1", ""))],
    ["one parameter more", 4, /has 5 parameters, not 4/, list((text) => `${text},x=1`)],
    [
      "another order",
      4,
      /parameter 3 .* it has to be secureMode/,
      list((text) => text.replace("secureMode=1,accessType=1", "accessType=1,secureMode=1")),
    ],
    ["spaces", 4, /parameter 2 .* it has to be timestamp/, list((text) => text.replaceAll(",", ", "))],
    [
      "an unknown device",
      4,
      /there is no device "nobody"/,
      { clientId: "tuyalink_nobody", username: login().username.replace(ID, "nobody") },
    ],
    ["a wrong secret", 4, /wrong signature: HMAC-SHA256 with the device's secret/, { secret: "other" }],
    ["a content in another order", 4, /wrong signature/, { content: `timestamp=1780272000,deviceId=${ID},secureMode=1,accessType=1` }],
    ["a password in upper case", 4, /64 hexadecimal digits in lower case/, { password: good.toUpperCase() }],
    ["a password that is cut", 4, /64 hexadecimal digits/, { password: good.slice(1) }],
    ["keepalive 29", 2, /keepalive 29 s; 30 to 1200 s/, { keepalive: 29 }],
    ["keepalive 1201", 2, /keepalive 1201 s/, { keepalive: 1201 }],
  ];
  for (const [what, code, why, change] of cases) {
    it(`${what}: CONNACK ${code}`, async () => {
      cloud.events.length = 0;
      assert.equal(await codeOf(cloud.broker.port, cloud.ca, login(change)), code);
      const refused = await cloud.event("refused");
      assert.match(refused.reason, why);
      assert.equal(refused.code, code);
      assert.ok(!JSON.stringify(cloud.events).includes(SECRET));
    });
  }

  it("plain TCP: there is no port for it", async () => {
    cloud.events.length = 0;
    await assert.rejects(connect(cloud.broker.port, null, login()));
    await cloud.event("error", ({ message }) => message.startsWith("TLS: "));
  });

  it("who connects and says nothing", async () => {
    cloud.events.length = 0;
    const socket = connectTcp(cloud.broker.port, "127.0.0.1");
    socket.on("error", () => {});
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await new Promise((resolve) => socket.once("connect", resolve));
    // The server may know of it later than the client.
    while (!cloud.events.some(({ ev }) => ev == "error")) await cloud.clock.advance(10_000);
    await closed;
    await cloud.event("error", ({ message }) => message == "connect did not arrive in time");
  });
});

describe("TuyaLink lets in", () => {
  afterEach(closeAll);

  for (const { name, key, clientId, username, password } of triples) {
    it(`${name}, as it is known`, async () => {
      const cloud = await start();
      const id = clientId.replace("tuyalink_", "");
      if (id != ID) cloud.api.addDevice(id, key);
      assert.equal(await codeOf(cloud.broker.port, cloud.ca, { clientId, username, password }), 0);
      assert.equal(await codeOf(cloud.broker.port, cloud.ca, { clientId, username, password: password.replace(/^./, "x") }), 4);
    });
  }

  it("keepalive 30 and 1200, and what is beyond them if it is not strict", async () => {
    const cloud = await start();
    for (const keepalive of [30, 1200]) assert.equal(await codeOf(cloud.broker.port, cloud.ca, login({ keepalive })), 0);
    cloud.api.set("strictKeepalive", false);
    for (const [keepalive, counts] of [
      [5, 30],
      [3600, 1200],
    ] as const) {
      assert.equal(await codeOf(cloud.broker.port, cloud.ca, login({ keepalive })), 0);
      await cloud.event("warning", ({ message }) => message == `keepalive ${keepalive} s counts as ${counts} s`);
    }
  });

  it("with the CONNACK that the switch says, and only timestamps in its window", async () => {
    const cloud = await start({ refusalCode: 5, timestampWindowS: 300 });
    const at = (timestamp: number): Login =>
      login({
        list: `signMethod=hmacSha256,timestamp=${timestamp},secureMode=1,accessType=1`,
        content: `deviceId=${ID},timestamp=${timestamp},secureMode=1,accessType=1`,
      });
    const now = START_MS / 1000;
    for (const [timestamp, code] of [
      [now, 0],
      [now - 300, 0],
      [now + 300, 0],
      [now - 301, 5],
      [now + 301, 5],
    ] as const)
      assert.equal(await codeOf(cloud.broker.port, cloud.ca, at(timestamp)), code, String(timestamp));
    assert.match((await cloud.event("refused")).reason, /the timestamp is 301 s off; at most 300 s/);
    await cloud.clock.advance(1000);
    assert.equal(await codeOf(cloud.broker.port, cloud.ca, at(now + 301)), 0, "it goes by the cloud's clock");
  });

  it("the newer of two connections of a device, and drops the older", async () => {
    const cloud = await start();
    const first = await device(cloud);
    await device(cloud, { keepalive: 100 });
    await first.closed;
    await cloud.event("replaced", ({ client }) => client == ID);
    assert.deepEqual(cloud.broker.clients(), [ID]);
  });

  it("a device with a will, which it ignores, and drops one that is silent for 1.5 keepalives", async () => {
    const cloud = await start();
    const quiet = await device(cloud, { keepalive: 1000, will: { topic: `${ME}/up`, payload: Buffer.from("bye") } });
    await cloud.event("warning", ({ message }) => message == "its will is ignored");
    await cloud.clock.advance(1_499_000);
    assert.ok(quiet.client.connected);
    await cloud.clock.advance(2000);
    await quiet.closed;
    await cloud.event("error", ({ message }) => message.includes("keep alive timeout: silent for 1500 s"));
    assert.ok(!cloud.events.some(({ ev }) => ev == "publish"));
  });

  it("a device again with what came for it, if it wants a session, for a day", async () => {
    const cloud = await start();
    const first = await device(cloud, { clean: false });
    await first.client.subscribeAsync(`${ME}/thing/property/set`, { qos: 1 });
    await first.client.endAsync();
    await cloud.event("disconnect");
    cloud.api.publish({ topic: `${ME}/thing/property/set`, payload: Buffer.from('{"kept":1}'), qos: 1 });
    const again = await device(cloud, { clean: false });
    assert.deepEqual((await again.next()).value, { kept: 1 });
    await again.client.endAsync();
    await cloud.event("disconnect", () => cloud.events.filter(({ ev }) => ev == "disconnect").length == 2);
    await cloud.clock.advance(86_400_001);
    cloud.api.publish({ topic: `${ME}/thing/property/set`, payload: Buffer.from('{"lost":1}'), qos: 1 });
    const late = await device(cloud, { clean: false });
    await late.client.subscribeAsync(`${ME}/thing/property/set`, { qos: 1 });
    cloud.api.publish({ topic: `${ME}/thing/property/set`, payload: Buffer.from('{"new":1}'), qos: 1 });
    assert.deepEqual((await late.next()).value, { new: 1 });
  });
});

describe("topics of TuyaLink", () => {
  afterEach(closeAll);

  /** SUBACK's answer. */
  async function subscribe({ client }: TestDevice, topic: string): Promise<number> {
    try {
      const [granted] = await client.subscribeAsync(topic, { qos: 1 });
      return granted?.qos ?? -1;
    } catch (error) {
      assert.match(String(error), /128|Unspecified/);
      return 128;
    }
  }

  it("are the device's own, each in its direction", async () => {
    const cloud = await start();
    cloud.api.addDevice("other", "s");
    const one = await device(cloud);
    for (const topic of ["thing/property/set", "thing/property/report_response", "ext/time/response", "down", "#", "thing/+/set"])
      assert.equal(await subscribe(one, `${ME}/${topic}`), 1, topic);
    for (const topic of ["tylink/other/thing/property/set", "tylink/+/thing/property/set", "#", ME, `${ME}/thing/property/report`])
      assert.equal(await subscribe(one, topic), 128, topic);
    await cloud.event("denied", ({ topic, reason }) => topic.endsWith("/report") && reason == "a topic that devices publish to");
    await one.publish("tylink/other/thing/property/report", {});
    await cloud.event("denied", ({ action, reason }) => action == "publish" && reason == "not a topic of this device");
    await one.publish(`${ME}/thing/property/set`, {});
    await cloud.event("denied", ({ reason }) => reason == "a topic that devices subscribe to");
    await one.publish(`${ME}/up`, {});
    await cloud.event("publish", ({ topic }) => topic == `${ME}/up`);
  });

  it("that no document lists are the device's as long as the switch says so", async () => {
    const cloud = await start({ anyOwnTopic: false });
    const one = await device(cloud);
    assert.equal(await subscribe(one, `${ME}/down`), 128);
    await one.publish(`${ME}/up`, {});
    await cloud.event("denied", ({ action, reason }) => action == "publish" && reason == "no topic of the platform");
    cloud.api.set("illegalTopic", "close");
    void one.publish(`${ME}/up`, {}).catch(() => {});
    await one.closed;
  });

  it("know no QoS 2", async () => {
    const cloud = await start({ qos2: "refuse" });
    const one = await device(cloud);
    await assert.rejects(one.client.subscribeAsync(`${ME}/down`, { qos: 2 }));
    cloud.api.set("qos2", "close");
    void one.client.publishAsync(`${ME}/up`, "x", { qos: 2 }).catch(() => {});
    await one.closed;
    await cloud.event("denied", ({ reason }) => reason == "QoS 2");
  });
});

describe("services of TuyaLink", () => {
  let cloud: Cloud;
  let one: TestDevice;
  before(async () => {
    cloud = await start();
    one = await device(cloud);
    await one.client.subscribeAsync(`${ME}/#`, { qos: 1 });
  });
  after(closeAll);

  /** What is answered, without its time, which is the cloud's. */
  async function ask(path: string, payload: object | string): Promise<[path: string, value: Record<string, unknown>]> {
    await one.publish(`${ME}/${path}`, payload);
    const { topic, value } = await one.next();
    const { time, ...rest } = value;
    assert.equal(time, START_MS);
    return [topic.slice(ME.length + 1), rest];
  }
  const request = (data?: object, more: object = {}): object => ({ msgId: "45", time: TIME, ...(data && { data }), ...more });
  const ACK = { sys: { ack: 1 } };

  it("keep reported properties, and answer a report that asks for it", async () => {
    const color = { value: "green", time: TIME };
    assert.deepEqual(await ask("thing/property/report", request({ color, power: { value: 1 } }, ACK)), [
      "thing/property/report_response",
      { msgId: "45", code: 0 },
    ]);
    assert.deepEqual(cloud.api.properties(ID), { color: "green", power: 1 });
    await one.publish(`${ME}/thing/property/report`, request({ power: { value: 2 } }));
    await one.publish(`${ME}/thing/property/report`, request({ power: { value: 3 } }, { sys: { ack: 0 } }));
    // An acknowledgement may come before the cloud has looked at the message.
    await cloud.event("publish", ({ payload }) => payload.toString().includes('"value":3'));
    cloud.api.set("alwaysAck", true);
    const [path, value] = await ask("thing/property/report", request({ power: { value: 4 } }, { msgId: "46" }));
    assert.deepEqual([path, value], ["thing/property/report_response", { msgId: "46", code: 0 }], "those before are not answered");
    cloud.api.set("alwaysAck", false);
    assert.equal(cloud.api.properties(ID)["power"], 4);
  });

  it("keep the last of several values", async () => {
    const data = {
      properties: {
        level: [
          { value: 1, time: TIME },
          { value: 2, time: TIME },
        ],
      },
      events: {},
    };
    assert.deepEqual(await ask("thing/data/batch_report", request(data, ACK)), [
      "thing/data/batch_report_response",
      { msgId: "45", code: 0 },
    ]);
    assert.equal(cloud.api.properties(ID)["level"], 2);
  });

  for (const [what, payload, msgId, reason] of [
    ["no JSON", "{", "", /not a JSON object/],
    ["no object", "[1]", "", /not a JSON object/],
    ["no msgId", { time: TIME, data: {} }, "", /msgId: 1 to 32 characters/],
    ["a msgId that is a number", { msgId: 1, time: TIME, data: {} }, "", /msgId/],
    ["a msgId that is too long", { msgId: "x".repeat(33), time: TIME, data: {} }, "", /msgId/],
    ["no time", { msgId: "7", data: {} }, "7", /time: Unix seconds/],
    ["a time of 12 digits", { msgId: "7", time: 123_456_789_012, data: {} }, "7", /time/],
    ["data that is no object", { msgId: "7", time: TIME, data: 1 }, "7", /data: an object/],
    ["a value without value", { msgId: "7", time: TIME, data: { a: 1 } }, "7", /data\.a: an object with value and time/],
    ["a value with a wrong time", { msgId: "7", time: TIME, data: { a: { value: 1, time: 5 } } }, "7", /data\.a/],
  ] as const) {
    it(`answer ${what} with a code that is not 0`, async () => {
      cloud.events.length = 0;
      assert.deepEqual(await ask("thing/property/report", payload), ["thing/property/report_response", { msgId, code: 1003 }]);
      const rejected = await cloud.event("rejected");
      assert.match(rejected.reason, reason);
      assert.equal(rejected.code, 1003);
    });
  }

  it("take events", async () => {
    assert.deepEqual(await ask("thing/event/trigger", request({ eventCode: "alarm", eventTime: TIME, outputParams: { level: 3 } })), [
      "thing/event/trigger_response",
      { msgId: "45", code: 0 },
    ]);
    for (const data of [{}, { eventCode: "" }, { eventCode: "a", outputParams: 1 }])
      assert.equal((await ask("thing/event/trigger", request(data)))[1]["code"], 1003);
  });

  it("know the time, to be corrected by what the way takes", async () => {
    assert.deepEqual(await ask("ext/time/request", request({ bizType: "NTP", dst: 1_655_957_399_000 })), [
      "ext/time/response",
      { msgId: "45", code: 0, data: { bizType: "NTP", dst: 1_655_957_399_000, srt: START_MS, sst: START_MS } },
    ]);
    const [, plain] = await ask("ext/time/request", request({ bizType: "NTP" }));
    assert.deepEqual(plain["data"], { bizType: "NTP", srt: START_MS, sst: START_MS });
    for (const data of [{}, { bizType: "DST" }, { bizType: "NTP", dst: "now" }])
      assert.equal((await ask("ext/time/request", request(data)))[1]["code"], 1003);
  });

  it("hold what the owner wishes until the device has it", async () => {
    cloud.api.setDesired(ID, { power: 1, color: "red" });
    cloud.api.setDesired(ID, { power: 0 });
    const get = (): ReturnType<typeof ask> => ask("thing/property/desired/get", request({ properties: ["power", "other"] }));
    const [path, first] = await get();
    assert.equal(path, "thing/property/desired/get_response");
    assert.deepEqual(first["data"], { properties: { power: { value: 0, version: 2 } } });
    const remove = async (properties: object): Promise<unknown> =>
      (await ask("thing/property/desired/delete", request({ properties })))[1]["code"];
    assert.equal(await remove({ power: { version: 1 } }), 0);
    assert.deepEqual((await get())[1]["data"], first["data"], "it has not seen this version");
    assert.equal(await remove({ power: { version: 2 } }), 0);
    assert.deepEqual((await get())[1]["data"], { properties: {} });
    assert.equal((await ask("thing/property/desired/get", request({ properties: 1 })))[1]["code"], 1003);
    assert.equal((await ask("thing/property/desired/delete", request({ properties: 1 })))[1]["code"], 1003);
  });

  it("have a model that says nothing, and no software", async () => {
    const [path, model] = await ask("thing/model/get", request({ format: "simple" }));
    assert.deepEqual([path, model["code"], model["data"]], ["thing/model/get_response", 0, { modelId: "", services: [] }]);
    assert.deepEqual(await ask("ota/get", request({})), ["ota/get_response", { msgId: "45", code: 0, data: {} }]);
    await one.publish(`${ME}/ota/firmware/report`, request({ bizType: "INIT", otaChannel: [] }));
    await one.publish(`${ME}/ota/progress/report`, request({ progress: 5 }));
    assert.deepEqual(
      await ask("ota/get", request({})),
      ["ota/get_response", { msgId: "45", code: 0, data: {} }],
      "reports are not answered",
    );
  });
});

describe("the owner of TuyaLink", () => {
  afterEach(closeAll);

  async function subscribed(cloud: Cloud): Promise<TestDevice> {
    const one = await device(cloud);
    await one.client.subscribeAsync([`${ME}/thing/property/set`, `${ME}/thing/action/execute`], { qos: 1 });
    return one;
  }

  it("sets properties, and gets the device's answer", async () => {
    const cloud = await start();
    const one = await subscribed(cloud);
    const called = cloud.api.setProperties(ID, { switch_1: true });
    const { topic, value } = await one.next();
    assert.equal(topic, `${ME}/thing/property/set`);
    const { msgId, ...rest } = value;
    assert.deepEqual(rest, { time: START_MS, data: { switch_1: true } });
    assert.equal(typeof msgId, "string");
    await one.publish(`${ME}/thing/property/set_response`, { msgId: "other", time: TIME, code: 0 });
    await cloud.event("rejected", ({ reason }) => reason == "an answer that nobody waits for");
    await one.publish(`${ME}/thing/property/set_response`, { msgId, time: TIME, code: 7 });
    assert.deepEqual(await called, { code: 7 });
    assert.deepEqual(cloud.api.properties(ID), {}, "the device has to report the new value");
  });

  it("executes actions", async () => {
    const cloud = await start();
    const one = await subscribed(cloud);
    const called = cloud.api.execute(ID, "turn", { left: 80 });
    const { topic, value } = await one.next();
    assert.equal(topic, `${ME}/thing/action/execute`);
    assert.deepEqual(value["data"], { actionCode: "turn", inputParams: { left: 80 } });
    const data = { actionCode: "turn", outputParams: { done: 1 } };
    await one.publish(`${ME}/thing/action/execute_response`, { msgId: value["msgId"], time: TIME, code: 0, data });
    assert.deepEqual(await called, { code: 0, data });
  });

  it("is told when a device does not answer, is not connected, or is not there", async () => {
    const cloud = await start();
    const fails = (kind: CallError["kind"]) => (error: unknown) => error instanceof CallError && error.kind == kind;
    await assert.rejects(cloud.api.setProperties(ID, {}), fails("offline"));
    await assert.rejects(cloud.api.setProperties("nobody", {}), /there is no device "nobody"/);
    await subscribed(cloud);
    const called = assert.rejects(cloud.api.setProperties(ID, {}), fails("timeout"));
    await cloud.clock.advance(8001);
    await called;
  });

  it("adds, sees, kicks and removes devices", async () => {
    const cloud = await start();
    const { deviceSecret } = cloud.api.addDevice("second");
    assert.match(deviceSecret, /^[0-9a-f]{16}$/);
    assert.deepEqual(cloud.api.devices(), [ID, "second"]);
    assert.throws(() => cloud.api.addDevice("second"), /there is a device "second" already/);
    assert.throws(() => cloud.api.addDevice("a/b"), /"a\/b" is no device id/);
    const one = await subscribed(cloud);
    assert.deepEqual(cloud.api.state(ID), { online: true, properties: {}, desired: {} });
    cloud.api.kick(ID);
    await one.closed;
    const again = await subscribed(cloud);
    cloud.api.remove(ID);
    await again.closed;
    assert.equal(await codeOf(cloud.broker.port, cloud.ca, login()), 4);
    assert.throws(() => cloud.api.state(ID), /there is no device/);
  });

  it("has switches that take their own values only", () => {
    assert.deepEqual(parseSwitch("refusalCode", "5"), { refusalCode: 5 });
    assert.throws(() => parseSwitch("refusalCode", 3), /switch refusalCode: "3" is none of 4, 5/);
    assert.throws(() => parseSwitch("timestampWindowS", -1), /the whole numbers from 0/);
    assert.throws(() => parseSwitch("nothing", 1), /no switch "nothing"; there are: strictKeepalive/);
  });
});

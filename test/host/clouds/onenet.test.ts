/** The emulated OneNET: whom it lets in and for how long, what it answers, and what its owner can do. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { CallError } from "../../../host/clouds/shared/calls.ts";
import { DEMO, startOnenetCloud } from "../../../host/clouds/onenet/start.ts";
import type { OnenetCloud } from "../../../host/clouds/onenet/start.ts";
import { parseSwitch } from "../../../host/clouds/onenet/switches.ts";
import type { Switches } from "../../../host/clouds/onenet/switches.ts";
import { isBase64, isSigned, parseToken } from "../../../host/clouds/onenet/token.ts";
import { START_MS } from "./support.ts";
import { closeAll, codeOf, connect, watched } from "./thing-support.ts";
import type { Login, TestDevice, Watched } from "./thing-support.ts";

interface Known {
  vectors: { name: string; algorithm: string; key: string; content: string; digest: string }[];
  triples: (Login & { name: string; key: string })[];
}

const { vectors, triples } = JSON.parse(readFileSync(join(import.meta.dirname, "../../fixtures/onenet.json"), "utf8")) as Known;
const { productId: PID, deviceName: NAME, deviceKey: KEY, accessKey: PRODUCT_KEY } = DEMO;
const NAMES = { productId: PID, deviceName: NAME };
const ME = `$sys/${PID}/${NAME}`;
const RES = `products/${PID}/devices/${NAME}`;
const HOUR_S = 3600;
const ET = START_MS / 1000 + HOUR_S;

type Cloud = OnenetCloud & Watched;

/** Its first port is the one for TLS. */
async function start(switches: Partial<Switches> = {}): Promise<Cloud> {
  const cloud = await watched(({ tls, ...parts }) => startOnenetCloud({ doors: [{ tls }, {}], switches, ...parts }));
  cloud.api.addProduct(PID, PRODUCT_KEY);
  cloud.api.addDevice(NAMES, KEY);
  return cloud;
}

interface Change extends Partial<Login> {
  version?: string;
  res?: string;
  et?: number | string;
  method?: string;
  key?: string;
  /** What is signed. */
  content?: string;
  /** Changes the finished token. */
  token?(text: string): string;
}

/** Of the demo device, right but for what is given. */
function login(change: Change = {}): Login {
  const { version = "2018-10-31", res = RES, et = ET, method = "sha256", key = KEY, token = (text) => text, ...rest } = change;
  const { content = `${et}\n${method}\n${res}\n${version}`, ...fields } = rest;
  const sign = createHmac(method.toLowerCase(), Buffer.from(key, "base64")).update(content).digest("base64");
  const whole = `version=${version}&res=${encodeURIComponent(res)}&et=${et}&method=${method}&sign=${encodeURIComponent(sign)}`;
  return { clientId: NAME, username: PID, password: token(whole), ...fields };
}

const device = (cloud: Cloud, change?: Change): Promise<TestDevice> => connect(cloud.broker.port, cloud.ca, login(change));

describe("a token of OneNET", () => {
  for (const { name, key, content, digest } of vectors) {
    it(`${name} is signed as it is known`, () => {
      const [et = "", method = "", res = "", version = ""] = content.split("\n");
      const token = { version, res, et: Number(et), method: method as "md5", sign: Buffer.from(digest, "base64") };
      assert.ok(isSigned(token, key));
      assert.ok(!isSigned({ ...token, et: token.et + 1 }, key));
    });
  }

  it("is read in its one form, and keys are base64", () => {
    const parsed = parseToken(login().password, true);
    assert.ok(typeof parsed != "string");
    assert.deepEqual([parsed.version, parsed.res, parsed.et, parsed.method], ["2018-10-31", RES, ET, "sha256"]);
    for (const { key } of vectors) assert.ok(isBase64(key));
    for (const key of ["", "abc", "abcd=", "ab=d", "a b=", "abcd\n"]) assert.ok(!isBase64(key), key);
  });
});

describe("OneNET refuses", () => {
  let cloud: Cloud;
  before(async () => (cloud = await start()));
  after(closeAll);
  const now = START_MS / 1000;
  const cases: [what: string, code: number, why: RegExp, change: Change][] = [
    ["a client id that would get into other topics", 2, /the client id is no device name/, { clientId: "a/#" }],
    ["an unknown device", 4, /has no device "nobody"/, { clientId: "nobody" }],
    ["an unknown product", 4, /the user name is no product: "other"/, { username: "other" }],
    ["no password", 4, /field 1 of the token is not version/, { password: "" }],
    ["a token in another order", 4, /field 2 of the token is not res/, { token: (text) => text.replace(/(&res=[^&]*)(&et=\d+)/, "$2$1") }],
    ["no res", 4, /field 2 of the token is not res/, { token: (text) => text.replace(/&res=[^&]*/, "") }],
    ["no et", 4, /field 3 of the token is not et/, { token: (text) => text.replace(/&et=[^&]*/, "") }],
    ["no method", 4, /field 4 of the token is not method/, { token: (text) => text.replace(/&method=[^&]*/, "") }],
    ["no sign", 4, /field 5 of the token is not sign/, { token: (text) => text.replace(/&sign=.*/, "") }],
    ["one field more", 4, /the token has 6 fields, not 5/, { token: (text) => `${text}&x=1` }],
    ["the version of the HTTP API", 4, /version "2022-05-01" of the token; 2018-10-31 only/, { version: "2022-05-01" }],
    ["a res that is not encoded", 4, /res of the token is not percent-encoded/, { token: (text) => text.replaceAll("%2F", "/") }],
    ["a res in lower-case hex", 4, /res of the token is not percent-encoded/, { token: (text) => text.replace("%2F", "%2f") }],
    ["a res that cannot be decoded", 4, /res of the token is not percent-encoded/, { token: (text) => text.replace("%2F", "%E4") }],
    ["another product's res", 4, /res of the token is neither products\/Ck2AF9QD2K\/devices/, { res: "products/other" }],
    ["another device's res", 4, /res of the token is neither/, { res: `products/${PID}/devices/other` }],
    ["an et that is no number", 4, /et of the token is no number of seconds/, { et: "soon" }],
    ["an et that is over", 4, /the token expired 1 s ago/, { et: now - 1 }],
    ["an et that is now", 4, /the token expired 0 s ago/, { et: now }],
    ["an et that is not signed", 4, /wrong signature/, { content: `${ET + 1}\nsha256\n${RES}\n2018-10-31` }],
    ["a method in upper case", 4, /method "SHA256" of the token; md5, sha1 or sha256, in lower case/, { method: "SHA256" }],
    ["a method that every object has", 4, /method "constructor"/, { token: (text) => text.replace("method=sha256", "method=constructor") }],
    [
      "another method than it is signed with",
      4,
      /sign of the token has 32 bytes; sha1 makes 20/,
      { token: (text) => text.replace("sha256", "sha1") },
    ],
    ["a sign that is not encoded", 4, /sign of the token is not percent-encoded/, { token: (text) => text.replace(/%3D$/, "=") }],
    ["a sign without its padding", 4, /sign of the token is not base64 with its padding/, { token: (text) => text.replace(/%3D$/, "") }],
    [
      "a text signed in the token's order",
      4,
      /wrong signature: sha256 with the device's key/,
      { content: `2018-10-31\n${RES}\n${ET}\nsha256` },
    ],
    ["the product's key where the device's is named", 4, /wrong signature: sha256 with the device's key/, { key: PRODUCT_KEY }],
    ["the device's key where the product's is named", 4, /wrong signature: sha256 with the product's key/, { res: `products/${PID}` }],
    ["a key that was not decoded", 4, /wrong signature/, { key: Buffer.from(KEY).toString("base64") }],
    ["keepalive 9", 2, /keepalive 9 s; 10 to 1800 s/, { keepalive: 9 }],
    ["keepalive 0", 2, /keepalive 0 s/, { keepalive: 0 }],
    ["keepalive 1801", 2, /keepalive 1801 s/, { keepalive: 1801 }],
  ];
  for (const [what, code, why, change] of cases) {
    it(`${what}: CONNACK ${code}`, async () => {
      cloud.events.length = 0;
      const fields = login(change);
      assert.equal(await codeOf(cloud.broker.port, cloud.ca, fields), code);
      const refused = await cloud.event("refused");
      assert.match(refused.reason, why);
      assert.equal(refused.code, code);
      const sign = fields.password.split("sign=")[1] || KEY;
      for (const secret of [KEY, PRODUCT_KEY, sign]) assert.ok(!JSON.stringify(cloud.events).includes(secret));
    });
  }
});

describe("OneNET lets in", () => {
  afterEach(closeAll);

  const known = triples.filter(({ name }) => !/MD5-upper|version2022/.test(name));
  it("all known tokens but two", () => assert.equal(known.length, triples.length - 2));

  for (const { name, key, clientId, username, password } of known) {
    it(`${name}, over TCP, and with one digit changed does not`, async () => {
      const cloud = await start();
      if (username != PID) cloud.api.addProduct(username);
      cloud.api.addDevice({ productId: username, deviceName: clientId }, key);
      const [, tcp = 0] = cloud.broker.ports;
      assert.equal(await codeOf(tcp, null, { clientId, username, password }), 0);
      assert.equal(await codeOf(tcp, null, { clientId, username, password: password.replace("et=3", "et=4") }), 4);
    });
  }

  it("each method, with the device's key or the product's, over TLS and TCP", async () => {
    const cloud = await start();
    const [tls = 0, tcp = 0] = cloud.broker.ports;
    for (const method of ["md5", "sha1", "sha256"])
      for (const owner of [{}, { res: `products/${PID}`, key: PRODUCT_KEY }]) {
        assert.equal(await codeOf(tls, cloud.ca, login({ method, ...owner })), 0);
        assert.equal(await codeOf(tcp, null, login({ method, ...owner })), 0);
      }
  });

  it("keepalive 10 and 1800, and what is beyond them if it is not strict", async () => {
    const cloud = await start();
    for (const keepalive of [10, 1800]) assert.equal(await codeOf(cloud.broker.port, cloud.ca, login({ keepalive })), 0);
    cloud.api.set("strictKeepalive", false);
    assert.equal(await codeOf(cloud.broker.port, cloud.ca, login({ keepalive: 0 })), 0);
    await cloud.event("warning", ({ message }) => message == "keepalive 0 s counts as 10 s");
  });

  it("what is encoded in another way, if it is not strict, with the CONNACK that the switch says", async () => {
    const cloud = await start({ strictEncoding: false, refusalCode: 5 });
    const token = (text: string): string => text.replaceAll("%2F", "/").replaceAll("%3D", "=");
    assert.equal(await codeOf(cloud.broker.port, cloud.ca, login({ token })), 0);
    assert.equal(await codeOf(cloud.broker.port, cloud.ca, login({ key: "AAAA" })), 5);
  });

  it("a device until its token expires", async () => {
    const cloud = await start();
    const one = await device(cloud, { keepalive: 1800 });
    await cloud.clock.advance((HOUR_S / 2) * 1000);
    await one.publish(`${ME}/up`, {});
    await cloud.clock.advance((HOUR_S / 2) * 1000 - 1);
    assert.ok(one.client.connected);
    await cloud.clock.advance(1);
    await one.closed;
    await cloud.event("error", ({ message }) => message == `${PID}/${NAME}: its token has expired`);
    assert.equal(await codeOf(cloud.broker.port, cloud.ca, login()), 4);
    assert.equal(await codeOf(cloud.broker.port, cloud.ca, login({ et: ET + HOUR_S })), 0);
  });

  it("a device for longer, if expiry does not close connections", async () => {
    const cloud = await start({ expiryCloses: false });
    const one = await device(cloud, { keepalive: 1800 });
    for (let sent = 0; sent < 4; sent++) {
      await cloud.clock.advance((HOUR_S / 2) * 1000);
      await one.publish(`${ME}/up`, {});
    }
    assert.ok(one.client.connected);
  });

  it("the newer of two connections of a device, and drops one that is silent for 1.5 keepalives", async () => {
    const cloud = await start();
    const first = await device(cloud);
    const second = await device(cloud, { keepalive: 600 });
    await first.closed;
    await cloud.event("replaced", ({ client }) => client == `${PID}/${NAME}`);
    await cloud.clock.advance(901_000);
    await second.closed;
    await cloud.event("error", ({ message }) => message.includes("silent for 900 s"));
  });

  it("a device that wants a session or has a will, and keeps neither", async () => {
    const cloud = await start();
    const wishes = { clean: false, will: { topic: `${ME}/up`, payload: Buffer.from("bye") } };
    const first = await device(cloud, wishes);
    await cloud.event("warning", ({ message }) => message == "clean session 0 counts as 1");
    await cloud.event("warning", ({ message }) => message == "its will is ignored");
    await first.client.subscribeAsync(`${ME}/thing/property/set`, { qos: 1 });
    await first.client.endAsync();
    await cloud.event("disconnect");
    cloud.api.publish({ topic: `${ME}/thing/property/set`, payload: Buffer.from('{"lost":1}'), qos: 1 });
    const again = await device(cloud, wishes);
    cloud.api.publish({ topic: `${ME}/thing/property/set`, payload: Buffer.from('{"lost":2}'), qos: 1 });
    await again.client.subscribeAsync(`${ME}/thing/property/set`, { qos: 1 });
    cloud.api.publish({ topic: `${ME}/thing/property/set`, payload: Buffer.from('{"new":1}'), qos: 1 });
    assert.deepEqual((await again.next()).value, { new: 1 });
    const third = await device(cloud, wishes);
    await again.closed;
    cloud.api.publish({ topic: `${ME}/thing/property/set`, payload: Buffer.from('{"lost":3}'), qos: 1 });
    await third.client.subscribeAsync(`${ME}/thing/property/set`, { qos: 1 });
    cloud.api.publish({ topic: `${ME}/thing/property/set`, payload: Buffer.from('{"new":2}'), qos: 1 });
    assert.deepEqual((await third.next()).value, { new: 2 }, "nothing is taken over");
    cloud.api.set("strictClean", true);
    assert.equal(await codeOf(cloud.broker.port, cloud.ca, login({ clean: false })), 2);
  });
});

describe("services of OneNET", () => {
  let cloud: Cloud;
  let one: TestDevice;
  before(async () => {
    cloud = await start();
    one = await device(cloud);
    await one.client.subscribeAsync(`${ME}/#`, { qos: 1 });
  });
  after(closeAll);

  async function ask(path: string, payload: object | string): Promise<[path: string, value: Record<string, unknown>]> {
    await one.publish(`${ME}/${path}`, payload);
    const { topic, value } = await one.next();
    return [topic.slice(ME.length + 1), value];
  }
  const request = (params: unknown, more: object = {}): object => ({ id: "1", version: "1.0", params, ...more });
  const DONE = { id: "1", code: 200, msg: "success" };

  it("keep posted properties, and answer each post", async () => {
    const params = { temp: { value: 25 }, hum: { value: 60, time: START_MS } };
    assert.deepEqual(await ask("thing/property/post", request(params)), ["thing/property/post/reply", DONE]);
    assert.deepEqual(cloud.api.properties(NAMES), { temp: 25, hum: 60 });
  });

  for (const [what, payload, id, reason] of [
    ["no JSON", "{", "", /not a JSON object/],
    ["no object", "[]", "", /not a JSON object/],
    ["no id", { version: "1.0", params: {} }, "", /id: a text/],
    ["another version", request({}, { version: "2.0" }), "1", /version: "1\.0"/],
    ["no params", { id: "1", version: "1.0" }, "1", /params: values by name/],
    ["a bare value", request({ temp: 25 }), "1", /params\.temp: an object with a value/],
    ["a time that is no number", request({ temp: { value: 1, time: "now" } }), "1", /params\.temp/],
  ] as const) {
    it(`answer ${what} with a code that is not 200`, async () => {
      cloud.events.length = 0;
      const [path, value] = await ask("thing/property/post", payload);
      assert.deepEqual([path, value["id"], value["code"]], ["thing/property/post/reply", id, 400]);
      assert.match(String(value["msg"]), reason);
      assert.match((await cloud.event("rejected")).reason, reason);
    });
  }

  it("take events", async () => {
    assert.deepEqual(await ask("thing/event/post", request({ alarm: { value: { level: 3 }, time: START_MS } })), [
      "thing/event/post/reply",
      DONE,
    ]);
    assert.equal((await ask("thing/event/post", request({ alarm: 1 })))[1]["code"], 400);
    assert.equal((await ask("thing/event/post", request(null)))[1]["code"], 400);
  });

  it("hold what the owner wishes until the device has it", async () => {
    cloud.api.setDesired(NAMES, { power: 1, color: "red" });
    const get = (): ReturnType<typeof ask> => ask("thing/property/desired/get", request(["power", "other"]));
    assert.deepEqual(await get(), ["thing/property/desired/get/reply", { ...DONE, data: { power: { value: 1, version: 1 } } }]);
    assert.deepEqual(await ask("thing/property/desired/delete", request({ power: { version: 7 }, color: {} })), [
      "thing/property/desired/delete/reply",
      DONE,
    ]);
    assert.deepEqual(cloud.api.state(NAMES).desired, { power: 1 });
    await ask("thing/property/desired/delete", request({ power: { version: 1 } }));
    assert.deepEqual((await get())[1]["data"], {});
    assert.equal((await ask("thing/property/desired/get", request({})))[1]["code"], 400);
    assert.equal((await ask("thing/property/desired/delete", request([])))[1]["code"], 400);
  });
});

describe("topics of OneNET", () => {
  afterEach(closeAll);

  it("are the device's own, each in its direction", async () => {
    const cloud = await start();
    const one = await device(cloud);
    await one.client.subscribeAsync([`${ME}/custome/down/+`, `${ME}/thing/service/+/invoke`, `${ME}/down`], { qos: 1 });
    for (const topic of [
      `$sys/${PID}/other/thing/property/set`,
      `$sys/${PID}/+/thing/property/set`,
      `${ME}/thing/property/post`,
      "custome",
    ])
      await assert.rejects(one.client.subscribeAsync(topic, { qos: 1 }), topic);
    await one.publish(`$sys/${PID}/other/thing/property/post`, {});
    await cloud.event("denied", ({ action, reason }) => action == "publish" && reason == "not a topic of this device");
    await one.publish(`${ME}/thing/property/post/reply`, {});
    await cloud.event("denied", ({ reason }) => reason == "a topic that devices subscribe to");
    await one.publish(`${ME}/custome/up`, {});
    await cloud.event("publish", ({ topic }) => topic == `${ME}/custome/up`);
    cloud.api.publish({ topic: `${ME}/custome/down/7`, payload: Buffer.from('{"a":1}'), qos: 0 });
    assert.deepEqual(await one.next(), { topic: `${ME}/custome/down/7`, value: { a: 1 } });
  });

  it("close the connection of a device that uses others, if the switch says so", async () => {
    const cloud = await start({ illegalTopic: "close", anyOwnTopic: false });
    const one = await device(cloud);
    void one.publish(`${ME}/up`, {}).catch(() => {});
    await one.closed;
    await cloud.event("denied", ({ reason }) => reason == "no topic of the platform");
  });
});

describe("the owner of OneNET", () => {
  afterEach(closeAll);

  async function subscribed(cloud: Cloud): Promise<TestDevice> {
    const one = await device(cloud);
    await one.client.subscribeAsync([`${ME}/thing/property/set`, `${ME}/thing/property/get`, `${ME}/thing/service/+/invoke`], { qos: 1 });
    return one;
  }

  it("sets and gets properties and calls services, and gets the device's answer", async () => {
    const cloud = await start();
    const one = await subscribed(cloud);
    for (const [call, path, params, answer, reply] of [
      [() => cloud.api.setProperties(NAMES, { power: 1 }), "thing/property/set", { power: 1 }, {}, {}],
      [() => cloud.api.getProperties(NAMES, ["power"]), "thing/property/get", ["power"], { data: { power: 1 } }, { data: { power: 1 } }],
      [() => cloud.api.invoke(NAMES, "reboot", { delay: 3 }), "thing/service/reboot/invoke", { delay: 3 }, { data: {} }, { data: {} }],
    ] as const) {
      const called = call();
      const { topic, value } = await one.next();
      const { id, ...rest } = value;
      assert.deepEqual([topic, rest], [`${ME}/${path}`, { version: "1.0", params }]);
      await one.publish(`${ME}/${path}_reply`, { id: "other", code: 200, msg: "success" });
      await cloud.event("rejected", (event) => event.topic == `${ME}/${path}_reply` && event.reason == "an answer that nobody waits for");
      await one.publish(`${ME}/${path}_reply`, { id, code: 200, msg: "success", ...answer });
      assert.deepEqual(await called, { code: 200, msg: "success", ...reply });
    }
  });

  it("is told when a device does not answer, is not connected, or is not there", async () => {
    const cloud = await start();
    const fails = (kind: CallError["kind"]) => (error: unknown) => error instanceof CallError && error.kind == kind;
    await assert.rejects(cloud.api.setProperties(NAMES, {}), fails("offline"));
    await assert.rejects(cloud.api.invoke({ productId: PID, deviceName: "x" }, "a"), /there is no device "Ck2AF9QD2K\/x"/);
    await subscribed(cloud);
    const called = assert.rejects(cloud.api.setProperties(NAMES, {}), fails("timeout"));
    await cloud.clock.advance(8001);
    await called;
  });

  it("adds, sees, kicks and removes products and devices", async () => {
    const cloud = await start();
    assert.ok(isBase64(cloud.api.addProduct("second").accessKey));
    assert.deepEqual(cloud.api.products(), [PID, "second"]);
    const added = cloud.api.addDevice({ productId: "second", deviceName: "one" });
    assert.equal(Buffer.from(added.deviceKey, "base64").length, 32);
    assert.deepEqual([cloud.api.devices("second"), cloud.api.devices(PID)], [["one"], [NAME]]);
    assert.throws(() => cloud.api.addProduct("second"), /there is a product "second" already/);
    assert.throws(() => cloud.api.addProduct("a b"), /is no product id/);
    assert.throws(() => cloud.api.addProduct("third", "not base64"), /accessKey: base64/);
    assert.throws(() => cloud.api.addDevice({ productId: "x", deviceName: "a" }), /there is no product "x"/);
    assert.throws(() => cloud.api.addDevice({ productId: PID, deviceName: "a/b" }), /is no device name/);
    assert.throws(() => cloud.api.addDevice({ productId: PID, deviceName: "a" }, "x"), /deviceKey: base64/);
    const one = await subscribed(cloud);
    assert.deepEqual(cloud.api.state(NAMES), { online: true, properties: {}, desired: {} });
    cloud.api.kick(NAMES);
    await one.closed;
    cloud.api.remove(NAMES);
    assert.equal(await codeOf(cloud.broker.port, cloud.ca, login()), 4);
    assert.throws(() => parseSwitch("expiryCloses", "perhaps"), /switch expiryCloses: "perhaps" is none of true, false/);
  });
});

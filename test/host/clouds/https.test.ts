/** Authentication, registration and files over HTTPS. */
import assert from "node:assert/strict";
import { connect as connectTls } from "node:tls";
import { once } from "node:events";
import { afterEach, describe, it } from "node:test";
import type { Switches } from "../../../host/clouds/aliyun/switches.ts";
import { http, triple } from "./aliyun-data.ts";
import { closeAll, codeOf, device, DN, DS, hmac, https, ME, NAMES, PK, post, PS, startCloud } from "./support.ts";
import type { HttpReply, TestCloud } from "./support.ts";

afterEach(closeAll);

const AUTH = "/auth/devicename";
const REGISTER = "/auth/register/device";
/** Of article 002. */
const ARTICLE = {
  productKey: "k1hipglLdjU",
  productSecret: "8LQwOYSZMwp3DFBd",
  deviceName: "868488076506128",
  deviceSecret: "fef32adf6dad46c2c7cbf335d3a7b021",
};

function exchange(name: string): (typeof http)[number] {
  return http.find((one) => one.name == name) ?? assert.fail(name);
}

function authForm(change: Record<string, string | null> = {}, secret = DS): Record<string, string> {
  const signed = { clientId: DN, deviceName: DN, productKey: PK };
  const form = {
    ...signed,
    signmethod: "hmacsha256",
    sign: hmac("sha256", secret, `clientId${DN}deviceName${DN}productKey${PK}`),
    ...change,
  };
  return Object.fromEntries(Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== null));
}

function registerForm(change: Record<string, string | null> = {}): Record<string, string> {
  const sign = hmac("sha256", PS, `deviceName${DN}productKey${PK}random4711`);
  const form = { productKey: PK, deviceName: DN, random: "4711", sign, signMethod: "hmacsha256", ...change };
  return Object.fromEntries(Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== null));
}

describe("article 002", () => {
  /** Gives the ids and secrets of the article's log. */
  async function cloud(switches: Partial<Switches> = {}): Promise<TestCloud> {
    const random = {
      iotId: () => "2BGmgWFvoXlbi1Er9sk4k1hip0",
      iotToken: () => "137eb0759ca248b79383a60c0b0e0f80",
      deviceSecret: () => "another secret than the device has",
    };
    const started = await startCloud(switches, { random });
    await started.api.remove(NAMES);
    started.api.addProduct({ ...ARTICLE, registration: true });
    started.api.addDevice(ARTICLE.productKey, ARTICLE.deviceName, ARTICLE.deviceSecret);
    return started;
  }

  it("authenticates over HTTPS: 112 bytes up, 124 down, as in its log, and connects with the result", async () => {
    const { body, bodyLength, reply, replyLength } = exchange("article002.auth");
    assert.equal(body.length, bodyLength);
    const started = await cloud();
    const answer = await post(started, AUTH, body);
    assert.equal(answer.body.toString(), reply);
    assert.equal(answer.body.length, replyLength);
    assert.equal(answer.headers["content-length"], "124");
    assert.equal(answer.headers["content-type"], "application/json;charset=utf-8");
    assert.equal(answer.headers["transfer-encoding"], undefined);
    const { iotId, iotToken } = answer.json.data as Record<string, string>;
    const client = await device(started, { clientId: "x" }).catch((error: unknown) => error);
    assert.match(String(client), /CONNACK 4/, "the demo device is gone");
    const login = { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, keepalive: 120, clean: true } as const;
    const fields = { clientId: ARTICLE.deviceName, username: iotId, password: Buffer.from(iotToken as string) } as const;
    assert.equal(await codeOf(started, { ...login, ...fields } as never), 0);
  });

  it("registers an activated device: 120 bytes up, 149 down with the secret it has, where that is chosen", async () => {
    const { body, bodyLength, reply, replyLength } = exchange("article002.register");
    assert.equal(body.length, bodyLength);
    const started = await cloud({ lenientRegister: true });
    const { clientId, username, password } = triple("article002.direct.mqtt");
    const connect = { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, keepalive: 120, clean: true, clientId, username } as const;
    assert.equal(
      await codeOf(started, { ...connect, password: Buffer.from(password) } as never),
      0,
      "TLS with securemode 3, as in the article",
    );
    const answer = await post(started, REGISTER, body);
    assert.equal(answer.body.toString(), reply);
    assert.equal(answer.body.length, replyLength);
    assert.equal(answer.headers["content-length"], "149");
    started.api.set("lenientRegister", false);
    assert.equal((await post(started, REGISTER, body)).json.code, 6289);
  });
});

describe("known requests", () => {
  for (const { name, url, body, bodyLength, contentType } of http.filter(({ name }) => name.startsWith("demo."))) {
    it(`${name} is accepted, and refused with one digit of its signature changed`, async () => {
      assert.equal(body.length, bodyLength);
      const cloud = await startCloud();
      const path = new URL(url).pathname;
      const wrong = body.replace(/(sign=)(.)/, (_, sign: string, digit: string) => `${sign}${digit == "0" ? "1" : "0"}`);
      const send = (text: string): Promise<HttpReply> => https(cloud, path, { body: text, headers: { "CONTENT-TYPE": contentType } });
      assert.equal((await send(wrong)).json.code, path == AUTH ? 401 : 6600);
      assert.equal((await send(body)).json.code, 200);
    });
  }
});

describe("authentication", () => {
  it("signs every parameter but version, sign, resources and signmethod, decoded, in any order", async () => {
    const cloud = await startCloud();
    cloud.api.addDevice(PK, "a@b:c", "s");
    const sign = hmac("md5", "s", `clientIdxdeviceNamea@b:cproductKey${PK}timestamp12`);
    const body = `sign=${sign}&version=default&timestamp=12&deviceName=a%40b%3Ac&clientId=x&resources=mqtt&productKey=${PK}`;
    const { data, code } = (await post(cloud, AUTH, body)).json;
    assert.equal(code, 200);
    assert.deepEqual(data["resources"], { mqtt: { host: "127.0.0.1", port: cloud.broker.port } });
    assert.equal((await post(cloud, AUTH, `${body}&extra=1`)).json.code, 401, "what is added is signed too");
  });

  it("gives a token for seven days", async () => {
    const cloud = await startCloud();
    const { iotId, iotToken } = (await post(cloud, AUTH, authForm())).json.data as Record<string, string>;
    const login = {
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      keepalive: 120,
      clean: true,
      clientId: DN,
      username: iotId,
    } as const;
    const connect = (): Promise<number> => codeOf(cloud, { ...login, password: Buffer.from(iotToken as string) } as never);
    await cloud.clock.advance(7 * 86_400_000 - 1);
    assert.equal(await connect(), 0);
    await cloud.clock.advance(1);
    assert.equal(await connect(), 3);
  });

  const cases: [what: string, code: number, change: Record<string, string | null>][] = [
    ["without clientId", 460, { clientId: null }],
    ["without sign", 460, { sign: null }],
    ["with an empty device name", 460, { deviceName: "" }],
    ["with a clientId of 65 characters", 460, { clientId: "x".repeat(65) }],
    ["with an unknown signmethod", 460, { signmethod: "hmacsha512" }],
    ["with a signmethod in other letters", 460, { signmethod: "HmacSHA256" }],
    ["of an unknown product", 5001, { productKey: "other" }],
    ["of an unknown device", 5001, { deviceName: "other" }],
    ["with a wrong signature", 401, { sign: "0".repeat(64) }],
    ["with a timestamp that is not signed", 401, { timestamp: "1" }],
  ];
  for (const [what, code, change] of cases) {
    it(`${what}: ${code}, told without a secret`, async () => {
      const cloud = await startCloud();
      const { status, json } = await post(cloud, AUTH, authForm(change));
      assert.deepEqual([status, json.code, json.data], [200, code, undefined]);
      const told = await cloud.event("http");
      assert.deepEqual([told.path, told.code], [AUTH, code]);
      assert.ok(told.reason && !told.reason.includes(DS));
    });
  }

  it("of a product with certificates: 6200; of a disabled device: 6204", async () => {
    const cloud = await startCloud();
    cloud.api.addProduct({ productKey: "certified", authType: "x509" });
    cloud.api.addDevice("certified", DN);
    assert.equal((await post(cloud, AUTH, authForm({ productKey: "certified" }))).json.code, 6200);
    await cloud.api.disable(NAMES);
    assert.equal((await post(cloud, AUTH, authForm())).json.code, 6204);
    await cloud.api.enable(NAMES);
    assert.equal((await post(cloud, AUTH, authForm())).json.code, 200);
  });

  it("may answer errors with another HTTP status", async () => {
    const cloud = await startCloud({ errorStatus: 403 });
    const { status, json } = await post(cloud, AUTH, authForm({ sign: "0" }));
    assert.deepEqual([status, json.code], [403, 401]);
  });
});

describe("registration", () => {
  const cases: [what: string, code: number, change: Record<string, string | null>][] = [
    ["without random", 460, { random: null }],
    ["without signMethod", 460, { signMethod: null }],
    ["with signmethod in small letters instead", 460, { signMethod: null, signmethod: "hmacsha256" }],
    ["for an unknown product", 6250, { productKey: "other" }],
    ["with an unknown method", 6292, { signMethod: "md5" }],
    ["with a wrong signature", 6600, { sign: "0".repeat(64) }],
    ["of another device than was signed", 6600, { deviceName: "other" }],
  ];
  for (const [what, code, change] of cases) {
    it(`${what}: ${code}`, async () => {
      assert.equal((await post(await startCloud(), REGISTER, registerForm(change))).json.code, code);
    });
  }

  it("of a device that is not pre-registered: 6100; switched off: 6288, whatever the signature", async () => {
    const cloud = await startCloud();
    const sign = hmac("sha256", PS, `deviceNameunknownproductKey${PK}random4711`);
    assert.equal((await post(cloud, REGISTER, registerForm({ deviceName: "unknown", sign }))).json.code, 6100);
    cloud.api.setRegistration(PK, false);
    assert.equal((await post(cloud, REGISTER, registerForm({ sign: "0" }))).json.code, 6288);
  });

  it("takes the method in any letters, and gives a secret that works", async () => {
    const cloud = await startCloud();
    const { code, data } = (await post(cloud, REGISTER, registerForm({ signMethod: "HmacSHA256" }))).json;
    assert.equal(code, 200);
    assert.deepEqual(Object.keys(data), ["deviceName", "deviceSecret", "productKey"]);
    assert.match(data["deviceSecret"] as string, /^[0-9a-f]{32}$/);
    assert.equal(await codeOf(cloud, { secret: data["deviceSecret"] as string }), 0);
    assert.equal((await cloud.event("registered")).how, "https");
  });
});

describe("HTTP", () => {
  it("is answered for what it is not for", async () => {
    const cloud = await startCloud();
    assert.equal((await https(cloud, "/nothing")).status, 404);
    assert.equal((await https(cloud, AUTH)).status, 405);
    assert.equal((await post(cloud, AUTH, "x".repeat(65_537))).status, 413);
    assert.equal((await post(cloud, AUTH, "x".repeat(65_536))).json.code, 460);
  });

  it("is answered wrongly on demand, and nothing is done then", async () => {
    const cloud = await startCloud();
    cloud.api.fail({ wrongAnswers: 2, httpStatus: 302 });
    const moved = await post(cloud, REGISTER, registerForm());
    assert.deepEqual([moved.status, moved.headers["location"], moved.body.length], [302, REGISTER, 0]);
    cloud.api.fail({ httpStatus: 200, httpBody: '{"code":200,"data":{}}' });
    assert.equal((await post(cloud, REGISTER, registerForm())).body.toString(), '{"code":200,"data":{}}');
    assert.ok(!cloud.events.some(({ ev }) => ev == "registered"));
    cloud.api.fail({ cutAnswers: 1, cutAfterBytes: 20 });
    await assert.rejects(post(cloud, REGISTER, registerForm()));
    assert.equal((await post(cloud, REGISTER, registerForm())).json.code, 200);
  });

  it("survives requests without a proper path", async () => {
    const cloud = await startCloud();
    for (const path of ["//", "//[", "/%", "*"]) assert.equal((await https(cloud, path)).status, 404, path);
  });

  it("needs TLS that trusts the cloud's authority", async () => {
    const cloud = await startCloud();
    const socket = connectTls({ port: cloud.httpsPort, host: "localhost" });
    const [error] = (await once(socket, "error")) as [Error];
    assert.match(error.message, /certificate/);
  });
});

describe("a file", () => {
  const CONTENT = Buffer.from("0123456789");

  async function offered(switches: Partial<Switches> = {}): Promise<{ cloud: TestCloud; path: string }> {
    const cloud = await startCloud(switches);
    const client = await device(cloud);
    await client.publish(`/ota/device/inform/${ME}`, '{"id":"1","params":{"version":"1"}}');
    cloud.api.update(NAMES, { version: "2", content: CONTENT });
    const { data } = (await client.json()) as { data: { url: string } };
    assert.ok(data.url.startsWith(`https://127.0.0.1:${cloud.httpsPort}/`));
    assert.ok(data.url.length > 400, "as long as real ones");
    return { cloud, path: data.url.replace(/^https:\/\/[^/]+/, "") };
  }

  for (const [range, status, text, described] of [
    [undefined, 200, "0123456789", undefined],
    ["bytes=4-", 206, "456789", "bytes 4-9/10"],
    ["bytes=0-0", 206, "0", "bytes 0-0/10"],
    ["bytes=4-6", 206, "456", "bytes 4-6/10"],
    ["bytes=4-99", 206, "456789", "bytes 4-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=10-", 416, "", "bytes */10"],
    ["bytes=6-4", 200, "0123456789", undefined],
    ["bytes=1-2,4-5", 200, "0123456789", undefined],
    ["lines=1-2", 200, "0123456789", undefined],
  ] as const) {
    it(`is given for Range ${range ?? "(none)"}: ${status}`, async () => {
      const { cloud, path } = await offered();
      const reply = await https(cloud, path, { headers: range === undefined ? {} : { Range: range } });
      assert.deepEqual([reply.status, reply.body.toString(), reply.headers["content-range"]], [status, text, described]);
      assert.equal(reply.headers["content-length"], String(text.length));
    });
  }

  it("is there for 24 hours, and for nobody who changes its address", async () => {
    const { cloud, path } = await offered();
    const head = await https(cloud, path, { method: "HEAD" });
    assert.deepEqual([head.status, head.headers["content-length"], head.body.length], [200, "10", 0]);
    assert.equal((await https(cloud, path.replace(/Expires=\d/, "Expires=9"))).status, 403);
    assert.equal((await https(cloud, path.replace("/1.bin", "/2.bin"))).status, 403);
    assert.equal((await https(cloud, "/ota/1.bin")).status, 403);
    assert.equal((await https(cloud, path, { body: "" })).status, 405);
    await cloud.clock.advance(86_400_000);
    assert.equal((await https(cloud, path)).status, 200);
    await cloud.clock.advance(1000);
    assert.equal((await https(cloud, path)).status, 403);
    assert.ok(!JSON.stringify(cloud.events.filter(({ ev }) => ev == "http")).includes("Signature"), "addresses are secret");
  });
});

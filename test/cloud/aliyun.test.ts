import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Identity, Product } from "../../src/api/config.ts";
import type { AliyunConfig } from "../../src/cloud/aliyun/config.ts";
import type { DeviceInfo } from "../../src/api/device.ts";
import type { Authorization, CloudModule, ConnectPlan, Who } from "../../src/api/cloud.ts";
import * as direct from "../../src/cloud/aliyun/device-secret.ts";
import * as https from "../../src/cloud/aliyun/https.ts";
import * as registerHttps from "../../src/cloud/aliyun/register-https.ts";
import * as registerMqtt from "../../src/cloud/aliyun/register-mqtt.ts";

const info = { imei: "868488076506128" } as DeviceInfo;
const SECRET = "fef32adf6dad46c2c7cbf335d3a7b021";
const TLS = { ca: "ca.pem" } as AliyunConfig["tls"] & object;

/** Of the cloud reference: published by the articles, or computed twice. */
interface Vectors {
  http: { name: string; url: string; contentType: string; body: string; bodyLength: number; reply?: string; replyLength?: number }[];
  triples: { name: string; host: string; clientId: string; username: string; password: string }[];
}
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/aliyun-requests.json"), "utf8")) as Vectors;

function who(cloud: Partial<AliyunConfig>, identity: Identity): Who {
  const defaults = {
    ...{ type: "aliyun", clientId: "{deviceName}", topicBase: "/{productKey}/{deviceName}/user", timestamp: "", port: 1883, host: "h" },
    ...{ instanceId: "", auth: "device-secret", authHost: "iot-auth.cn-shanghai.aliyuncs.com", authTls: TLS },
  };
  return { product: { cloud: { ...defaults, ...cloud } } as unknown as Product, identity, info, unixTime: () => null };
}

/** Signs what is asked for as a server does, and goes on. */
function sign(one: Who, wish: Authorization): Authorization {
  assert.equal(wish.plan, undefined, "nothing is known before the signature");
  const [key, message] = wish.toSign as [string, string];
  const digest = (one.product.cloud as AliyunConfig).signMethod.substring(4);
  return next(wish, createHmac(digest, key).update(message).digest("hex"));
}

function next(wish: Authorization, reply: string): Authorization {
  return (wish.then as (reply: string) => Authorization)(reply);
}

function begin(module: CloudModule, one: Who, kept = "", random = "123456"): Authorization {
  return module.authorize(one, kept, random);
}

function planOf(wish: Authorization): ConnectPlan {
  assert.equal(wish.error, undefined);
  return wish.plan as ConnectPlan;
}

describe("the Aliyun connection of a device with its own secret", () => {
  const connect = (config: Partial<AliyunConfig>, identity: Identity): ConnectPlan => {
    const one = who(config, identity);
    return planOf(sign(one, begin(direct, one)));
  };

  it("is that of article 002: HMAC-MD5, no time, the IMEI as device name", () => {
    const plan = connect({ productKey: "k1hipglLdjU", signMethod: "hmacmd5" }, { deviceSecret: SECRET });
    assert.equal(plan.clientId, "868488076506128|securemode=3,signmethod=hmacmd5|");
    assert.equal(plan.username, "868488076506128&k1hipglLdjU");
    assert.equal(plan.password, "0f655b12adf519b9a7a2b0a990f398b6");
  });

  it("is that of article 003: HMAC-SHA1 with a time", () => {
    const plan = connect(
      { productKey: "a1hahpgAs3s", signMethod: "hmacsha1", timestamp: "1544257319" },
      { deviceName: "test", deviceSecret: "qIpssQEfjxuGoiDHCiQ6PZb1vUJ7SsAM" },
    );
    assert.equal(plan.clientId, "test|securemode=3,signmethod=hmacsha1,timestamp=1544257319|");
    assert.equal(plan.username, "test&a1hahpgAs3s");
    assert.equal(plan.password, "c65de7069643b59fc972e8884fede9aaffeada38");
  });

  it("says securemode 2 with TLS, signs a client id of its own, and keeps topics under its product", () => {
    const plan = connect(
      { productKey: "a1B2c3D4e5F", signMethod: "hmacsha256", topicBase: "/a1B2c3D4e5F/{deviceName}/user", tls: TLS },
      { deviceName: "dev", deviceSecret: "s".repeat(32), clientId: "me" },
    );
    assert.equal(plan.clientId, "me|securemode=2,signmethod=hmacsha256|");
    const content = "clientIdmedeviceNamedevproductKeya1B2c3D4e5F";
    assert.equal(plan.password, createHmac("sha256", "s".repeat(32)).update(content).digest("hex"));
    assert.equal(plan.base, "/a1B2c3D4e5F/dev/user");
    assert.equal(plan.heartbeatTopic, "/ext/ntp/a1B2c3D4e5F/dev/request");
  });

  it("names what is missing", () => {
    assert.match(begin(direct, who({}, {})).error as string, /^Bcredentials-refused: .*deviceSecret/);
  });
});

/** The request of article 002 or of the demo product, and what it gave. */
function vector(name: string): Vectors["http"][number] {
  const found = vectors.http.find((one) => one.name == name);
  assert.ok(found, name);
  return found;
}

const ARTICLE = { productKey: "k1hipglLdjU", signMethod: "hmacmd5" } as const;

describe("HTTPS authentication", () => {
  const one = who({ ...ARTICLE, auth: "https", tls: TLS }, { deviceSecret: SECRET });
  const { url, body, reply = "", bodyLength } = vector("article002.auth");

  it("asks what article 002 asks, 112 bytes, and connects with what it is given, for less than seven days", () => {
    const wish = sign(one, begin(https, one));
    assert.deepEqual(wish.request, { url, body, type: "application/x-www-form-urlencoded", tls: TLS });
    assert.equal(wish.request.body?.length, bodyLength);
    const plan = planOf(next(wish, reply));
    assert.equal(plan.username, "2BGmgWFvoXlbi1Er9sk4k1hip0");
    assert.equal(plan.password, "137eb0759ca248b79383a60c0b0e0f80");
    assert.equal(plan.clientId, "868488076506128|securemode=-1|");
    assert.ok((plan.validMs as number) > 6 * 86_400_000 && (plan.validMs as number) < 7 * 86_400_000);
  });

  it("sends time and method if there are any, and encodes what needs it", () => {
    const other = who(
      { ...ARTICLE, signMethod: "hmacsha256", timestamp: "7", auth: "https" },
      { deviceName: "a@b:c", deviceSecret: SECRET },
    );
    const sent = new URLSearchParams(sign(other, begin(https, other)).request?.body);
    assert.equal(sent.get("deviceName"), "a@b:c");
    const content = "clientIda@b:cdeviceNamea@b:cproductKeyk1hipglLdjUtimestamp7";
    assert.equal(sent.get("sign"), createHmac("sha256", SECRET).update(content).digest("hex"));
    assert.deepEqual([sent.get("timestamp"), sent.get("signmethod")], ["7", "hmacsha256"]);
  });

  for (const [answer, error] of [
    ['{"code":401,"message":"auth error"}', /^Ssignature-refused: .*\(401\)/],
    ['{"code":460}', /^Scredentials-refused: .*parameter.*\(460\)/],
    ['{"code":5001}', /^Scredentials-refused: .*unknown device.*\(5001\)/],
    ['{"code":6200}', /^Scredentials-refused: .*\(6200\)/],
    ['{"code":500}', /^Sbroker-unavailable: code 500/],
    ['{"code":777}', /^Sbroker-unavailable: code 777/],
    ['{"code":200}', /^Sreply-malformed: no iotId and iotToken/],
    ['{"code":200,"data":{"iotId":"x"}}', /^Sreply-malformed: no iotId and iotToken/],
    ['{"code":200,"data":{"iotId":"x","iotToken":7}}', /^Sreply-malformed: no iotId and iotToken/],
    ["", /^Sreply-malformed/],
    ["<html>", /^Sreply-malformed/],
    ["null", /^Sreply-malformed/],
    ["[]", /^Sreply-malformed/],
    [reply.slice(0, 40), /^Sreply-malformed/],
  ] as const)
    it(`names what ${answer.slice(0, 40) || "nothing"} means, and tells nothing of it`, () => {
      const { error: told = "" } = next(sign(one, begin(https, one)), answer);
      assert.match(told, error);
      assert.doesNotMatch(told, /html|2BGmg/);
    });
});

describe("registration over HTTPS", () => {
  const one = who({ ...ARTICLE, auth: "register-https" }, { productSecret: "8LQwOYSZMwp3DFBd" });
  const { url, body, reply = "", bodyLength } = vector("article002.register");

  it("asks what article 002 asks, 120 bytes, keeps the secret before it is used, and then signs with it", () => {
    const asked = sign(one, begin(registerHttps, one));
    assert.equal(asked.request?.url, url);
    // The article writes the method's name in capitals.
    assert.equal(asked.request.body, body.replace("HmacMD5", "hmacmd5"));
    assert.equal(asked.request.body.length, bodyLength);
    const keep = next(asked, reply);
    assert.equal(keep.toKeep, `["k1hipglLdjU","868488076506128","${SECRET}"]`);
    assert.deepEqual([keep.plan, keep.toSign], [undefined, undefined], "not before it is kept");
    const plan = planOf(sign(one, next(keep, "")));
    assert.equal(plan.password, "0f655b12adf519b9a7a2b0a990f398b6");
  });

  for (const name of ["hmacmd5", "hmacsha1", "hmacsha256"] as const)
    it(`agrees with the vector for ${name}`, () => {
      const demo = who(
        { productKey: "a1B2c3D4e5F", signMethod: name, auth: "register-https" },
        { deviceName: "dev_861551056136351", productSecret: "h1nQFYPZS0mW4567" },
      );
      assert.equal(sign(demo, begin(registerHttps, demo, "", "4711")).request?.body, vector(`demo.dynreg.https.${name}`).body);
    });

  it("never asks again while it holds a secret; that of another product or device, or half of one, is none", () => {
    const kept = `["k1hipglLdjU","868488076506128","${SECRET}"]`;
    assert.deepEqual(begin(registerHttps, one, kept).toSign, begin(direct, who(ARTICLE, { deviceSecret: SECRET })).toSign);
    for (const other of [kept.replace("k1h", "k2h"), kept.replace("8684", "8685"), kept.slice(0, 50), kept.slice(0, 40).padEnd(67, "\xff")])
      assert.equal(begin(registerHttps, one, other).toSign?.[0], "8LQwOYSZMwp3DFBd", other);
  });

  for (const [code, error] of [
    [6288, /^Sregistration-off: .*switched off/],
    [6289, /^Salready-registered: .*reset/],
    [6600, /^Ssignature-refused: .*productSecret/],
    [6250, /^Scredentials-refused: unknown product/],
    [460, /^Scredentials-refused: a parameter/],
    [6100, /^Scredentials-refused: .*console/],
  ] as const)
    it(`names ${code}`, () =>
      assert.match(next(sign(one, begin(registerHttps, one)), `{"code":${code},"message":"x"}`).error as string, error));

  it("names what is missing", () => {
    assert.match(begin(registerHttps, who(ARTICLE, {})).error as string, /^Bcredentials-refused: .*productSecret/);
  });
});

describe("registration over MQTT", () => {
  const identity = { deviceName: "dev_861551056136351", productSecret: "h1nQFYPZS0mW4567" };

  for (const method of ["hmacmd5", "hmacsha1", "hmacsha256"] as const)
    for (const [auth, way, instanceId] of [
      ["register-mqtt", "register", ""],
      ["register-nwl", "regnwl", "iot-060a0001"],
    ] as const)
      it(`agrees with the vector for ${way}, ${method}`, () => {
        const one = who({ productKey: "a1B2c3D4e5F", signMethod: method, auth, instanceId, tls: TLS }, identity);
        const plan = planOf(sign(one, begin(registerMqtt, one, "", "4711")));
        const expected = vectors.triples.find(({ name }) => name == `demo.dynreg.mqtt.${way}.${method}`);
        assert.ok(expected);
        const { clientId, username, password } = plan;
        assert.deepEqual([clientId, username, password], [expected.clientId, expected.username, expected.password]);
      });

  it("keeps the secret that is sent, and connects with it from then on", () => {
    const one = who({ productKey: "a1B2c3D4e5F", signMethod: "hmacsha256", auth: "register-mqtt", tls: TLS }, identity);
    const { awaited } = planOf(sign(one, begin(registerMqtt, one)));
    const keep = awaited?.(`{"productKey":"a1B2c3D4e5F","deviceName":"dev_861551056136351","deviceSecret":"${SECRET}"}`) as Authorization;
    assert.deepEqual(next(keep, ""), {}, "authorizing begins again");
    assert.equal(begin(registerMqtt, one, keep.toKeep).toSign?.[0], SECRET);
  });

  it("keeps client id and token where the device was not entered, and signs nothing with them", () => {
    const one = who({ productKey: "a1B2c3D4e5F", signMethod: "hmacsha256", auth: "register-nwl", tls: TLS }, identity);
    const { awaited } = planOf(sign(one, begin(registerMqtt, one)));
    const keep = awaited?.('{"productKey":"p","deviceName":"d","clientId":"c1","deviceToken":"t1"}') as Authorization;
    const plan = planOf(begin(registerMqtt, one, keep.toKeep));
    assert.equal(plan.clientId, "c1|securemode=-2,authType=connwl|");
    assert.deepEqual([plan.username, plan.password, plan.awaited], ["dev_861551056136351&a1B2c3D4e5F", "t1", undefined]);
  });

  it("refuses anything else that is sent", () => {
    const one = who({ productKey: "a1B2c3D4e5F", signMethod: "hmacsha256", auth: "register-mqtt", tls: TLS }, identity);
    const { awaited } = planOf(sign(one, begin(registerMqtt, one)));
    for (const payload of ["", "hello", "{}", '{"deviceSecret":5}', '{"deviceToken":"t","clientId":"c"}'])
      assert.match(awaited?.(payload).error as string, /^Sreply-malformed/);
  });
});

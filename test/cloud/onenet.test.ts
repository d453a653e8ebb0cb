import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Identity, Product } from "../../src/api/config.ts";
import type { OnenetSignMethod } from "../../src/cloud/onenet/config.ts";
import type { DeviceInfo } from "../../src/api/device.ts";
import type { ConnectPlan, Who } from "../../src/api/cloud.ts";
import { authorize } from "../../src/cloud/onenet/connection.ts";

/** Of the cloud reference, section 7: LuatOS's baselines. */
interface Known {
  vectors: { name: string; key: string; content: string; digest: string }[];
  triples: { name: string; host: string; port: number; clientId: string; username: string; password: string; key: string }[];
}
const { vectors, triples } = JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/onenet.json"), "utf8")) as Known;

/** What the device never does: a method in upper case, the version of OneNET's HTTP API. */
const OTHERS = /upper|version2022/;
const KEY = "KuF3NT/jUBJ62LNBB/A8XZA9CqS3Cu79B/ABmfA1UCw=";
const IMEI = "868488076506128";

function who(
  identity: Identity,
  time: number | null,
  cloud: { signMethod?: OnenetSignMethod; productId?: string; tokenMinutes?: number } = {},
): Who {
  const defaults = { type: "onenet", host: "mqtts.heclouds.com", port: 1883, clientId: "{deviceName}", productId: "Ck2AF9QD2K" };
  const signing = { signMethod: "sha1", tokenMinutes: 0, topicBase: "$sys/Ck2AF9QD2K/{deviceName}/custome" };
  const product = { cloud: { ...defaults, ...signing, ...cloud } } as unknown as Product;
  return { product, identity, info: { imei: IMEI } as DeviceInfo, unixTime: () => time };
}

function connect(one: Who): { content: string; plan: ConnectPlan } {
  const wish = authorize(one);
  assert.equal(wish.plan, undefined, "nothing is known before the signature");
  const [key, content] = wish.toSign as [string, string];
  const { signMethod } = one.product.cloud as unknown as { signMethod: string };
  const next = wish.then?.(createHmac(signMethod, Buffer.from(key, "latin1")).update(content).digest("hex"));
  return { content, plan: next?.plan as ConnectPlan };
}

/** Field by field, decoded. */
function token(plan: ConnectPlan): Record<string, string> {
  return Object.fromEntries(
    plan.password.split("&").map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))];
    }),
  );
}

describe("the OneNET token", () => {
  const ours = triples.filter(({ name }) => !OTHERS.test(name));

  it("has vectors", () => assert.deepEqual([vectors.length, ours.length], [7, triples.length - 2]));

  for (const { name, host, port, clientId, username, password, key } of ours)
    it(`is that of ${name}`, () => {
      const [, et = "", method = ""] = /et=(\d+)&method=(\w+)/.exec(password) ?? [];
      const config = { signMethod: method as OnenetSignMethod, productId: username };
      const { content, plan } = connect(who({ deviceName: clientId, deviceSecret: key }, Number(et), config));
      assert.equal(content, vectors.find((one) => one.name == name)?.content);
      assert.deepEqual([plan.host, plan.port], [host, port]);
      assert.deepEqual([plan.clientId, plan.username, plan.password], [clientId, username, password]);
    });

  it("with the product's key names the product, for a device that may have no name but its IMEI", () => {
    const { content, plan } = connect(who({ productSecret: KEY }, 1_700_000_000, { tokenMinutes: 60 }));
    assert.equal(content, "1700003600\nsha1\nproducts/Ck2AF9QD2K\n2018-10-31");
    assert.equal(token(plan)["res"], "products/Ck2AF9QD2K");
    assert.deepEqual([plan.clientId, plan.own], [IMEI, `Ck2AF9QD2K/${IMEI}`]);
    assert.equal(token(plan)["sign"], createHmac("sha1", Buffer.from(KEY, "base64")).update(content).digest("base64"));
  });

  it("prefers the device's own key", () => {
    const { plan } = connect(who({ deviceName: "d", deviceSecret: KEY, productSecret: "AAAA" }, 1_700_000_000));
    assert.equal(token(plan)["res"], "products/Ck2AF9QD2K/devices/d");
  });

  it("is valid for the product's minutes, and used for half a minute less", () => {
    const { plan } = connect(who({ deviceName: "d", deviceSecret: KEY }, 1_700_000_000, { tokenMinutes: 90 }));
    assert.deepEqual([token(plan)["et"], plan.validMs], [String(1_700_000_000 + 5400), 5_370_000]);
  });

  it("ends in the year 2100 while the clock is unknown, and is made anew each time", () => {
    const { plan } = connect(who({ deviceName: "d", deviceSecret: KEY }, null, { tokenMinutes: 90 }));
    assert.deepEqual([token(plan)["et"], plan.validMs], ["4102444800", 0]);
  });

  it("is encoded whatever it holds", () => {
    for (let i = 0; i < 200; i++) {
      const { plan } = connect(who({ deviceName: `d_-${i}`, deviceSecret: KEY }, 1_700_000_000 + i));
      const { res, sign } = token(plan);
      assert.equal(res, `products/Ck2AF9QD2K/devices/d_-${i}`);
      const text = `version=2018-10-31&res=${encodeURIComponent(res)}&et=${1_700_000_000 + i}&method=sha1&sign=${encodeURIComponent(sign ?? "")}`;
      assert.equal(plan.password, text);
    }
  });

  it("knows its device's topics", () => {
    const { plan } = connect(who({ deviceName: "d", deviceSecret: KEY }, null));
    assert.deepEqual([plan.base, plan.own], ["$sys/Ck2AF9QD2K/d/custome", "Ck2AF9QD2K/d"]);
    assert.equal(plan.heartbeatTopic, "$sys/~/thing/property/desired/get");
    assert.doesNotThrow(() => JSON.parse(plan.heartbeatText) as unknown);
  });

  it("names what is missing", () => {
    assert.match(authorize(who({ deviceName: "d" }, null)).error as string, /^Bcredentials-refused: .*deviceSecret or productSecret/);
  });
});

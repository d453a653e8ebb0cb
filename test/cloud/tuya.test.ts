import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Identity, Product } from "../../src/api/config.ts";
import type { DeviceInfo } from "../../src/api/device.ts";
import type { ConnectPlan, Who } from "../../src/api/cloud.ts";
import { authorize } from "../../src/cloud/tuya/connection.ts";

/** Of the cloud reference, section 6: LuatOS's baselines, and one computed twice. */
interface Known {
  vectors: { name: string; key: string; content: string; digest: string }[];
  triples: { name: string; host: string; port: number; clientId: string; username: string; password: string; key: string }[];
}
const { vectors, triples } = JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/tuya.json"), "utf8")) as Known;

/** Fields of the builder, its defaults filled in. */
const CLOUD = {
  type: "tuya",
  host: "m1.tuyacn.com",
  port: 8883,
  clientId: "tuyalink_{deviceName}",
  topicBase: "tylink/{deviceName}/channel/raw",
};
const ID = "6c828cba434ff40c074wF2";
/** The year 2200: what LuatOS sends for the time. */
const FAR = 7258089600;

function who(identity: Identity, time: number | null): Who {
  return {
    product: { cloud: CLOUD } as unknown as Product,
    identity,
    info: { imei: "868488076506128" } as DeviceInfo,
    unixTime: () => time,
  };
}

function connect(one: Who): { signed: [string, string]; plan: ConnectPlan } {
  const wish = authorize(one);
  assert.equal(wish.plan, undefined, "nothing is known before the signature");
  const [key, message] = wish.toSign as [string, string];
  const next = wish.then?.(createHmac("sha256", Buffer.from(key, "latin1")).update(message).digest("hex"));
  return { signed: [key, message], plan: next?.plan as ConnectPlan };
}

describe("the Tuya connection", () => {
  it("has vectors", () => assert.deepEqual([vectors.length, triples.length], [3, 3]));

  for (const { name, host, port, clientId, username, password, key } of triples)
    it(`is that of ${name}`, () => {
      const [, id = "", time = ""] = /^(.*)\|.*timestamp=(\d+)/.exec(username) ?? [];
      const { signed, plan } = connect(who({ deviceName: id, deviceSecret: key }, Number(time)));
      const vector = vectors.find((one) => one.name == name);
      assert.deepEqual(signed, [vector?.key, vector?.content]);
      assert.deepEqual([plan.host, plan.port], [host, port]);
      assert.deepEqual([plan.clientId, plan.username, plan.password], [clientId, username, password]);
      assert.equal(plan.password, vector?.digest);
    });

  it("signs the year 2200 while the clock is unknown, the same in both places", () => {
    const known = triples.find((one) => one.name == "tuya.luatos.default");
    assert.ok(known);
    const { signed, plan } = connect(who({ deviceName: "6c95875d0f5ba69607nzfl", deviceSecret: known.key }, null));
    assert.equal(plan.password, known.password);
    assert.ok(signed[1].includes(`timestamp=${FAR}`) && plan.username.includes(`timestamp=${FAR}`));
  });

  it("is made anew each time: a signature has its time", () => {
    assert.equal(connect(who({ deviceName: ID, deviceSecret: "s" }, 1_700_000_000)).plan.validMs, undefined);
  });

  it("knows its device's topics", () => {
    const { plan } = connect(who({ deviceName: ID, deviceSecret: "s" }, null));
    assert.deepEqual([plan.base, plan.own], [`tylink/${ID}/channel/raw`, ID]);
    assert.equal(plan.heartbeatTopic, "tylink/~/ext/time/request");
    assert.doesNotThrow(() => JSON.parse(plan.heartbeatText) as unknown);
  });

  it("names what is missing", () => {
    assert.match(authorize(who({ deviceName: ID }, null)).error as string, /^Bcredentials-refused: .*deviceSecret/);
    assert.match(authorize(who({ deviceSecret: "s" }, null)).error as string, /^Bcredentials-refused: .*deviceName/);
  });
});

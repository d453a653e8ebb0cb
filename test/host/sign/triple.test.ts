/** Client id, user name and password of a device, worked out with another library than the one that the emulated cloud checks them with. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import type { Identity, Product } from "../../../src/api/config.ts";
import { loadProduct } from "../../../host/config/product.ts";
import { admit } from "../../../host/clouds/aliyun/admission.ts";
import { filler, tripleOf, UnitError } from "../../../host/sign/triple.ts";
import { fieldsOf, triples, vectors } from "../clouds/aliyun-data.ts";
import { closeAll, testWorld } from "../clouds/support.ts";

afterEach(closeAll);

const NOW = new Date("2026-06-01");

function product(cloud: object): Product {
  return loadProduct({ name: "p", version: "1", board: "linux", cloud }, { now: NOW }).product;
}

describe("a signature", () => {
  for (const { name, algorithm, key, content, digest } of vectors) {
    it(name, async () => {
      const { clientId, deviceName, productKey, timestamp = "" } = fieldsOf(content);
      const { password } = await tripleOf(
        product({ type: "aliyun", productKey, clientId, signMethod: algorithm, timestamp }),
        { deviceName, deviceSecret: key },
        {},
      );
      assert.equal(password, digest);
    });
  }
});

/** SDKs send statistics of their own besides what is needed, in an order of their own. */
const OWN_FORM = triples.filter(({ clientId }) => /\|securemode=[23],signmethod=[a-z0-9]+(,timestamp=\d+)?\|$/.test(clientId));

describe("a triple", () => {
  it("has the form of most known ones", () => assert.equal(OWN_FORM.length, triples.length - 3));

  for (const { name, host, port, clientId, username, password, deviceSecret } of OWN_FORM) {
    it(name, async () => {
      const [, first = "", mode, signMethod, timestamp = ""] =
        /^(.*)\|securemode=(.),signmethod=(\w+)(?:,timestamp=(\d+))?\|$/.exec(clientId) ?? [];
      const [deviceName = "", productKey = ""] = username.split("&");
      const made = product({ type: "aliyun", productKey, signMethod, timestamp, port, clientId: first, ...(mode == "2" && { tls: {} }) });
      assert.equal(made.cloud.host, host);
      const triple = await tripleOf(made, { deviceName, deviceSecret }, {});
      assert.deepEqual(triple, { clientId, username, password, passwordIsSecret: false });
    });
  }

  it("of an unnamed device is made with its IMEI, and gets in", async () => {
    const imei = "861551056136351";
    const made = product({ type: "aliyun", productKey: "pk", clientId: "{imei}.{iccid}" });
    const triple = await tripleOf(made, { deviceSecret: "s" }, { imei, iccid: "89860025128306012474" });
    assert.equal(triple.clientId, "861551056136351.89860025128306012474|securemode=3,signmethod=hmacsha256|");
    assert.equal(triple.username, `${imei}&pk`);
    const world = await testWorld();
    world.registry.addProduct({ productKey: "pk" });
    world.registry.addDevice({ productKey: "pk", deviceName: imei }, "s");
    const admission = admit({ ...triple, password: Buffer.from(triple.password), keepaliveS: 120, clean: true, secure: false }, world);
    assert.ok("guest" in admission);
  });

  it("of a private broker is what the product and the identity say", async () => {
    const made = product({ host: "mqtt.example.com" });
    const identity: Identity = { username: "u", password: "p" };
    assert.deepEqual(await tripleOf(made, identity, { imei: "1" }), {
      clientId: "1",
      username: "u",
      password: "p",
      passwordIsSecret: true,
    });
    assert.equal((await tripleOf(made, { ...identity, clientId: "c-{deviceName}", deviceName: "d" }, {})).clientId, "c-d");
    assert.deepEqual(await tripleOf(made, { clientId: "c" }, {}), { clientId: "c", username: "", password: "", passwordIsSecret: true });
  });

  it("asks for what only the module knows", async () => {
    const made = product({ type: "aliyun", productKey: "pk" });
    await assert.rejects(
      () => tripleOf(made, { deviceSecret: "s" }, {}),
      (error) => error instanceof UnitError && /--imei is needed/.test(error.message),
    );
    assert.throws(() => filler({}, { imei: "1" })("{iccid}"), /--iccid is needed/);
    assert.equal(filler({}, {})("{other} text"), "{other} text");
  });
});

/** As in `cloud-vectors.json`. */
function known(
  platform: "tuya" | "onenet",
): { name: string; host: string; clientId: string; username: string; password: string; key: string }[] {
  const file = join(import.meta.dirname, `../../fixtures/${platform}.json`);
  return (JSON.parse(readFileSync(file, "utf8")) as { triples: ReturnType<typeof known> }).triples;
}

describe("a triple for Tuya", () => {
  for (const { name, host, clientId, username, password, key } of known("tuya")) {
    it(name, async () => {
      const made = product({ type: "tuya", tls: {} });
      assert.equal(made.cloud.host, host);
      const deviceName = clientId.replace("tuyalink_", "");
      const time = /timestamp=(\d+)/.exec(username)?.[1] ?? "";
      const triple = await tripleOf(made, { deviceName, deviceSecret: key }, { time });
      assert.deepEqual(triple, { clientId, username, password, passwordIsSecret: false });
    });
  }
});

describe("a token for OneNET", () => {
  const MINUTES = 60;
  // Two of the known tokens have a version and a method that no device uses.
  for (const { name, host, clientId, username, password, key } of known("onenet").filter(
    (one) => !/MD5-upper|version2022/.test(one.name),
  )) {
    it(name, async () => {
      const [, et = "", signMethod] = /&et=(\d+)&method=(\w+)&/.exec(password) ?? [];
      const made = product({ type: "onenet", productId: username, signMethod, tokenMinutes: MINUTES });
      assert.equal(made.cloud.host, host);
      const triple = await tripleOf(made, { deviceName: clientId, deviceSecret: key }, { time: String(Number(et) - 60 * MINUTES) });
      assert.deepEqual(triple, { clientId, username, password, passwordIsSecret: false });
    });
  }

  it("names the product where its key signs, and the IMEI where the identity has no name", async () => {
    const made = product({ type: "onenet", productId: "pk" });
    const { clientId, password } = await tripleOf(made, { productSecret: "AAAA" }, { imei: "861551056136351", time: "1780272000" });
    assert.equal(clientId, "861551056136351");
    assert.match(password, /^version=2018-10-31&res=products%2Fpk&et=1782864000&method=sha256&sign=/);
  });
});

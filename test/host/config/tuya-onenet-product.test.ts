/** Products and identities for Tuya and OneNET: what the builder fills in, and what it refuses. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { OnenetConfig } from "../../../src/cloud/onenet/config.ts";
import type { TuyaConfig } from "../../../src/cloud/tuya/config.ts";
import { loadIdentity, loadProduct } from "../../../host/config/product.ts";
import type { LoadedProduct } from "../../../host/config/product.ts";
import { ROOT } from "../../../host/project/root.ts";
import { moduleChecksum } from "../../../host/config/tls.ts";

const NOW = new Date("2026-06-01");

function load(cloud: object): LoadedProduct {
  return loadProduct({ name: "demo", version: "1", board: "linux", cloud }, { now: NOW });
}

function refuses(cloud: object, message: RegExp): void {
  assert.throws(
    () => load(cloud),
    (error: Error) => (assert.match(error.message, message), true),
  );
}

describe("a product of type tuya", () => {
  const MINIMAL = { type: "tuya", tls: {} };
  const pem = readFileSync(join(ROOT, "certs/godaddy-root-g2.pem"));

  it("needs TLS only, and gets its root certificate", () => {
    const { product, ca, warnings } = load(MINIMAL);
    assert.deepEqual(product.cloud, {
      type: "tuya",
      region: "cn",
      host: "m1.tuyacn.com",
      port: 8883,
      tls: {
        ca: "godaddy-root-g2.pem",
        caChecksum: moduleChecksum(pem),
        serverName: null,
        checkDate: "auto",
        insecure: false,
        settings: '+QSSLCFG="seclevel",2,1;+QSSLCFG="sslversion",2,3;+QSSLCFG="cacert",2,"UFS:godaddy-root-g2.pem"',
        wishes: '+QSSLCFG="ciphersuite",2,0XFFFF',
      },
      clientId: "tuyalink_{deviceName}",
      keepaliveS: 120,
      cleanSession: true,
      topicBase: "tylink/{deviceName}/channel/raw",
      will: null,
    });
    assert.deepEqual([ca, warnings], [{ name: "godaddy-root-g2.pem", pem }, []]);
  });

  it("has the host of its region, or its own", () => {
    const hosts = ["cn", "eu", "us", "us-east", "eu-west", "in"].map(
      (region) => (load({ ...MINIMAL, region }).product.cloud as TuyaConfig).host,
    );
    assert.deepEqual(hosts, [
      ...["m1.tuyacn.com", "m1.tuyaeu.com", "m1.tuyaus.com", "m1-ueaz.tuyaus.com", "m1-weaz.tuyaeu.com", "m1.tuyain.com"],
    ]);
    assert.equal(load({ ...MINIMAL, host: "mqtt.example.com" }).product.cloud.host, "mqtt.example.com");
  });

  it("names every field that is missing, unknown, of another cloud, or wrong", () => {
    refuses({ type: "tuya" }, /^product: cloud\.tls: missing; Tuya is reached over TLS only$/);
    refuses({ ...MINIMAL, region: "mars" }, /cloud\.region: must be one of "cn", "eu", "us", "us-east", "eu-west", "in"/);
    refuses({ ...MINIMAL, productKey: "x" }, /cloud\.productKey: unknown field; known are type, region, host, /);
    refuses({ ...MINIMAL, clientId: "x" }, /cloud\.clientId: unknown field/);
    refuses({ ...MINIMAL, keepaliveS: 29 }, /cloud\.keepaliveS: must be >= 30/);
    refuses({ ...MINIMAL, keepaliveS: 1201 }, /cloud\.keepaliveS: must be <= 1200/);
    refuses({ ...MINIMAL, will: { topic: "a", payload: "b" } }, /cloud\.will: TuyaLink has no wills; leave it out/);
    refuses({ ...MINIMAL, port: 8884 }, /cloud\.tls\.ca: missing; .*; it is chosen for port 8883 only/);
    for (const topicBase of ["tylink", "tylink/{imei}", "tylink/{deviceName}x", "devices/{deviceName}"])
      refuses({ ...MINIMAL, topicBase }, /cloud\.topicBase: a device has topics of its own only: tylink\/\{deviceName\}\/…/);
    assert.equal(load({ ...MINIMAL, topicBase: "tylink/{deviceName}/app" }).product.cloud.topicBase, "tylink/{deviceName}/app");
  });
});

describe("a product of type onenet", () => {
  const MINIMAL = { type: "onenet", productId: "Ck2AF9QD2K" };
  const cloudOf = (change: object): OnenetConfig => load({ ...MINIMAL, ...change }).product.cloud as OnenetConfig;

  it("needs its product id only", () => {
    assert.deepEqual(cloudOf({}), {
      type: "onenet",
      productId: "Ck2AF9QD2K",
      signMethod: "sha256",
      tokenMinutes: 43_200,
      host: "mqtts.heclouds.com",
      port: 1883,
      clientId: "{deviceName}",
      keepaliveS: 120,
      cleanSession: true,
      topicBase: "$sys/Ck2AF9QD2K/{deviceName}/custome",
      will: null,
      signsTime: true,
    });
  });

  it("has another host and the platform's certificate over TLS", () => {
    const { product, ca } = load({ ...MINIMAL, tls: {} });
    assert.deepEqual([product.cloud.host, product.cloud.port, ca?.name], ["mqttstls.heclouds.com", 8883, "onenet-mqtts.pem"]);
    assert.equal(cloudOf({ host: "10.0.0.1" }).host, "10.0.0.1");
    refuses({ ...MINIMAL, tls: {}, port: 1883 }, /cloud\.tls\.ca: missing; .*; it is chosen for port 8883 only/);
  });

  it("names every field that is missing, unknown, of another cloud, or wrong", () => {
    refuses({ type: "onenet" }, /^product: cloud\.productId: missing$/);
    refuses({ ...MINIMAL, productId: "a/b" }, /cloud\.productId: letters and digits/);
    refuses({ ...MINIMAL, signMethod: "hmacsha256" }, /cloud\.signMethod: must be one of "sha256", "sha1", "md5"/);
    refuses({ ...MINIMAL, tokenMinutes: 0 }, /cloud\.tokenMinutes: must be >= 1/);
    refuses({ ...MINIMAL, tokenMinutes: 5_256_001 }, /cloud\.tokenMinutes: must be <= 5256000/);
    refuses({ ...MINIMAL, tokenMinutes: 1.5 }, /cloud\.tokenMinutes: must be integer/);
    refuses({ ...MINIMAL, region: "cn" }, /cloud\.region: unknown field; known are type, productId, signMethod, tokenMinutes, host, /);
    refuses({ ...MINIMAL, keepaliveS: 9 }, /cloud\.keepaliveS: must be >= 10/);
    refuses({ ...MINIMAL, keepaliveS: 1801 }, /cloud\.keepaliveS: must be <= 1800/);
    refuses({ ...MINIMAL, cleanSession: false }, /cloud\.cleanSession: OneNET keeps no sessions; leave it out/);
    refuses({ ...MINIMAL, will: { topic: "a", payload: "b" } }, /cloud\.will: OneNET keeps no wills/);
    refuses({ ...MINIMAL, topicBase: "$sys/{productKey}/{deviceName}" }, /unknown placeholder \{productKey\}; known are .*\{productId\}/);
    for (const topicBase of ["$sys/other/{deviceName}", "$sys/{productId}", "$sys/{productId}/{imei}"])
      refuses({ ...MINIMAL, topicBase }, /cloud\.topicBase: a device has topics of its own only: \$sys\/\{productId\}\/\{deviceName\}\/…/);
    assert.equal(cloudOf({ topicBase: "$sys/{productId}/{deviceName}/custome" }).topicBase, "$sys/Ck2AF9QD2K/{deviceName}/custome");
  });
});

describe("an identity", () => {
  it("for tuya has the device's id and secret", () => {
    const { product } = load({ type: "tuya", tls: {} });
    const identity = { deviceName: "6c828cba434ff40c074wF2", deviceSecret: "demoSecret012345" };
    assert.deepEqual(loadIdentity(identity, product), identity);
    assert.throws(
      () => loadIdentity({ deviceSecret: "s" }, product),
      /identity: deviceName: missing; a product of cloud type "tuya" needs it/,
    );
    assert.throws(() => loadIdentity({ deviceName: "d" }, product), /identity: deviceSecret: missing/);
    assert.throws(() => loadIdentity({ ...identity, deviceName: "a|b" }, product), /identity: deviceName: the device id as Tuya has it/);
    for (const field of ["productSecret", "username", "password", "clientId"])
      assert.throws(
        () => loadIdentity({ ...identity, [field]: "top-secret" }, product),
        new RegExp(`^Error: identity: ${field}: .*"tuya" has no use for it$`),
      );
  });

  it("for onenet has one key, the device's or the product's, in base64", () => {
    const { product } = load({ type: "onenet", productId: "p" });
    const key = "KuF3NT/jUBJ62LNBB/A8XZA9CqS3Cu79B/ABmfA1UCw=";
    for (const identity of [{ deviceName: "d", deviceSecret: key }, { deviceSecret: "adfasdfadsfadsf=" }, { productSecret: key }])
      assert.deepEqual(loadIdentity(identity, product), identity);
    assert.throws(
      () => loadIdentity({ deviceName: "d" }, product),
      /^Error: identity: deviceSecret: either deviceSecret .* or productSecret/,
    );
    assert.throws(
      () => loadIdentity({ deviceSecret: key, productSecret: key }, product),
      /^Error: identity: productSecret: either deviceSecret/,
    );
    for (const field of ["deviceSecret", "productSecret"])
      for (const wrong of ["top-secret", "abc", "abcd=", key.slice(0, -1)])
        assert.throws(
          () => loadIdentity({ [field]: wrong }, product),
          (error: Error) => error.message == `identity: ${field}: a key of OneNET is base64 with its padding`,
        );
    assert.throws(() => loadIdentity({ deviceName: "a b", deviceSecret: key }, product), /identity: deviceName: OneNET takes letters/);
    assert.throws(() => loadIdentity({ deviceSecret: key, username: "u" }, product), /identity: username: .*"onenet" has no use for it/);
  });
});

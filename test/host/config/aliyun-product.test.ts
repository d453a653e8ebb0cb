/** Products and identities for Aliyun: what the builder fills in, and what it refuses. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { AliyunConfig } from "../../../src/cloud/aliyun/config.ts";
import { loadIdentity, loadProduct } from "../../../host/config/product.ts";
import type { LoadedProduct } from "../../../host/config/product.ts";
import { ROOT } from "../../../host/project/root.ts";
import { moduleChecksum } from "../../../host/config/tls.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { temporaryFolder } from "../../support/interpreter.ts";

const MINIMAL = { name: "demo", version: "1", board: "linux", cloud: { type: "aliyun", productKey: "a1B2c3D4e5F" } };
const NOW = new Date("2026-06-01");
let folder: ReturnType<typeof temporaryFolder>;

before(async () => {
  folder = temporaryFolder();
  writeFileSync(join(folder.path, "ca.pem"), await makeCertificate("2026-01-01", "2027-01-01"));
});
after(() => folder.remove());

function load(change: object = {}, rest: object = {}, now = NOW): LoadedProduct {
  return loadProduct({ ...MINIMAL, ...rest, cloud: { ...MINIMAL.cloud, ...change } }, { now, directory: folder.path });
}

function loaded(change: object = {}): AliyunConfig {
  return load(change).product.cloud as AliyunConfig;
}

function refuses(change: object, message: RegExp, rest: object = {}): void {
  assert.throws(
    () => load(change, rest),
    (error: Error) => (assert.match(error.message, message), true),
  );
}

describe("a product of type aliyun", () => {
  it("needs its product key only", () => {
    assert.deepEqual(loaded(), {
      type: "aliyun",
      productKey: "a1B2c3D4e5F",
      region: "cn-shanghai",
      instanceId: "",
      auth: "device-secret",
      signMethod: "hmacsha256",
      timestamp: "",
      host: "a1B2c3D4e5F.iot-as-mqtt.cn-shanghai.aliyuncs.com",
      port: 1883,
      clientId: "{deviceName}",
      keepaliveS: 120,
      cleanSession: true,
      topicBase: "/a1B2c3D4e5F/{deviceName}/user",
      will: null,
    });
  });

  it("has the host of its region, of its instance, or its own", () => {
    assert.equal(loaded({ region: "ap-southeast-1" }).host, "a1B2c3D4e5F.iot-as-mqtt.ap-southeast-1.aliyuncs.com");
    assert.equal(loaded({ instanceId: "iot-060a0001", region: "ap-southeast-1" }).host, "iot-060a0001.mqtt.iothub.aliyuncs.com");
    assert.equal(loaded({ instanceId: "iot-060a0001", host: "mqtt.example.com" }).host, "mqtt.example.com");
  });

  it("leaves the device the placeholders of the unit, not those of the product", () => {
    const { clientId, topicBase } = loaded({ clientId: "{productKey}.{imei}", topicBase: "/{productKey}/{deviceName}" });
    assert.equal(clientId, "a1B2c3D4e5F.{imei}");
    assert.equal(topicBase, "/a1B2c3D4e5F/{deviceName}");
    refuses({ clientId: "{productKye}" }, /cloud\.clientId: unknown placeholder \{productKye\}; known are .*\{productKey\}/);
  });

  it("gets the root certificate of its port, if it names none", () => {
    for (const [change, file, checksum] of [
      [{ tls: {} }, "aliyun-iot-root-s1.pem", "port 8883 is the default"],
      [{ tls: {}, port: 8883 }, "aliyun-iot-root-s1.pem", ""],
      [{ tls: {}, port: 443 }, "globalsign-root-r1.pem", ""],
      [{ tls: {}, port: 1883 }, "globalsign-root-r1.pem", ""],
      [{ tls: { ca: "ca.pem" } }, "ca.pem", "named"],
      [{ tls: { ca: "globalsign-root-r1.pem" } }, "globalsign-root-r1.pem", "named, not beside the product"],
    ] as const) {
      const { product, ca } = load(change);
      const pem = readFileSync(file == "ca.pem" ? join(folder.path, file) : join(ROOT, "certs", file));
      assert.deepEqual(ca, { name: file, pem }, checksum);
      assert.equal(product.cloud.tls?.ca, file);
      assert.equal(product.cloud.tls?.caChecksum, moduleChecksum(pem));
    }
    assert.equal(loaded({ tls: {} }).port, 8883);
    refuses({ tls: {}, port: 8884 }, /cloud\.tls\.ca: missing; .*; it is chosen for ports 443, 1883, 8883 only/);
    assert.equal(load({ tls: { insecure: true } }).ca, undefined);
  });

  it("takes a file beside it before one of the project with the same name", () => {
    const own = join(folder.path, "own");
    mkdirSync(own);
    writeFileSync(join(own, "aliyun-iot-root-s1.pem"), readFileSync(join(folder.path, "ca.pem")));
    const product = { ...MINIMAL, cloud: { ...MINIMAL.cloud, tls: { ca: "aliyun-iot-root-s1.pem" } } };
    const { ca } = loadProduct(product, { now: NOW, directory: own });
    assert.deepEqual(ca?.pem, readFileSync(join(folder.path, "ca.pem")));
    const chosen = loadProduct({ ...product, cloud: { ...MINIMAL.cloud, tls: {} } }, { now: NOW, directory: own });
    assert.deepEqual(chosen.ca?.pem, readFileSync(join(ROOT, "certs/aliyun-iot-root-s1.pem")));
  });

  it("is warned where its root certificate ends soon, and refused when it has", () => {
    assert.deepEqual(load({ tls: {} }).warnings, []);
    for (const port of [443, 1883])
      assert.deepEqual(load({ tls: {}, port }).warnings, [
        `cloud.tls: port ${port} is verified with GlobalSign Root R1, which expires on 2028-01-28; the root of port 8883 lasts until 2053`,
      ]);
    assert.throws(() => load({ tls: {}, port: 443 }, {}, new Date("2028-02-01")), /globalsign-root-r1\.pem: the certificate .* expired/);
    assert.doesNotThrow(() => load({ tls: {} }, {}, new Date("2028-02-01")));
  });

  it("names every field that is missing, unknown, of another cloud, or wrong", () => {
    refuses({ productKey: undefined }, /^product: cloud\.productKey: missing$/);
    refuses({ prodcutKey: "x" }, /^product: cloud\.prodcutKey: unknown field; known are type, productKey, region, /);
    refuses({ productKey: "a b" }, /cloud\.productKey: letters and digits/);
    refuses({ region: "Shanghai!" }, /cloud\.region: a region's id/);
    refuses({ instanceId: "a.b" }, /cloud\.instanceId: an instance's id/);
    refuses({ auth: "http" }, /cloud\.auth: must be one of "device-secret", "https", "register-https", "register-mqtt", "register-nwl"/);
    refuses({ authHost: "a.com" }, /cloud\.auth: "device-secret" asks nothing over HTTPS; leave authHost and authTls out/);
    refuses({ auth: "https", authHost: "https://a.com" }, /cloud\.authHost: .*a host, and its port/);
    refuses({ auth: "https", authHost: "a.com:8443" }, /cloud\.authTls\.ca: missing/);
    refuses({ auth: "register-mqtt" }, /cloud\.tls: "register-mqtt" sends the device's secret over MQTT, to a verified server only/);
    refuses({ auth: "register-nwl", tls: {}, region: "us-west-1" }, /cloud\.region: .*cn-shanghai only/);
    refuses({ signMethod: "HmacMD5" }, /cloud\.signMethod: must be one of "hmacsha256", "hmacsha1", "hmacmd5"/);
    refuses({ timestamp: "today" }, /cloud\.timestamp: digits/);
    refuses({ timestamp: 789 }, /cloud\.timestamp: must be string/);
    refuses({ clientId: "a|b" }, /cloud\.clientId: the part before "\|"/);
    refuses({ clientId: "x".repeat(65) }, /cloud\.clientId: must NOT have more than 64 characters/);
    refuses({ keepaliveS: 29 }, /cloud\.keepaliveS: must be >= 30/);
    refuses({ keepaliveS: 1201 }, /cloud\.keepaliveS: must be <= 1200/);
    refuses({ will: { topic: "a", payload: "b" } }, /cloud\.will: Aliyun IoT Platform keeps no wills/);
    for (const topicBase of ["user", "/{productKey}", "/{productKey}/{deviceName}/", "/{productKey}//x", "/{productKey}/+/user"])
      refuses({ topicBase }, /cloud\.topicBase/);
    refuses({ topicBase: "/other/{deviceName}/user" }, /cloud\.topicBase: a device has topics of its own only/);
    refuses({ port: 0, signMethod: "x" }, /cloud\.signMethod.*\n.*cloud\.port|cloud\.port.*\n.*cloud\.signMethod/);
  });

  it("asks over HTTPS the region's host, verified by that port's root, which it warns of", () => {
    const { product, certificates, warnings } = load({ auth: "register-https", region: "us-west-1", tls: {} }, {});
    const cloud = product.cloud as AliyunConfig;
    assert.equal(cloud.authHost, "iot-auth.us-west-1.aliyuncs.com");
    assert.equal(cloud.authTls?.ca, "globalsign-root-r1.pem");
    assert.deepEqual(
      certificates.map(({ name }) => name),
      ["aliyun-iot-root-s1.pem", "globalsign-root-r1.pem"],
    );
    assert.deepEqual(warnings, ["cloud.authTls: port 443 is verified with GlobalSign Root R1, which expires on 2028-01-28"]);
  });

  it("is told apart from one of type broker", () => {
    const broker = { name: "demo", version: "1", board: "linux", cloud: { host: "mqtt.example.com" } };
    for (const field of ["productKey", "region", "instanceId", "auth", "signMethod", "timestamp"]) {
      const product = { ...broker, cloud: { ...broker.cloud, [field]: "x" } };
      assert.throws(() => loadProduct(product, { now: NOW }), new RegExp(`cloud\\.${field}: unknown field; known are type, host, `));
    }
    assert.throws(
      () => loadProduct({ ...broker, cloud: { ...broker.cloud, clientId: "{productKey}" } }, { now: NOW }),
      /cloud\.clientId: unknown placeholder \{productKey\}; known are \{imei\}, \{iccid\}, \{deviceName\}$/,
    );
    assert.throws(() => loadProduct({ ...broker, cloud: { type: "broker" } }, { now: NOW }), /^Error: product: cloud\.host: missing$/);
  });

  it("is told of mistakes outside its cloud section together with those inside", () => {
    refuses({ keepaliveS: 1 }, /^product: nmae: unknown field.*\nproduct: cloud\.keepaliveS: must be >= 30$/, { nmae: "x" });
    assert.throws(() => loadProduct({ ...MINIMAL, cloud: null }, { now: NOW }), /product: cloud: must be object/);
    assert.throws(() => loadProduct({ ...MINIMAL, cloud: { type: 5 } }, { now: NOW }), /product: cloud\.type: must be string/);
  });
});

describe("modem.receive", () => {
  it("is for Luat modules", () => {
    for (const model of ["air780ep", "air720"])
      assert.equal(load({}, { modem: { model, receive: "cached" } }).product.modem.receive, "cached");
    refuses({}, /^product: modem\.receive: "ec20" has none; "air720", "air780ep" have$/, { modem: { receive: "direct" } });
    refuses({}, /modem\.receive: must be one of "direct", "cached"/, { modem: { model: "air720", receive: "both" } });
  });
});

describe("an identity", () => {
  const { product } = loadProduct(MINIMAL, { now: NOW });

  it("for aliyun has a device secret, and a name unless the IMEI is it", () => {
    assert.deepEqual(loadIdentity({ deviceSecret: "s", simPin: "1234" }, product), { deviceSecret: "s", simPin: "1234" });
    assert.doesNotThrow(() => loadIdentity({ deviceName: "dev_1-a@b.c:d", deviceSecret: "s" }, product));
    assert.throws(() => loadIdentity({ deviceName: "test" }, product), /^Error: identity: deviceSecret: missing; .*"aliyun" needs it$/);
    assert.throws(() => loadIdentity({ deviceName: "a&b", deviceSecret: "s" }, product), /identity: deviceName: Aliyun takes letters/);
    assert.throws(() => loadIdentity({ deviceName: "x".repeat(33), deviceSecret: "s" }, product), /identity: deviceName/);
  });

  it("holds nothing that its product has no use for", () => {
    assert.throws(
      () => loadIdentity({ deviceSecret: "s", username: "u", password: "top-secret", clientId: "c" }, product),
      (error: Error) => {
        const lines = error.message.split("\n");
        assert.deepEqual(
          lines.map((line) => line.split(": ")[1]),
          ["username", "password", "clientId"],
        );
        assert.ok(!error.message.includes("top-secret"));
        return true;
      },
    );
    const broker = loadProduct({ ...MINIMAL, cloud: { host: "mqtt.example.com" } }, { now: NOW }).product;
    assert.throws(
      () => loadIdentity({ deviceSecret: "s" }, broker),
      /identity: deviceSecret: a product of cloud type "broker" has no use for it/,
    );
    assert.doesNotThrow(() => loadIdentity({ deviceSecret: "s" }), "by itself it may be for any product");
  });
});

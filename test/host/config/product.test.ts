import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CLOUD_NAMES } from "../../../host/clouds/find.ts";
import { MODELS } from "../../../host/modules/find.ts";
import { ROOT } from "../../../host/project/root.ts";
import { loadIdentity, loadProduct } from "../../../host/config/product.ts";
import { moduleChecksum } from "../../../host/config/tls.ts";
import { readJson } from "../../../host/config/validate.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { temporaryFolder } from "../../support/interpreter.ts";

const MINIMAL = { name: "demo", version: "1", board: "linux", cloud: { host: "mqtt.example.com" } };
const NOW = new Date("2026-06-01");
let folder: ReturnType<typeof temporaryFolder>;

before(async () => {
  folder = temporaryFolder();
  writeFileSync(join(folder.path, "ca.pem"), await makeCertificate("2026-01-01", "2027-01-01"));
  writeFileSync(join(folder.path, "old.pem"), await makeCertificate("2020-01-01", "2021-01-01"));
  writeFileSync(join(folder.path, "future.pem"), await makeCertificate("2030-01-01", "2031-01-01"));
  writeFileSync(join(folder.path, "key.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  writeFileSync(join(folder.path, "text.pem"), "hello\n");
  writeFileSync(join(folder.path, "broken.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  writeFileSync(join(folder.path, "with space.pem"), readFileSync(join(folder.path, "ca.pem")));
  writeFileSync(join(folder.path, "core"), readFileSync(join(folder.path, "ca.pem")));
});
after(() => folder.remove());

function load(product: object): ReturnType<typeof loadProduct> {
  return loadProduct(product, { now: NOW, directory: folder.path });
}

function refuses(product: object, message: RegExp): void {
  assert.throws(
    () => load(product),
    (error: Error) => {
      assert.match(error.message, message);
      return true;
    },
  );
}

/** What the builder adds for the EC20. */
const PLAIN = {
  login: ',"","",0',
  settings: '+QMTCFG="ssl",0,0;+QMTCFG="version",0,4;+QMTCFG="keepalive",0,120;+QMTCFG="session",0,1;+QMTCFG="recv/mode",0,0,1',
};

/** The minimal product with one part of its cloud changed. */
function cloud(change: object): object {
  return { ...MINIMAL, cloud: { ...MINIMAL.cloud, ...change } };
}

describe("product.json", () => {
  it("is complete once its defaults are filled in", () => {
    assert.deepEqual(load(MINIMAL).product, {
      name: "demo",
      version: "1",
      board: "linux",
      link: "cellular",
      modem: { model: "ec20", apn: "", apnUser: "", apnPassword: "", apnAuth: "none", baud: 115200, ...PLAIN },
      cloud: {
        type: "broker",
        host: "mqtt.example.com",
        port: 1883,
        clientId: "{imei}",
        keepaliveS: 120,
        cleanSession: true,
        topicBase: "devices/{deviceName}",
        will: null,
      },
      ota: true,
      app: {},
    });
  });

  it("of the project is a good example, once it has its certificate", () => {
    const { product, ca } = loadProduct(readJson(join(ROOT, "product.json")) as object, { now: NOW, directory: folder.path });
    assert.equal(product.cloud.port, 8883);
    assert.equal(ca?.name, "ca.pem");
  });

  it("gets the certificate's bytes, name and checksum, and the port of TLS", () => {
    const { product, ca } = load(cloud({ tls: { ca: "./ca.pem" } }));
    assert.deepEqual(ca, { name: "ca.pem", pem: readFileSync(join(folder.path, "ca.pem")) });
    assert.equal(product.cloud.port, 8883);
    assert.deepEqual(product.cloud.tls, {
      ca: "ca.pem",
      serverName: null,
      checkDate: "auto",
      insecure: false,
      caChecksum: moduleChecksum(ca.pem),
      settings: '+QSSLCFG="seclevel",2,1;+QSSLCFG="sslversion",2,3;+QSSLCFG="cacert",2,"UFS:ca.pem"',
      wishes: '+QSSLCFG="ciphersuite",2,0XFFFF',
    });
  });

  it("names every field that is unknown, missing or wrong, one per line", () => {
    refuses({ ...MINIMAL, nmae: 1 }, /^product: nmae: unknown field; known are name, version, /);
    refuses({ name: "a", version: "1", board: "linux" }, /^product: cloud: missing$/);
    refuses(cloud({ keepaliveS: 9999, port: 0 }), /^product: cloud\.port: must be >= 1\nproduct: cloud\.keepaliveS: must be <= 3600$/);
    refuses({ ...MINIMAL, modem: { apnAuth: "yes" } }, /^product: modem\.apnAuth: must be one of "none", "pap"/);
    refuses({ ...MINIMAL, modem: { apn: 'a"b' } }, /^product: modem\.apn: goes into an AT command between quotes/);
    refuses({ ...MINIMAL, modem: { apn: "a\nb" } }, /modem\.apn/);
    refuses(cloud({ tls: { caFile: "x" } }), /cloud\.tls\.caFile: unknown field; known are ca, serverName/);
    refuses({ ...MINIMAL, link: "lora" }, /^product: link: cellular, wifi, or both/);
  });

  it("names the module and cloud that the firmware does not have", () => {
    refuses(
      { ...MINIMAL, modem: { model: "sim900" } },
      new RegExp(`modem\\.model: there is no module "sim900"; there are ${MODELS.join(", ")}$`),
    );
    refuses(cloud({ type: "azure" }), new RegExp(`cloud\\.type: there is no cloud "azure"; there are ${CLOUD_NAMES.join(", ")}$`));
    // What stands beside modules and clouds and is none; what every object has.
    const beside = (...folders: string[]): string[] =>
      folders.flatMap((one) => readdirSync(join(ROOT, one))).map((name) => name.replace(/\.ts$/, ""));
    const models = beside("src/cellular/modules", "host/modules").filter((name) => !MODELS.includes(name as (typeof MODELS)[number]));
    const types = beside("src/cloud", "host/clouds").filter((name) => !CLOUD_NAMES.includes(name));
    assert.ok(models.includes("luat") && types.includes("alink"));
    for (const model of ["parts", "toString", "__proto__", ...models])
      refuses({ ...MINIMAL, modem: { model } }, /modem\.model: there is no module ".*"; there are ec20, air7/);
    for (const type of ["plan", "constructor", ...types])
      refuses(cloud({ type }), /cloud\.type: there is no cloud ".*"; there are broker, /);
  });

  it("refuses unknown placeholders and topics nobody may publish to", () => {
    refuses(cloud({ clientId: "{imie}" }), /cloud\.clientId: unknown placeholder \{imie\}; known are \{imei\}, \{iccid\}, \{deviceName\}/);
    refuses(cloud({ topicBase: "a/{imei" }), /cloud\.topicBase: unknown placeholder/);
    refuses(cloud({ will: { topic: "x/{mac}", payload: "" } }), /cloud\.will\.topic: unknown placeholder \{mac\}/);
    for (const topicBase of ["devices/+", "devices/#", "/devices", "devices/", ""]) refuses(cloud({ topicBase }), /cloud\.topicBase/);
    assert.deepEqual(load(cloud({ will: { topic: "gone/{imei}", payload: "bye" } })).product.cloud.will, {
      topic: "gone/{imei}",
      payload: "bye",
      qos: 0,
      retain: false,
    });
  });

  it("wants a certificate that verifies somebody, unless verification is switched off", () => {
    refuses(cloud({ tls: {} }), /cloud\.tls\.ca: missing; .*"insecure": true/);
    refuses(cloud({ tls: { ca: "none.pem" } }), /cloud\.tls\.ca: .*none\.pem: no such file/);
    refuses(cloud({ tls: { ca: "old.pem" } }), /old\.pem: the certificate CN=test expired on .*2021/);
    refuses(cloud({ tls: { ca: "future.pem" } }), /future\.pem: the certificate CN=test is not valid before .*2030/);
    refuses(cloud({ tls: { ca: "text.pem" } }), /text\.pem: no PEM certificate in it/);
    refuses(cloud({ tls: { ca: "broken.pem" } }), /broken\.pem: holds a certificate that cannot be read/);
    refuses(cloud({ tls: { ca: "key.pem" } }), /key\.pem: holds a private key/);
    refuses(cloud({ tls: { ca: "with space.pem" } }), /cloud\.tls\.ca: "with space\.pem" must be 1 to 28 letters/);
    refuses(cloud({ tls: { ca: "core" } }), /the name "core" is taken/);
    assert.equal(load(cloud({ tls: { insecure: true } })).ca, undefined);
    assert.equal(load(cloud({ tls: { ca: "none.pem", insecure: true } })).ca, undefined);
  });

  it("refuses a server name that the module cannot use", () => {
    refuses(
      cloud({ tls: { ca: "ca.pem", serverName: "other.example.com" } }),
      /cloud\.tls\.serverName: this module can only use the name of the host it connects to/,
    );
    assert.doesNotThrow(() => load(cloud({ tls: { ca: "ca.pem", serverName: "mqtt.example.com" } })));
  });

  it("is named with the place where it stops being JSON", () => {
    const path = join(folder.path, "product.json");
    writeFileSync(path, '{\n  "name": "demo",\n  oops\n}\n');
    assert.throws(() => loadProduct(path, { now: NOW }), new RegExp(`^Error: ${path}:3:3: `));
    assert.throws(() => loadProduct(join(folder.path, "none.json"), { now: NOW }), /none\.json: no such file$/);
  });
});

describe("identity.json", () => {
  it("holds what its mode needs, and nothing unknown", () => {
    assert.deepEqual(loadIdentity({ username: "u", simPin: "1234" }), { username: "u", simPin: "1234" });
    assert.throws(() => loadIdentity({ user: "u" }), /^Error: identity: user: unknown field; known are deviceName, username/);
    assert.throws(() => loadIdentity({ deviceName: "a/b" }), /identity: deviceName/);
    // Quotes forgotten: the message must not hold what stands there.
    const path = join(folder.path, "identity.json");
    writeFileSync(path, '{"deviceSecret": SECRETabcdef}');
    assert.throws(
      () => loadIdentity(path),
      (error: Error) => /identity\.json.*: this is not valid JSON/.test(error.message) && !/SECRET/.test(error.message),
    );
    writeFileSync(path, '\uFEFF{"username": "u"}');
    assert.deepEqual(loadIdentity(path), { username: "u" });
  });

  it("never shows a secret in a message", () => {
    for (const identity of [{ simPin: "12a4" }, { password: 'secr"et' }, { username: 'secr"et' }]) {
      assert.throws(
        () => loadIdentity(identity),
        (error: Error) => !/12a4|secr/.test(error.message),
      );
    }
  });
});

describe("the module's checksum of a file", () => {
  it("agrees with what modules print", () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const vectors: [Buffer | string, string][] = [
      ["", "0"],
      ["A", "4100"],
      ["AB", "4142"],
      ["hello", "6b09"],
      ["123456789", "3908"],
      ["0123456789\r\n", "3533"],
      [bytes, "0"],
      ["\0W", "57"],
    ];
    for (const [data, sum] of vectors) assert.equal(moduleChecksum(Buffer.from(data as string, "latin1")), sum);
  });
});

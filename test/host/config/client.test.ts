/** The identity's client certificate and key: what the builder takes, and what it says about anything else. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Identity } from "../../../src/api/config.ts";
import { makeAuthority } from "../../../host/broker/certificates.ts";
import { clientFiles, placeOf } from "../../../host/config/client.ts";
import { loadIdentity, loadProduct } from "../../../host/config/product.ts";
import { moduleChecksum } from "../../../host/config/tls.ts";
import { temporaryFolder } from "../../support/interpreter.ts";

const folder = temporaryFolder();
const NOW = new Date();
const YEAR_MS = 366 * 86_400_000;
const NAMES = { clientCert: "device.pem", clientKey: "device.key" };

before(async () => {
  const authority = await makeAuthority();
  const { cert, key } = await authority.issueClient("device");
  const other = await authority.issueClient("other");
  const write = (name: string, text: string): void => writeFileSync(join(folder.path, name), text);
  write("device.pem", cert);
  write("device.key", key);
  write("other.key", other.key);
  write("both.pem", cert + key);
  write("broken.pem", cert.replace(/\n[^\n]{20}/, "\n"));
  write("broken.key", "-----BEGIN PRIVATE KEY-----\nSECRETSECRET\n-----END PRIVATE KEY-----\n");
  const encrypted = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" } as const;
  write("encrypted.key", String(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export(encrypted)));
  write("ca.pem", authority.pem);
  write("a name that is too long.pem", cert);
});

after(() => folder.remove());

function files(identity: Identity, now = NOW, taken: string[] = []): ReturnType<typeof clientFiles> {
  return clientFiles(identity, placeOf(join(folder.path, "identity.json")), now, taken);
}

describe("a client certificate and its key", () => {
  it("become Storage files, with the module's checksums in the identity", () => {
    const identity: Identity = { username: "u", ...NAMES };
    const [cert, key] = files(identity);
    assert.equal(cert?.name, "device.pem");
    assert.deepEqual(key, { name: "device.key", pem: readFileSync(join(folder.path, "device.key")) });
    assert.equal(identity.clientCertChecksum, moduleChecksum(cert?.pem as Buffer));
    assert.equal(identity.clientKeyChecksum, moduleChecksum(key.pem));
    assert.deepEqual(files({ username: "u" }), [], "none without them");
  });

  for (const [what, identity, message] of [
    ["a certificate that is not there", { clientCert: "none.pem" }, /identity\.json: clientCert: .*none\.pem: no such file$/],
    ["a key that is not there", { clientKey: "none.key" }, /identity\.json: clientKey: .*none\.key: no such file$/],
    ["a key in the certificate's file", { clientCert: "both.pem" }, /clientCert: .*both\.pem: holds a private key, which belongs/],
    ["a key as certificate", { clientCert: "other.key" }, /clientCert: .*other\.key: holds a private key/],
    ["a certificate as key", { clientKey: "ca.pem" }, /clientKey: .*ca\.pem: no PEM key in it/],
    [
      "a certificate that cannot be read",
      { clientCert: "broken.pem" },
      /clientCert: .*broken\.pem: holds a certificate that cannot be read$/,
    ],
    ["a key that cannot be read", { clientKey: "broken.key" }, /clientKey: .*broken\.key: holds a key that cannot be read$/],
    ["an encrypted key", { clientKey: "encrypted.key" }, /clientKey: .*encrypted\.key: the key is encrypted/],
    [
      "another certificate's key",
      { clientKey: "other.key" },
      /clientKey: .*other\.key is not the key of the certificate in .*device\.pem$/,
    ],
    ["a name that no file can have", { clientCert: "a name that is too long.pem" }, /clientCert: "a name .*" must be 1 to 28/],
  ] as const) {
    it(`are refused with ${what}`, () => {
      assert.throws(
        () => files({ ...NAMES, ...identity }),
        (error: Error) => message.test(error.message) && !/SECRET|BEGIN (RSA )?PRIVATE KEY-----\n./.test(error.message),
      );
    });
  }

  it("are refused when the certificate is not valid now", () => {
    assert.throws(() => files({ ...NAMES }, new Date(NOW.getTime() + YEAR_MS)), /clientCert: .*: the certificate expired on /);
    assert.throws(() => files({ ...NAMES }, new Date(0)), /clientCert: .*: the certificate is not valid before /);
  });

  it("cannot take the place of the CA's file", () => {
    assert.throws(() => files({ ...NAMES }, NOW, ["device.pem"]), /clientCert: "device\.pem" is the name of a CA's file$/);
  });
});

describe("an identity with one", () => {
  const product = (cloud: object): Parameters<typeof loadIdentity>[1] =>
    loadProduct({ name: "p", version: "1.0.0", board: "linux", cloud }, { now: NOW, directory: folder.path }).product;

  it("has both or neither", () => {
    assert.throws(() => loadIdentity({ clientCert: "a" }), /^Error: identity: clientKey: missing; clientCert needs it$/);
    assert.throws(() => loadIdentity({ clientKey: "a" }), /^Error: identity: clientCert: missing; clientKey needs it$/);
  });

  it("is for a broker that is verified", () => {
    const host = { type: "broker", host: "mqtt.example.com" };
    assert.deepEqual(loadIdentity({ ...NAMES }, product({ ...host, tls: { ca: "ca.pem" } })), NAMES);
    assert.throws(() => loadIdentity({ ...NAMES }, product(host)), /clientCert: the product's cloud\.tls is missing; .* verified server/);
    assert.throws(() => loadIdentity({ ...NAMES }, product({ ...host, tls: { insecure: true } })), /clientCert: .*cloud\.tls is insecure/);
    const aliyun = product({ type: "aliyun", productKey: "a1B2c3D4e5F", region: "cn-shanghai" });
    assert.throws(
      () => loadIdentity({ deviceSecret: "s", ...NAMES }, aliyun),
      /clientCert: a product of cloud type "aliyun" has no use for it/,
    );
  });

  it("cannot bring checksums of its own", () => {
    assert.throws(() => loadIdentity({ ...NAMES, clientCertChecksum: "0" }), /clientCertChecksum: unknown field/);
  });
});

/** Products whose link is Wi-Fi: what is refused, and what it says. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { build } from "../../../host/image/build.ts";
import { loadIdentity, loadProduct } from "../../../host/config/product.ts";

const NOW = new Date("2026-11-25T00:00:00Z");
const BASE = { name: "p", version: "1", board: "esp32", link: "wifi" };
const PLAIN = { ...BASE, cloud: { host: "h.example" } };
const WIFI = { ssid: "net", password: "password" };

function load(product: object): ReturnType<typeof loadProduct> {
  return loadProduct(product, { now: NOW });
}

describe("a product with Wi-Fi", () => {
  it("with TLS is refused unless it says that nothing is verified", () => {
    const tls = { ca: "none.pem" };
    assert.throws(
      () => load({ ...BASE, cloud: { host: "h.example", tls } }),
      /cloud\.tls: over Wi-Fi no interpreter verifies servers.*"insecure": true/s,
    );
    const { product } = load({ ...BASE, cloud: { host: "h.example", tls: { insecure: true } } });
    assert.equal(product.cloud.tls?.insecure, true);
  });

  for (const auth of ["https", "register-https", "register-mqtt", "register-nwl"])
    it(`cannot prove itself by ${auth}`, () => {
      const cloud = { type: "aliyun", productKey: "a1B2c3D4e5F", auth, tls: { insecure: true } };
      assert.throws(() => load({ ...BASE, cloud }), new RegExp(`cloud\\.auth: "${auth}".*"link": "cellular"`));
    });

  it("names a device with two links alike on both", () => {
    const two = { ...PLAIN, link: ["wifi", "cellular"] };
    assert.equal(load(two).product.cloud.clientId, "{deviceName}");
    assert.throws(
      () => load({ ...two, cloud: { host: "h", clientId: "x-{imei}" } }),
      /cloud\.clientId: \{imei\} and \{iccid\} are known on the 4G module only/,
    );
    assert.throws(() => loadIdentity({ wifi: WIFI }, load(two).product), /deviceName: missing; a device with two links/);
    assert.equal(loadIdentity({ wifi: WIFI, deviceName: "d" }, load(two).product).deviceName, "d");
  });

  it("needs the network in the identity, and no other product has a use for it", () => {
    assert.throws(() => loadIdentity({}, load(PLAIN).product), /wifi: missing/);
    assert.throws(
      () => loadIdentity({ wifi: WIFI }, load({ ...PLAIN, link: "cellular" }).product),
      /wifi: the product's link is cellular alone/,
    );
    assert.throws(() => loadIdentity({ wifi: { ssid: "net", password: "short" } }), /wifi\.password/);
    assert.throws(() => loadIdentity({ wifi: { ssid: "n".repeat(33) } }), /wifi\.ssid/);
    assert.deepEqual(loadIdentity({ wifi: { ssid: "open" } }, load(PLAIN).product).wifi, { ssid: "open", password: "" });
  });

  it("is refused on a board without it, and TLS on one without the memory", async () => {
    await assert.rejects(
      build({ product: { ...PLAIN, board: "wio-lte" }, now: NOW }),
      /link: board "wio-lte" has no Wi-Fi of its own; use "cellular"/,
    );
    const secure = { ...BASE, board: "esp32c3", cloud: { host: "h", tls: { insecure: true } } };
    await assert.rejects(build({ product: secure, now: NOW }), /cloud\.tls: board "esp32c3" has no memory for TLS over Wi-Fi/);
  });
});

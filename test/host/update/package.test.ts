/** What goes into a package: the build's files, and nothing of a device's own. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, it } from "node:test";
import { loadBoard } from "../../../host/config/board.ts";
import { assemble } from "../../../host/image/assemble.ts";
import { pretokenise } from "../../../host/compile/pretokenise.ts";
import { ROOT } from "../../../host/project/root.ts";
import { readJson } from "../../../host/config/validate.ts";
import { ConfigError } from "../../../host/project/mistakes.ts";
import { UsageError } from "../../../host/command-line/run.ts";
import { isSignedWith } from "../../../host/update/format.ts";
import { makePackage, roomOf } from "../../../host/update/package.ts";
import type { MadePackage, PackageOptions } from "../../../host/update/package.ts";

const KEY = "0123456789abcdef";
const PRODUCT = { name: "meter", version: "1.2.3", board: "linux", cloud: { host: "h.example", port: 1883 } };
const { version: CORE } = readJson(join(ROOT, "package.json")) as { version: string };

function made(options: Partial<PackageOptions> = {}): Promise<MadePackage> {
  return makePackage({ product: PRODUCT, identity: { otaKey: KEY }, ...options });
}

describe("a package", () => {
  it("has the application alone, as the build writes it, for this core and version", async () => {
    const { manifest, files, ...found } = await made();
    const { files: built } = await assemble({ product: PRODUCT });
    assert.deepEqual([...files], [["app", built.get("app")]]);
    assert.ok(isSignedWith({ manifest, files, ...found }, KEY));
    assert.deepEqual(manifest, {
      ...{ product: "meter", board: "linux", link: "cellular", model: "ec20", cloud: "broker" },
      ...{ core: [CORE, CORE], version: "1.2.3", older: false, files: [["app", built.get("app")?.length]] },
      sha256: createHash("sha256")
        .update(built.get("app") as Buffer)
        .digest("hex"),
    });
  });

  it("has what is asked for, in the order of the image; its product says the package's version", async () => {
    const { manifest, files } = await made({ files: ["product", "app", "at"], version: "2.0.0", older: true, core: ["0.1.0", "0.3.0"] });
    assert.deepEqual([...files.keys()], ["at", "app", "product"]);
    assert.equal((JSON.parse((files.get("product") as Buffer).toString()) as { version: string }).version, "2.0.0");
    assert.deepEqual([manifest.version, manifest.older, manifest.core], ["2.0.0", true, ["0.1.0", "0.3.0"]]);
  });

  it("has all but the loader and what is a device's own", async () => {
    const { files } = await made({ files: "all" });
    assert.deepEqual([...files.keys()], ["at", "core", "app", "script", "up", "cloud", "why", "ota", "digest", "product"]);
  });

  it("is for another board, with the rate that it keeps up with", async () => {
    const wanted = { ...PRODUCT, modem: { baud: 460800 } };
    const { manifest, files } = await made({ product: wanted, board: "esp32", files: ["product"] });
    assert.equal(manifest.board, "esp32");
    const { modem } = JSON.parse((files.get("product") as Buffer).toString()) as { modem: { baud: number } };
    assert.equal(modem.baud, loadBoard("esp32").modem.maxBaud);
  });

  it("is pretokenised as the build does it", async () => {
    const plain = await made();
    const { files } = await made({ pretokenise: "2v29" });
    const text = (plain.files.get("app") as Buffer).toString("latin1");
    assert.equal((files.get("app") as Buffer).toString("latin1"), pretokenise(text));
  });

  it("says two links in the order of preference", async () => {
    const product = { ...PRODUCT, link: ["wifi", "cellular"], cloud: { ...PRODUCT.cloud, clientId: "x" } };
    assert.equal((await made({ product })).manifest.link, "wifi-cellular");
  });

  for (const [what, options, error, message] of [
    ["no key", { identity: { deviceName: "d" } }, ConfigError, /^identity: otaKey: missing/],
    ["a short key", { identity: { otaKey: "fifteen-bytes-x" } }, ConfigError, /^identity: otaKey: .*16/],
    ["a long key", { identity: { otaKey: "k".repeat(65) } }, ConfigError, /^identity: otaKey: .*64/],
    ["a device's file", { files: ["app", "identity"] }, UsageError, /"identity" is each device's own/],
    ["the loader", { files: [".bootcde"] }, UsageError, /"\.bootcde": the loader/],
    ["a file that is not there", { files: ["hash"] }, UsageError, /has no "hash"; it has at, core, app/],
    ["a range for the core itself", { files: ["core"], core: ["0.1.0", "0.2.0"] }, UsageError, /so they run on its version \S+ alone/],
    [
      "a cloud without updates",
      { product: { ...PRODUCT, cloud: { type: "tuya", region: "eu", tls: {} } } },
      ConfigError,
      /"tuya" has no updates/,
    ],
    ["updates switched off", { product: { ...PRODUCT, ota: false } }, ConfigError, /product: ota: false: no updates/],
    ["a version of words", { product: { ...PRODUCT, version: "one" } }, ConfigError, /version: must be numbers with dots/],
    ["an unknown board", { board: "atari" }, ConfigError, /board "atari": unknown/],
    [
      "more than a slot has room for",
      { board: "espruino-wifi", files: "all" },
      ConfigError,
      /package: \d+ bytes, but a slot of board "espruino-wifi" has room for \d+/,
    ],
  ] as const) {
    it(`with ${what} is refused`, async () => {
      await assert.rejects(made(options as Partial<PackageOptions>), (thrown: Error) => {
        assert.ok(thrown instanceof error, thrown.stack ?? "");
        assert.match(thrown.message, message);
        assert.ok(!thrown.message.includes("fifteen-bytes-x"), "shows the key");
        return true;
      });
    });
  }
});

describe("room for updates", () => {
  it("is that of one slot where pages are small, whatever else is there", () => {
    const other = new Map([["x", Buffer.alloc(1000)]]);
    assert.deepEqual(roomOf(loadBoard("esp32"), new Map()), { bytes: 65536, isPaged: true });
    assert.deepEqual(roomOf(loadBoard("esp32"), other), roomOf(loadBoard("esp32"), new Map()));
  });

  it("is what the other files leave where pages are large", () => {
    const empty = roomOf(loadBoard("espruino-wifi"), new Map());
    const less = roomOf(loadBoard("espruino-wifi"), new Map([["x", Buffer.alloc(1000)]]));
    assert.deepEqual([empty.isPaged, less.isPaged], [false, false]);
    assert.equal(empty.bytes - less.bytes, 1000 + 32);
  });
});

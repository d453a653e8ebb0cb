import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Product } from "../../../src/api/config.ts";
import { MODELS } from "../../../host/modules/find.ts";
import { boardNames, loadBoard } from "../../../host/config/board.ts";
import { ROOT } from "../../../host/project/root.ts";
import { choiceOf, DEFAULT_CHOICE, MODULES, modulesNamed, modulesOf, productModule } from "../../../host/compile/modules.ts";

function product(cloud: object): Product {
  return { link: "cellular", modem: { model: "ec20" }, ota: false, cloud } as Product;
}

const ALL = ["SHA1", "SHA224", "SHA256"];

describe("the choice of a product's parts", () => {
  for (const [signMethod, hashes, hash] of [
    ["hmacmd5", ALL, "md5"],
    ["hmacsha1", ALL, "native-sha1"],
    ["hmacsha256", ALL, "native-sha256"],
    ["hmacmd5", [], "md5"],
    ["hmacsha1", [], "sha1"],
    ["hmacsha256", ["SHA1"], "sha256"],
  ] as const) {
    it(`signs ${signMethod} with ${hash} where the board has ${hashes.join(", ") || "no digest"}`, () => {
      assert.deepEqual(choiceOf(product({ type: "aliyun", auth: "device-secret", signMethod }), hashes), {
        links: ["cellular"],
        model: "ec20",
        cloud: "aliyun",
        connection: "device-secret",
        hash,
        http: false,
        updates: false,
        ranges: false,
        check: (hashes as readonly string[]).includes("SHA256") ? "native-sha256" : "sha256",
      });
    });
  }

  for (const [cloud, hashes, hash] of [
    [{ type: "tuya" }, ALL, "native-sha256"],
    [{ type: "tuya" }, [], "sha256"],
    [{ type: "onenet", signMethod: "sha256" }, ALL, "native-sha256"],
    [{ type: "onenet", signMethod: "sha1" }, ["SHA256"], "sha1"],
    [{ type: "onenet", signMethod: "md5" }, ALL, "md5"],
  ] as const) {
    it(`signs for ${JSON.stringify(cloud)} with ${hash} where the board has ${hashes.join(", ") || "no digest"}`, () => {
      const { links, model, cloud: folder, hash: own, http } = choiceOf(product(cloud), hashes);
      assert.deepEqual(
        { links, model, folder, own, http },
        { links: ["cellular"], model: "ec20", folder: cloud.type, own: hash, http: false },
      );
    });
  }

  it("has no digest where nothing is signed", () => {
    const choice = choiceOf(product({ type: "broker" }), ALL);
    assert.equal(choice.hash, "none");
    assert.ok(!modulesOf(choice).some((module) => module.name == "hash"));
  });

  it("has names that no library of an interpreter has", () => {
    const libraries = [
      "http",
      "net",
      "tls",
      "dgram",
      "crypto",
      "fs",
      "Storage",
      "Flash",
      "heatshrink",
      "Wifi",
      "ESP8266",
      "neopixel",
      "tv",
    ];
    assert.deepEqual(
      MODULES.filter(({ name }) => libraries.includes(name)),
      [],
    );
  });

  it("has every module where something is signed", () => {
    assert.deepEqual(modulesOf({ ...DEFAULT_CHOICE, links: ["wifi", "cellular"], hash: "sha1", http: true }), MODULES);
  });

  it("has updates where the product wants them and its cloud brings them, over HTTPS where the server is verified", () => {
    const partsOf = (cloud: object, ota: boolean): unknown[] => {
      const choice = choiceOf({ ...product(cloud), ota }, ALL);
      return [
        choice.updates,
        choice.ranges,
        ...modulesOf(choice)
          .filter(({ name }) => ["ota", "digest", "http-client"].includes(name))
          .map(({ name }) => name),
      ];
    };
    const aliyun = { type: "aliyun", auth: "device-secret", signMethod: "hmacsha256" };
    assert.deepEqual(partsOf({ type: "broker" }, true), [true, false, "ota", "digest"]);
    assert.deepEqual(partsOf({ type: "broker" }, false), [false, false]);
    assert.deepEqual(partsOf({ type: "tuya" }, true), [false, false]);
    assert.deepEqual(partsOf(aliyun, true), [true, false, "ota"], "what signs checks updates too");
    assert.deepEqual(partsOf({ ...aliyun, signMethod: "hmacmd5" }, true), [true, false, "ota", "digest"]);
    assert.deepEqual(partsOf({ ...aliyun, otaTls: {} }, true), [true, true, "http-client", "ota"]);
  });

  it("leads to the board's own digest, or to ours", () => {
    const partsOf = (hash: "sha1" | "native-sha1"): unknown[] =>
      modulesNamed({ ...DEFAULT_CHOICE, hash }, ["hash"]).map(({ entry, digest }) => [entry, digest]);
    assert.deepEqual(partsOf("sha1"), [["src/crypto/hash.ts", "sha1"]]);
    assert.deepEqual(partsOf("native-sha1"), [["src/crypto/native.ts", "sha1"]]);
  });

  it("is written down for the sources, and the committed file is the default product's", () => {
    assert.equal(readFileSync(join(ROOT, "src/product.ts"), "utf8"), productModule(DEFAULT_CHOICE));
  });

  it("takes all that is of a module from its own folder", () => {
    for (const model of MODELS) {
      const sources = [...productModule({ ...DEFAULT_CHOICE, model, http: true }).matchAll(/from "(.*cellular\/modules\/.*)"/g)];
      assert.deepEqual([...new Set(sources.map(([, source]) => source))], [`./cellular/modules/${model}/index`]);
    }
  });

  it("is native on the boards that say so", () => {
    const choices = boardNames().map((name) => [
      name,
      choiceOf(product({ type: "aliyun", auth: "device-secret", signMethod: "hmacsha256" }), loadBoard(name).hashes).hash,
    ]);
    const own = choices.filter(([, hash]) => hash == "sha256").map(([name]) => name);
    assert.deepEqual(own, ["nucleof411re", "stm32f4discovery", "wio-lte"]);
    assert.ok(choices.every(([, hash]) => hash == "sha256" || hash == "native-sha256"));
  });
});

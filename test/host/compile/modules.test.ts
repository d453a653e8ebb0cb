import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Product } from "../../../src/api/config.ts";
import { boardNames, loadBoard } from "../../../host/config/board.ts";
import { aliases, choiceOf, DEFAULT_CHOICE, MODULES, modulesOf } from "../../../host/compile/modules.ts";

function product(cloud: object): Product {
  return { link: "cellular", modem: { model: "ec20" }, cloud } as Product;
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
        link: "cellular",
        model: "ec20",
        cloud: "aliyun",
        hash,
        http: false,
        ota: "none",
        ranges: "none",
        digest: (hashes as readonly string[]).includes("SHA256") ? "whole" : "parts",
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
      const { link, model, cloud: file, hash: own, http } = choiceOf(product(cloud), hashes);
      assert.deepEqual({ link, model, file, own, http }, { link: "cellular", model: "ec20", file: cloud.type, own: hash, http: false });
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
    assert.deepEqual(modulesOf({ ...DEFAULT_CHOICE, link: "wifi-cellular", hash: "sha1", http: true }), MODULES);
  });

  it("has updates where the product wants them and its cloud brings them, over HTTPS where the server is verified", () => {
    const waysOf = (cloud: object, ota: boolean): string[] => {
      const choice = choiceOf({ ...product(cloud), ota }, ALL);
      return [
        choice.ota,
        choice.ranges,
        ...modulesOf(choice)
          .filter(({ name }) => ["ota", "digest", "http-client"].includes(name))
          .map(({ name }) => name),
      ];
    };
    const aliyun = { type: "aliyun", auth: "device-secret", signMethod: "hmacsha256" };
    assert.deepEqual(waysOf({ type: "broker" }, true), ["broker", "none", "ota", "digest"]);
    assert.deepEqual(waysOf({ type: "broker" }, false), ["none", "none"]);
    assert.deepEqual(waysOf({ type: "tuya" }, true), ["none", "none"]);
    assert.deepEqual(waysOf(aliyun, true), ["aliyun", "none", "ota", "digest"]);
    assert.deepEqual(waysOf({ ...aliyun, otaTls: {} }, true), ["aliyun", "https", "http-client", "ota", "digest"]);
  });

  it("leads to the board's own digest, or to ours", () => {
    const paths = (hash: "sha1" | "native-sha1"): string[] =>
      ["#hash", "#hmac"].map((alias) => aliases({ ...DEFAULT_CHOICE, hash })[alias] as string);
    assert.deepEqual(paths("sha1"), ["src/crypto/sha1.ts", "src/crypto/hmac.ts"]);
    assert.deepEqual(paths("native-sha1"), ["src/crypto/sha1.ts", "src/crypto/native.ts"]);
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

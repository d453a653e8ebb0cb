import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import CryptoJS from "crypto-js";
import fc from "fast-check";
import type { Hash } from "../../host/compile/modules.ts";
import { SKIP } from "../support/interpreter.ts";
import { BEGIN, beginningsOnInterpreter, bytes, expected, hashModule, inNode, onInterpreter, STEP } from "./support.ts";
import type { Case } from "./support.ts";

interface Vector {
  name: string;
  algorithm: string;
  key: string;
  keyEncoding: "utf8" | "base64";
  content: string;
  digest: string;
  digestEncoding: "hex" | "base64";
}

const { vectors } = JSON.parse(readFileSync(join(import.meta.dirname, "vectors.json"), "utf8")) as { vectors: Vector[] };

interface Variant {
  hash: Exclude<Hash, "none">;
  /** As Node's `crypto` calls it. */
  digest: "md5" | "sha1" | "sha256";
  reference: (message: CryptoJS.lib.WordArray, key: CryptoJS.lib.WordArray) => CryptoJS.lib.WordArray;
  /** Slices of a block; 0: all is one slice. */
  slices: number;
}

const VARIANTS: readonly Variant[] = [
  { hash: "md5", digest: "md5", reference: CryptoJS.HmacMD5, slices: 2 },
  { hash: "sha1", digest: "sha1", reference: CryptoJS.HmacSHA1, slices: 3 },
  { hash: "sha256", digest: "sha256", reference: CryptoJS.HmacSHA256, slices: 3 },
  { hash: "native-sha1", digest: "sha1", reference: CryptoJS.HmacSHA1, slices: 0 },
  { hash: "native-sha256", digest: "sha256", reference: CryptoJS.HmacSHA256, slices: 0 },
];

/** Lengths around the borders of one to three blocks, whose padding takes at least 9 bytes. */
const BORDERS = [0, 1, 54, 55, 56, 57, 63, 64, 65, 66, 118, 119, 120, 121, 127, 128, 129, 183, 184, 191, 192, 193, 300];
const UP_TO_300 = Array.from({ length: 301 }, (_, length) => length);
const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

const BY_MESSAGE: Case[] = UP_TO_300.map((length) => [bytes(32), bytes(length, 3)]);
const BY_KEY: Case[] = UP_TO_300.map((length) => [bytes(length, 5), bytes(40)]);
const AT_BORDERS: Case[] = BORDERS.flatMap((key) => BORDERS.map((message): Case => [bytes(key, 9), bytes(message, 11)]));
const BINARY: Case[] = [
  [EVERY_BYTE, EVERY_BYTE],
  [EVERY_BYTE.subarray(0, 64), EVERY_BYTE.subarray(128)],
  [Buffer.alloc(64), Buffer.alloc(64)],
  [Buffer.alloc(64, 0xff), Buffer.alloc(300, 0xff)],
];

/** Blocks of 64 bytes that HMAC digests: key and message, key and inner digest, and before them a key that is too long. */
function blocks([key, message]: Case): number {
  const padded = (length: number): number => Math.ceil((length + 9) / 64);
  return (key.length > 64 ? padded(key.length) : 0) + padded(64 + message.length) + 2;
}

/** Slices that work on no block: one after each digest, and one before all of the module's first HMAC. */
function others([key]: Case, i: number): number {
  return (key.length > 64 ? 3 : 2) + (i == 0 ? 1 : 0);
}

for (const { hash, digest, reference, slices } of VARIANTS) {
  describe(`HMAC of the module built with ${hash}`, () => {
    let code: string;
    const known = vectors.filter((vector) => vector.algorithm == `hmac${digest}`);
    const knownCases = known.map((vector): Case => [Buffer.from(vector.key, vector.keyEncoding), Buffer.from(vector.content, "utf8")]);
    const knownHex = known.map((vector) => Buffer.from(vector.digest, vector.digestEncoding).toString("hex"));

    function check(cases: readonly Case[]): void {
      assert.deepEqual(
        inNode(code, cases).map((result) => result.hex),
        cases.map((one) => expected(digest, one)),
      );
    }

    before(async () => {
      code = await hashModule(hash);
    });

    it(`gives the ${known.length} published and computed signatures`, () => {
      assert.ok(known.length > 10);
      assert.deepEqual(
        inNode(code, knownCases).map((result) => result.hex),
        knownHex,
      );
    });

    it("is right for messages of 0 to 300 bytes", () => check(BY_MESSAGE));
    it("is right for keys of 0 to 300 bytes", () => check(BY_KEY));
    it("is right where key and message fill blocks", () => check(AT_BORDERS));
    it("is right for every byte", () => check(BINARY));

    it("agrees with crypto-js and with Node's crypto", () => {
      const text = fc.uint8Array({ maxLength: 200 }).map((data) => Buffer.from(data));
      const words = (data: Buffer): CryptoJS.lib.WordArray => CryptoJS.enc.Hex.parse(data.toString("hex"));
      fc.assert(
        fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 10 }), (cases) => {
          const hex = inNode(code, cases).map((result) => result.hex);
          for (const [i, [key, message]] of cases.entries()) {
            assert.equal(hex[i], expected(digest, [key, message]));
            assert.equal(hex[i], reference(words(message), words(key)).toString());
          }
        }),
        { numRuns: 40 },
      );
    });

    it(slices ? `takes ${slices} slices for each block, and one for each digest` : "takes one slice", () => {
      assert.deepEqual(
        inNode(code, AT_BORDERS).map((result) => result.steps),
        AT_BORDERS.map((one, i) => (slices ? slices * blocks(one) + others(one, i) : 1)),
      );
    });

    it("begins anew whatever was left unfinished", () => {
      for (let steps = 0; steps <= 2 * slices; steps++) {
        const prelude = `${BEGIN}("${"k".repeat(70)}","left");for(var i=0;i<${steps};i++)${STEP}();`;
        const one: Case = [bytes(20), bytes(100)];
        assert.equal(inNode(code, [one], prelude)[0]?.hex, expected(digest, one), `after ${steps} slices`);
      }
    });

    describe("on the interpreter", { skip: SKIP }, () => {
      async function checkThere(cases: readonly Case[]): Promise<void> {
        assert.deepEqual(await onInterpreter(code, cases), inNode(code, cases));
      }

      it("gives the published and computed signatures", async () => {
        assert.deepEqual(
          (await onInterpreter(code, knownCases)).map((result) => result.hex),
          knownHex,
        );
      });
      it("is right for keys and messages of 0 to 130 bytes", async () => {
        const key = bytes(130, 5);
        const message = bytes(130, 3);
        const starts = (text: Buffer): Buffer[] => Array.from({ length: 131 }, (_, length) => text.subarray(0, length));
        const cases = [
          ...starts(key).map((start): Case => [start, message.subarray(0, 20)]),
          ...starts(message).map((start): Case => [key.subarray(0, 20), start]),
        ];
        assert.deepEqual(await beginningsOnInterpreter(code, [key, message], 20), inNode(code, cases));
      });
      it("is right where messages fill blocks", () => checkThere(BORDERS.map((length) => [bytes(32), bytes(length, 11)])));
      it("is right where keys fill blocks", () => checkThere(BORDERS.map((length) => [bytes(length, 9), bytes(40)])));
      it("is right for every byte", () => checkThere(BINARY));
    });
  });
}

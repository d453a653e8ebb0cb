/** The model of flash and Storage does to every byte what the genuine interpreter does to its `espruino.flash`, after every operation. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { crc32 } from "node:zlib";
import { LINUX_REGION, PowerCut } from "../../../host/flash-model/flash.ts";
import type { FlashOperation } from "../../../host/flash-model/flash.ts";
import { statesOf } from "../../../host/flash-model/power.ts";
import { makeStorage } from "../../../host/flash-model/storage.ts";
import type { FlashStorage } from "../../../host/flash-model/storage.ts";
import { randomOf } from "../../../host/board/random.ts";
import { runScript, SKIP, temporaryFolder } from "../../support/interpreter.ts";

const SEEDS = [1, 2, 3, 4];
/** Starts of the interpreter per seed, and operations in each. */
const STARTS = 8;
const OPERATIONS = 25;

/** Some hit the same file: cut to 28 bytes, or with a drive that is taken off. The empty one hits deleted files. */
const NAMES = ["a", "b", "cc", ".data", "q".repeat(28), "q".repeat(30), "x:a", "c:.data", "long-name-of-27-characters-", "", "é", "[FILE"];
/** The Linux port writes its table of names when an erase finds more than 200 files; boards have none, nor has the model. */
const MOST_FILES = 190;
/** Bytes of flash that are hashed in one piece. */
const PART = 16_384;

const { address, pageSize, pages } = LINUX_REGION;
const SIZE = pageSize * pages;

/** The interpreter's side: what an operation returned or threw, the whole flash, the list, and the room. */
const PRELUDE = `var s=require("Storage"),F=require("Flash"),c=require("crypto");
function d(p,n){return n?p.repeat(Math.ceil(n/p.length)).substr(0,n):""}
function flash(){var r=[];for(var a=${address};a<${address + SIZE};a+=${PART})r.push(btoa(c.SHA1(E.toString(F.read(${PART},a)))));return r.join()}
function run(f){var v;try{v=f()}catch(e){v=""+e}out(v+"|"+E.CRC32(s.list().join())+"|"+s.getFree()+","+s.getStats().trashBytes+"|"+flash())}
`;

interface Step {
  /** An expression for the interpreter. */
  code: string;
  run(): unknown;
}

class Run {
  readonly seen = new Set<string>();
  compactions = 0;
  private tear: ((operation: FlashOperation) => Buffer | undefined) | undefined;
  private storage: FlashStorage;
  private readonly random: () => number;
  private lastWrite: Step | undefined;

  constructor(seed: number) {
    this.random = randomOf(seed);
    this.storage = makeStorage(LINUX_REGION, new Map(), (operation) => this.tear?.(operation));
  }

  get bytes(): Buffer {
    return this.storage.flash.bytes;
  }

  /** A start, and operations with what must come of them. */
  session(): { script: string; expected: string[] } {
    if (this.storage.eraseIfCorrupt()) this.seen.add("corrupt");
    const expected = [this.line(undefined)];
    const codes = ["undefined"];
    for (let i = 0; i < OPERATIONS; i++) {
      const step = this.step();
      codes.push(step.code);
      expected.push(this.line(this.result(step)));
    }
    return { script: PRELUDE + codes.map((code) => `run(function(){return ${code}})`).join("\n"), expected };
  }

  /** The power fails in one more operation, if that writes at all. */
  cut(): void {
    const skipped = this.below(3);
    let count = 0;
    this.tear = (operation) => {
      if (count++ < skipped) return undefined;
      const states = [...statesOf(operation)];
      return states[this.below(states.length)];
    };
    if (this.result(this.step()) instanceof PowerCut) this.seen.add("power cut");
    this.tear = undefined;
  }

  private line(result: unknown): string {
    const { storage } = this;
    const stats = storage.stats();
    const parts = Array.from({ length: SIZE / PART }, (_, i) =>
      createHash("sha1")
        .update(this.bytes.subarray(i * PART, (i + 1) * PART))
        .digest("base64"),
    );
    return `${String(result)}|${crc32(Buffer.from(storage.list().join(), "latin1"))}|${stats.freeBytes},${stats.trashBytes}|${parts.join()}`;
  }

  private result(step: Step): unknown {
    const { trashCount } = this.storage.stats();
    try {
      const result = step.run();
      if (trashCount && !this.storage.stats().trashCount && step.code.startsWith("s.write")) this.seen.add("compaction in a write");
      return result;
    } catch (error) {
      if (error instanceof Error) this.seen.add(error.message);
      return error;
    }
  }

  private step(): Step {
    const { storage } = this;
    const { fileCount, trashCount } = storage.stats();
    if (fileCount + trashCount > MOST_FILES) return { code: "s.eraseAll()", run: () => storage.eraseAll() };
    const kind = this.below(100);
    const name = this.pick(NAMES);
    const quoted = JSON.stringify(name).replace("é", "\\xe9");
    if (kind < 30) return this.write(name, this.below(10) ? this.below(3000) : this.below(20_000), 0, 0);
    if (kind < 45) return this.write(name, this.below(3) ? this.below(200) : 0, 0, this.size());
    if (kind < 63) return this.write(name, this.below(300), this.offsetIn(name), 0);
    if (kind < 67 && this.lastWrite) return this.lastWrite;
    if (kind < 79) return { code: `s.erase(${quoted})`, run: () => storage.erase(name) };
    if (kind < 84) return { code: "s.compact()", run: () => void storage.compact() };
    if (kind < 90) return this.read(name, quoted);
    if (kind < 92) return this.write(name, this.below(50), -1 - this.below(9), 0);
    if (kind < 95) return this.erasePage();
    if (kind < 99) return this.program();
    return { code: "s.eraseAll()", run: () => storage.eraseAll() };
  }

  private write(name: string, length: number, offset: number, size: number): Step {
    const { storage } = this;
    const pattern = this.pattern();
    const data = Buffer.from(repeated(pattern, length), "latin1");
    const code = `s.write(${literal(name)},d(${literal(pattern)},${length}),${offset},${size})`;
    return (this.lastWrite = { code, run: () => storage.write(name, data, offset, size) });
  }

  /**
   * Of a file that is prepared: any, none, or about what is left, with or without a compaction. A Storage that
   * is full stays so for a while.
   */
  private size(): number {
    const { freeBytes, trashBytes } = this.storage.stats();
    const edge = this.pick([freeBytes, freeBytes + trashBytes]) - this.below(80);
    if (edge > 0 && this.below(freeBytes < pageSize ? 2 : 6) == 0) return edge;
    return this.pick([0, this.below(1000), this.below(40_000), this.below(40_000)]);
  }

  private read(name: string, quoted: string): Step {
    const [offset, length] = [this.offsetIn(name) - 5, this.below(500) - 20];
    return {
      code: `(function(t){return t===undefined?t:E.CRC32(t)})(s.read(${quoted},${offset},${length}))`,
      run: () => {
        const data = this.storage.read(name, offset, length);
        return data && crc32(data);
      },
    };
  }

  private erasePage(): Step {
    const at = address + this.below(this.below(2) ? SIZE : this.used());
    return { code: `F.erasePage(${at})`, run: () => this.storage.flash.erasePage(at) };
  }

  /** Near the end of what is used, where headers are looked for, or anywhere. */
  private program(): Step {
    const pattern = this.pattern();
    const near = [this.below(SIZE - 64), this.used() + this.below(40) - 8, this.below(pages) * pageSize + this.below(16)];
    const at = address + Math.min(Math.max(0, this.pick(near)), SIZE - 64);
    const length = 1 + this.below(60);
    const data = Buffer.from(repeated(pattern, length), "latin1");
    return { code: `F.write(d(${literal(pattern)},${length}),${at})`, run: () => this.storage.flash.programAligned(at, data) };
  }

  private used(): number {
    return Math.max(1, SIZE - this.storage.stats().freeBytes);
  }

  private offsetIn(name: string): number {
    return this.below((this.storage.read(name)?.length ?? 10) + 10);
  }

  private pattern(): string {
    return String.fromCharCode(...Array.from({ length: 1 + this.below(17) }, () => (this.below(8) ? this.below(256) : 0xff)));
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  private pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

function repeated(pattern: string, length: number): string {
  return pattern.repeat(Math.ceil(length / pattern.length)).slice(0, length);
}

/** As the interpreter reads it: one byte per character. */
function literal(text: string): string {
  return `"${[...text].map((c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`).join("")}"`;
}

describe("the model of flash and Storage", { skip: SKIP }, () => {
  const seen = new Set<string>();
  for (const seed of SEEDS) {
    it(`is the interpreter's flash, byte for byte after each of ${STARTS * OPERATIONS} operations (seed ${seed})`, async () => {
      const folder = temporaryFolder();
      const file = join(folder.path, "espruino.flash");
      const run = new Run(seed);
      try {
        for (let start = 0; start < STARTS; start++) {
          writeFileSync(file, run.bytes);
          const { script, expected } = run.session();
          const codes = script.split("\n").filter((line) => line.startsWith("run("));
          const lines = await runScript(script, folder.path);
          const wrong = expected.findIndex((line, i) => line != lines[i]);
          assert.equal(lines[wrong], expected[wrong], `start ${start}, operation ${wrong}: ${codes[wrong]}`);
          assert.equal(lines.length, expected.length);
          assert.ok(readFileSync(file).equals(run.bytes), `start ${start}`);
          run.cut();
        }
      } finally {
        folder.remove();
      }
      run.seen.forEach((one) => seen.add(one));
    });
  }

  it("has met all that can happen", () => {
    const all = [
      "corrupt",
      "power cut",
      "compaction in a write",
      "Can't create zero length file",
      "Unable to find or create file",
      "Too much data for file size",
      "File already written with different data",
    ];
    assert.deepEqual(
      all.filter((one) => !seen.has(one)),
      [],
    );
  });
});

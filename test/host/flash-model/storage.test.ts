/** Storage as the interpreter has it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LINUX_REGION, PowerCut } from "../../../host/flash-model/flash.ts";
import type { FlashHook } from "../../../host/flash-model/flash.ts";
import { cutAfter, tearOperation } from "../../../host/flash-model/power.ts";
import { makeStorage } from "../../../host/flash-model/storage.ts";

const FOUR_PAGES = { ...LINUX_REGION, pages: 4 };
const TINY = { ...LINUX_REGION, pageSize: 256, pages: 1 };
const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

describe("Storage", () => {
  it("writes a file in parts, each byte once", () => {
    const storage = makeStorage(FOUR_PAGES);
    storage.write("f", bytes("ab"), 0, 6);
    assert.equal(storage.read("f")?.toString("latin1"), "ab\xff\xff\xff\xff");
    storage.write("f", bytes("cd"), 2);
    assert.throws(() => storage.write("f", bytes("x"), 3), /File already written with different data/);
    assert.throws(() => storage.write("f", bytes("xyz"), 4), /Too much data for file size/);
    assert.throws(() => storage.write("g", bytes("x"), 1), /Unable to find or create file/);
    assert.equal(storage.read("f", 1, 2)?.toString(), "bc");
    assert.equal(storage.read("f", 9)?.length, 0);
  });

  it("replaces a file as a whole, old one first; the same content costs nothing", () => {
    const storage = makeStorage(FOUR_PAGES);
    storage.write("f", bytes("one"));
    storage.write("f", bytes("one"));
    assert.equal(storage.stats().trashCount, 0);
    storage.write("f", bytes("three"));
    assert.equal(storage.stats().trashCount, 1);
    assert.throws(() => storage.write("f", Buffer.alloc(5000)), /Unable to find or create file/);
    assert.deepEqual(storage.list(), [], "the old file is gone all the same");
  });

  it("replaces a prepared file when a part is written at 0 without a size", () => {
    const storage = makeStorage(FOUR_PAGES);
    storage.write("f", bytes("ab"), 0, 6);
    storage.write("f", bytes("xy"));
    assert.equal(storage.read("f")?.toString(), "xy");
  });

  it("fills a blank file of the right size in place", () => {
    const storage = makeStorage(FOUR_PAGES);
    storage.write("f", bytes(""), 0, 6);
    storage.write("f", bytes("abcdef"));
    assert.equal(storage.read("f")?.toString(), "abcdef");
    assert.equal(storage.stats().trashCount, 0);
  });

  it("cuts names at 28 bytes, and so hits another file", () => {
    const storage = makeStorage(FOUR_PAGES);
    storage.write("a".repeat(30), bytes("x"));
    assert.deepEqual(storage.list(), ["a".repeat(28)]);
    assert.equal(storage.read("a".repeat(29))?.toString(), "x");
  });

  it("counts heads and padding, and compacts when there is no room", () => {
    const storage = makeStorage(TINY);
    storage.write("f", bytes("12345"));
    assert.equal(storage.stats().freeBytes, 256 - 40);
    storage.erase("f");
    for (let i = 0; i < 10; i++) storage.write("f", Buffer.alloc(60, i));
    assert.deepEqual(storage.read("f"), Buffer.alloc(60, 9));
  });

  it("does not compact for small files: deleted ones count without their headers", () => {
    const storage = makeStorage(TINY);
    for (let i = 0; i < 6; i++) storage.write("f", bytes(`1234${i}`));
    assert.equal(storage.stats().trashBytes, 5 * 40);
    assert.throws(() => storage.write("f", bytes("new")), /Unable to find or create file/);
  });

  it("does not take empty files", () => {
    assert.throws(() => makeStorage(TINY).write("f", bytes("")), /zero length/);
  });
});

/** The flash's operations as `p` or `e`, page and offset in it, and length. */
function traced(): { hook: FlashHook; trace: string[] } {
  const trace: string[] = [];
  const hook: FlashHook = ({ kind, address, after }) => {
    const at = address - LINUX_REGION.address;
    trace.push(`${kind[0]} ${Math.floor(at / 1024)}+${at % 1024} ${after.length}`);
    return undefined;
  };
  return { hook, trace };
}

describe("Storage in flash", () => {
  it("replaces a file in three steps: old name, new header, new data", () => {
    const { hook, trace } = traced();
    const storage = makeStorage(FOUR_PAGES, new Map([["f", bytes("old")]]), hook);
    storage.write("f", bytes("newer"));
    assert.deepEqual(trace, ["p 0+4 4", "p 0+36 32", "p 0+68 4", "p 0+72 4"]);
  });

  it("compacts page by page: what was on a page is in memory alone while it is erased", () => {
    const { hook, trace } = traced();
    const files = new Map(["a", "b", "c"].map((name) => [name, Buffer.alloc(900, name)]));
    const storage = makeStorage(FOUR_PAGES, files, hook);
    storage.erase("a");
    trace.length = 0;
    assert.equal(storage.compact(), true);
    assert.deepEqual(trace, ["e 0+0 1024", "p 0+0 932", "p 0+932 32", "p 0+964 60", "e 1+0 1024", "p 1+0 32", "p 1+32 808", "e 2+0 1024"]);
    assert.deepEqual([...storage.files()], [...files].slice(1));
    assert.equal(storage.compact(), false);
  });

  it("is erased as a whole at a start after a page in its middle was lost, or the next page does not begin blank", () => {
    const files = new Map(["a", "b", "c"].map((name) => [name, Buffer.alloc(900, name)]));
    const { hook, trace } = traced();
    const lost = makeStorage(FOUR_PAGES, files, hook);
    assert.equal(lost.eraseIfCorrupt(), false);
    lost.flash.erasePage(LINUX_REGION.address + 1024);
    trace.length = 0;
    assert.equal(lost.eraseIfCorrupt(), true);
    assert.deepEqual(trace, ["e 0+0 1024", "e 1+0 1024", "e 2+0 1024", "e 3+0 1024"]);
    assert.ok(lost.flash.bytes.equals(makeStorage(FOUR_PAGES).flash.bytes));

    const spoilt = makeStorage(FOUR_PAGES, files);
    spoilt.flash.program(LINUX_REGION.address + 3072 + 4, Buffer.alloc(1));
    assert.equal(spoilt.eraseIfCorrupt(), true);
    assert.deepEqual(spoilt.list(), []);
  });

  it("shows a file whose data the power failed in, and half a header as another one", () => {
    const cut = makeStorage(
      FOUR_PAGES,
      new Map(),
      cutAfter(1, (operation) => tearOperation(operation, 2)),
    );
    assert.throws(() => cut.write("f", bytes("abcdefgh")), PowerCut);
    assert.equal(cut.eraseIfCorrupt(), false);
    assert.equal(cut.read("f")?.toString("latin1"), "ab" + "\xff".repeat(6));

    const header = makeStorage(
      FOUR_PAGES,
      new Map(),
      cutAfter(0, (operation) => tearOperation(operation, 4)),
    );
    assert.throws(() => header.write("f", bytes("abcdefgh")), PowerCut);
    assert.equal(header.eraseIfCorrupt(), false);
    assert.deepEqual(header.list(), ["\xff".repeat(28)]);

    // Only some bits of the size are there, and it reaches beyond the end.
    const size = makeStorage(
      FOUR_PAGES,
      new Map(),
      cutAfter(0, (operation) => tearOperation(operation, 2)),
    );
    assert.throws(() => size.write("f", bytes("abcdefgh")), PowerCut);
    assert.equal(size.eraseIfCorrupt(), true);
  });

  it("does not notice half a header behind the last file, and writes the next one over it", () => {
    const storage = makeStorage(
      FOUR_PAGES,
      new Map([["f", bytes("1234")]]),
      cutAfter(0, (operation) => tearOperation(operation, 1)),
    );
    assert.throws(() => storage.write("g", Buffer.alloc(0xf0, 1)), PowerCut);
    assert.equal(storage.eraseIfCorrupt(), false);
    assert.equal(storage.write("h", Buffer.alloc(0x1f, 2)), true);
    assert.deepEqual(storage.read("h"), Buffer.alloc(0x10, 2), "0xf0 & 0x1f bytes of 0x1f");
    assert.equal(storage.write("i", bytes("1")), true);
    assert.deepEqual(storage.list(), ["f", "h"], "what is behind it is not found");
  });

  it("does not go on beyond its end where ESP32 would: at the chip's address 0", () => {
    const full = new Map([["f", Buffer.alloc(4096 - 32 - 28)]]);
    assert.throws(() => makeStorage(FOUR_PAGES, full).write("g", Buffer.alloc(2000)), /^Error: Unable to find or create file$/);
    const esp32 = makeStorage({ ...FOUR_PAGES, chipAddress: 0 }, full);
    assert.throws(() => esp32.write("g", Buffer.alloc(2000)), /would write into its own firmware/);
    assert.throws(() => esp32.write("g", Buffer.alloc(200)), /^Error: Unable to find or create file$/);
  });
});

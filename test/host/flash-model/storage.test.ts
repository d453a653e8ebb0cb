/** Storage as the interpreter has it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LINUX_REGION } from "../../../host/flash-model/flash.ts";
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

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { loadBoard } from "../../../host/config/board.ts";
import { buildImage, freeBytes, readImage, spaceFor } from "../../../host/image/storage.ts";
import { runScript, SKIP, temporaryFolder } from "../../support/interpreter.ts";

const LINUX = loadBoard("linux").storage;
const SMALL = { pageSize: 1024, pages: 4 };

function files(entries: Record<string, string>): Map<string, Buffer> {
  return new Map(Object.entries(entries).map(([name, text]) => [name, Buffer.from(text, "latin1")]));
}

function liveFiles(image: Buffer, pageSize?: number): [string, string][] {
  return readImage(image, pageSize)
    .filter((file) => !file.deleted)
    .map((file) => [file.name, file.data.toString("latin1")]);
}

describe("a Storage image", () => {
  it("has a header of size and name, data, and 0xFF up to a multiple of four", () => {
    const image = buildImage(files({ a: "12345", bb: "x" }), SMALL);
    assert.equal(image.length, 4096);
    assert.equal(image.toString("hex", 0, 32), "05000000" + "61".padEnd(56, "0"));
    assert.equal(image.toString("hex", 32, 40), "3132333435ffffff");
    assert.equal(image.toString("hex", 40, 72), "01000000" + "6262".padEnd(56, "0"));
    assert.ok(image.subarray(73).every((byte) => byte == 0xff));
  });

  it("gives back what was put into it", () => {
    const name = fc.stringMatching(/^[.a-z][A-Za-z0-9.]{0,27}$/);
    const data = fc.uint8Array({ minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(fc.dictionary(name, data, { maxKeys: 8 }), (content) => {
        const given = new Map(Object.entries(content).map(([key, bytes]) => [key, Buffer.from(bytes)]));
        const read = readImage(buildImage(given, SMALL), SMALL.pageSize);
        assert.deepEqual(
          read.map((file) => [file.name, file.size, file.data.toString("hex"), file.deleted]),
          [...given].map(([key, bytes]) => [key, bytes.length, bytes.toString("hex"), false]),
        );
      }),
    );
  });

  it("can be filled to its last byte, and says by how much a file is too big", () => {
    const most = 4096 - 32;
    assert.equal(readImage(buildImage(files({ a: "x".repeat(most) }), SMALL)).length, 1);
    assert.throws(
      () => buildImage(files({ a: "x".repeat(most + 1) }), SMALL),
      /^Error: a: does not fit into the Storage of 4096 bytes: 4 bytes too many$/,
    );
    assert.throws(() => buildImage(files({ a: "x".repeat(4028), later: "12345678" }), SMALL), /^Error: later: .*: 4 bytes too many$/);
  });

  it("refuses names and files that the interpreter would cut, misplace or not write", () => {
    assert.doesNotThrow(() => buildImage(files({ ["n".repeat(28)]: "x" }), SMALL));
    assert.throws(() => buildImage(files({ ["n".repeat(29)]: "x" }), SMALL), /at most 28 bytes, this one has 29/);
    assert.throws(() => buildImage(files({ größe: "x" }), SMALL), /plain ASCII/);
    assert.throws(() => buildImage(files({ "": "x" }), SMALL), /without a name/);
    assert.throws(() => buildImage(files({ "c:x": "x" }), SMALL), /second character/);
    assert.throws(() => buildImage(files({ empty: "" }), SMALL), /^Error: empty: an empty file/);
  });

  it("shows deleted files, with the four characters that are left out", () => {
    const image = buildImage(files({ oldfile: "1", b: "2" }), SMALL);
    image.fill(0, 4, 8);
    const read = readImage(image);
    assert.deepEqual(
      read.map((file) => [file.name, file.deleted]),
      [
        ["????ile", true],
        ["b", false],
      ],
    );
  });

  it("goes on at the next page after a gap, as the interpreter does", () => {
    const image = buildImage(files({ a: "1" }), SMALL);
    buildImage(files({ b: "2" }), SMALL).copy(image, 1024, 0, 64);
    assert.deepEqual(liveFiles(image, SMALL.pageSize), [
      ["a", "1"],
      ["b", "2"],
    ]);
  });

  it("is damaged when something is left that is neither file nor erased", () => {
    const image = buildImage(files({ a: "1" }), SMALL);
    image[36 + 8] = 0;
    assert.throws(() => readImage(image), /^Error: damaged Storage: at byte 44 /);
    assert.deepEqual(readImage(Buffer.alloc(4096, 0xff)), []);
  });
});

/** What an interpreter does to flash: files appended and deleted, never moved. */
type Operation = { write: string; data: Uint8Array } | { erase: string };

describe("a Storage that was written to", () => {
  const name = fc.constantFrom("a", "bb", "core", ".boot0");
  const data = fc.uint8Array({ minLength: 1, maxLength: 400 });
  const operation: fc.Arbitrary<Operation> = fc.oneof(fc.record({ write: name, data }), fc.record({ erase: name }));

  it("is read as the interpreter sees it, over page ends and deleted files", () => {
    fc.assert(
      fc.property(fc.dictionary(name, data), fc.array(operation, { maxLength: 12 }), (start, operations) => {
        const expected = new Map(Object.entries(start).map(([key, bytes]) => [key, Buffer.from(bytes)]));
        const image = buildImage(expected, { pageSize: 1024, pages: 8 });
        for (const one of operations) {
          const target = "write" in one ? one.write : one.erase;
          const old = readImage(image, 1024).find((file) => file.name == target && !file.deleted);
          if (old) image.fill(0, old.offset - 28, old.offset - 24);
          // A file that is written again is a new one, behind all others.
          expected.delete(target);
          if (!("write" in one)) continue;
          const space = freeBytes(image, readImage(image, 1024));
          if (spaceFor(one.data.length) > space) continue;
          const file = buildImage(new Map([[target, Buffer.from(one.data)]]), { pageSize: space, pages: 1 });
          file.copy(image, image.length - space);
          expected.set(target, Buffer.from(one.data));
        }
        const read = readImage(image, 1024).filter((file) => !file.deleted);
        assert.deepEqual(
          read.map((file) => [file.name, file.data.toString("hex")]),
          [...expected].map(([key, bytes]) => [key, bytes.toString("hex")]),
        );
      }),
    );
  });

  it("is read to the same files after any byte behind the last one was spoilt, or not at all", () => {
    const content = files({ a: "1", b: "2".repeat(1500) });
    fc.assert(
      fc.property(fc.integer({ min: 1600, max: 4095 }), fc.integer({ min: 0, max: 254 }), (at, value) => {
        const image = buildImage(content, SMALL);
        image[at] = value;
        // Two headers are looked at: behind the last file, and at the start of the next page.
        const behind = 1600 <= at && at < 1600 + 32;
        const page = 2048 <= at && at < 2048 + 32;
        let names: string[] = [];
        try {
          names = readImage(image, SMALL.pageSize).map((file) => file.name);
        } catch {
          assert.ok(behind || page, `byte ${at}`);
          return;
        }
        assert.deepEqual(names.slice(0, 2), ["a", "b"]);
        if (!behind && !page) assert.equal(names.length, 2);
      }),
    );
  });
});

describe("a Storage image and the interpreter", { skip: SKIP }, () => {
  const content = files({
    ".bootcde": "print('#>booted '+require('Storage').list().join());E.reboot();",
    a: "1",
    bb: "\x00\xff",
    "long.name-of-28-characters-x": "x".repeat(2000),
  });

  it("are equal byte for byte when the interpreter writes the same files", async () => {
    const folder = temporaryFolder();
    const writes = [...content].map(([name, data]) => `s.write(${JSON.stringify(name)},E.toString([${[...data].join()}]));`);
    await runScript(`var s=require("Storage");${writes.join("\n")}`, folder.path);
    const written = readFileSync(join(folder.path, "espruino.flash"));
    folder.remove();
    assert.ok(written.equals(buildImage(content, LINUX)));
  });

  it("boots it, finds exactly its files, and what it writes then is read here", async () => {
    const folder = temporaryFolder();
    const path = join(folder.path, "espruino.flash");
    writeFileSync(path, buildImage(content, LINUX));
    const booted = await runScript(null, folder.path);
    assert.ok(
      booted.some((line) => line.includes(`#>booted ${[...content.keys()].join()}`)),
      booted.join("\n"),
    );

    await runScript(
      'var s=require("Storage");s.write("new","123");s.write("a","replaced");s.write("part","AB",0,6);s.write("part","F",5);s.open("log","a").write("line")',
      folder.path,
    );
    const image = readFileSync(path);
    folder.remove();
    assert.deepEqual(
      liveFiles(image, LINUX.pageSize).map(([name, data]) => [name.replace(/\x01$/, ""), data.slice(0, 8)]),
      [
        [".bootcde", "print('#"],
        ["bb", "\x00\xff"],
        ["long.name-of-28-characters-x", "xxxxxxxx"],
        ["new", "123"],
        ["a", "replaced"],
        ["part", "AB\xff\xff\xffF"],
        ["log", "line\xff\xff\xff\xff"],
      ],
    );
    assert.equal(readImage(image).filter((file) => file.deleted).length, 1);
  });

  it("agree on what is a Storage and what is damaged", async () => {
    const image = (change: (bytes: Buffer) => void): Buffer => {
      const bytes = buildImage(files({ a: "1", bb: "22" }), LINUX);
      change(bytes);
      return bytes;
    };
    const copyOf = (at: number) => (bytes: Buffer) => void bytes.copy(bytes, at, 0, 36);
    // The last file ends at 72; pages have 1,024 bytes.
    const cases: [string, Buffer][] = [
      ["as built", image(() => {})],
      ["a byte behind the last file, and a page behind", image((bytes) => (bytes[80] = 0))],
      ["a file at the next page", image(copyOf(1024))],
      ["a byte at the next page", image((bytes) => (bytes[1030] = 0))],
      ["a file after a blank page", image(copyOf(2048))],
      ["a blank first page", image((bytes) => void bytes.copyWithin(1024, 0, 72).fill(0xff, 0, 72))],
      ["only a size", image((bytes) => void bytes.writeUInt32LE(8, 72))],
      ["a size beyond the end", image((bytes) => void bytes.writeUInt32LE(0x50000, 72))],
      ["nothing", Buffer.alloc(LINUX.pageSize * LINUX.pages, 0xff)],
      ["full to the last byte", buildImage(files({ a: "x".repeat(LINUX.pageSize * LINUX.pages - 32) }), LINUX)],
    ];
    for (const [what, bytes] of cases) {
      const folder = temporaryFolder();
      writeFileSync(join(folder.path, "espruino.flash"), bytes);
      const theirs = (await runScript('out(JSON.stringify(require("Storage").list()))', folder.path))[0];
      folder.remove();
      let ours: string[];
      try {
        ours = liveFiles(bytes, LINUX.pageSize).map(([name]) => name);
      } catch {
        // The interpreter erases all.
        ours = [];
      }
      assert.deepEqual(JSON.parse(theirs as string), ours, what);
    }
  });
});

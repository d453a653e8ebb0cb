/**
 * The board in Node and the genuine interpreter run the same scripts and print the same. `ESPRUINO` names the interpreter's Linux binary.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { buildImage } from "../../../host/image/storage.ts";
import { VirtualClock } from "../../../host/time/clock.ts";
import { NodeBoard } from "../../../host/board/board.ts";
import { GLOBALS, PROTOTYPES, STATICS } from "../../../host/board/builtins.ts";
import { Interpreter } from "../../../host/interpreter/interpreter.ts";

const binary = process.env["ESPRUINO"];
const skip = binary ? false : "ESPRUINO is not set";
const DONE = "-- done --";

/** Members that Node does not let go of; the build refuses their use. */
const FIXED = [
  "name",
  "length",
  "prototype",
  "arguments",
  "caller",
  "MAX_SAFE_INTEGER",
  "MIN_SAFE_INTEGER",
  "EPSILON",
  "BYTES_PER_ELEMENT",
];

/** Members that came after the oldest supported release, 2v25: firmware does without. */
const LATER = /^(getUTC\w+|every|some)$/;

type Files = ReadonlyMap<string, Buffer>;

async function onInterpreter(files: Files): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "parity-"));
  const lines: string[] = [];
  try {
    return await new Promise((resolve, reject) => {
      const interpreter = new Interpreter({
        binary: binary as string,
        folder,
        image: buildImage(files, { pageSize: 1024, pages: 256 }),
        onFailure: reject,
        print: (line) => {
          console.log(line);
          if (line != DONE) return void lines.push(line);
          void interpreter.kill().then(() => resolve(lines));
        },
      });
      interpreter.start();
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function onNode(files: Files): Promise<string[]> {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const board = new NodeBoard({ clock, files, print: (line) => lines.push(line) });
  board.boot();
  await clock.run(() => lines.includes(DONE), 10_000);
  board.kill();
  return lines.slice(0, lines.indexOf(DONE));
}

interface Script {
  readonly boot: string;
  readonly files?: Record<string, string>;
  /** A line that only an interpreter with a known fault prints. */
  readonly fault?: string;
}

/** What the script prints in Node without the board. */
function inLanguage(boot: string): string[] {
  const lines: string[] = [];
  runInNewContext(boot, { print: (...values: unknown[]) => lines.push(values.map(String).join(" ")) });
  return lines;
}

const SCRIPTS: Record<string, Script> = {
  "searching in strings: what begins at the end": {
    fault: "ab bc 1 1 1 true a! -1",
    boot: `
      ["", "a", "x", "ab", "xab", "abxab", "abcab", "xabc"].forEach(function (s) {
        ["a", "b", "abc", "bc", "c"].forEach(function (w) {
          print(s, w, s.indexOf(w), s.indexOf(w, 1), s.indexOf(w, 9), s.includes(w), s.replace(w, "!"), s.lastIndexOf(w));
        });
      });`,
  },
  "splitting strings shorter than what they are split at": {
    boot: `
      ["", "a", "x", "ab", "xab", "abxab", "abcab", "xabc"].forEach(function (s) {
        ["a", "b", "abc", "bc", "c"].forEach(function (w) {
          print(s, w, s.split(w).length);
        });
      });`,
  },
  "Storage: parts, offsets, replacing, listing": {
    boot: `
      var s = require("Storage");
      function tried(f) { try { return f(); } catch (e) { return "" + e; } }
      print(s.list().join());
      print(s.write("f", "ab", 0, 6), JSON.stringify(s.read("f")), s.read("none"));
      print(s.write("f", "cd", 2), s.read("f", 1, 2), s.read("f", 9).length);
      print(tried(function () { return s.write("f", "x", 3); }));
      print(tried(function () { return s.write("f", "xyz", 4); }));
      print(tried(function () { return s.write("g", "x", 1); }));
      print(tried(function () { return s.write("g", ""); }));
      print(s.write("f", "new"), s.read("f"), s.getStats().trashCount);
      print(s.write("f", "new"), s.getStats().trashCount);
      print(s.write("abcdefghijklmnopqrstuvwxyz0123456789", "long"), s.list(/^a/).join());
      print(s.write("j", { a: 1 }), s.readJSON("j").a, s.write("t", new Uint8Array([65, 200])), s.read("t").charCodeAt(1));
      print(s.write("b", "", 0, 4), s.write("b", "abcd"), s.read("b"), s.getStats().trashCount);
      s.erase("f"); print(s.read("f"), s.getFree());`,
  },
  "modules: exports, this, dropping, missing": {
    boot: `
      print(require("m").n, require("m").n, require("m").self, Modules.getCached().join());
      Modules.removeCached("m");
      print(require("m").n);
      try { Modules.removeCached("x"); } catch (e) { print("" + e); }
      try { require("x"); } catch (e) { print("" + e); }
      require("r");
      print(typeof exports, typeof module);`,
    files: {
      m: "global.count = (global.count || 0) + 1; exports.n = count; exports.self = this === exports;",
      r: 'print(typeof exports, typeof module, "r");',
    },
  },
  "modules from a text: replaced, missing, with an exception": {
    boot: `
      Modules.addCached("t", "exports.n = 1; exports.self = this === exports;");
      print(require("t").n, require("t").self, Modules.getCached().join());
      Modules.addCached("t", "module.exports = { n: 2 };");
      print(require("t").n, Modules.getCached().join());
      try { Modules.addCached("e", "exports.n = 3; throw 'x';"); } catch (e) { print("" + e); }
      print(require("e").n);
      try { Modules.addCached(1, "exports.n = 3;"); } catch (e) { print("" + e); }
      try { Modules.addCached("n"); } catch (e) { print("" + e); }`,
  },
  "Flash: pages, reading, writing, erasing": {
    boot: `
      var f = require("Flash"), a = f.getFree()[0].addr, at = a + 9 * 1024;
      print(a, f.getFree().length, f.getFree()[0].length, f.getPage(at + 5).addr - at, f.getPage(at).length);
      print(f.getPage(a - 1), f.getPage(a + 262144), f.read(0, at));
      print(f.write("abc", at + 1), f.read(6, at).join(), f.write([0xf0, 0x0f], at + 4), f.write(new Uint8Array([0x3c, 0x3c]), at + 4), f.read(7, at).join());
      print(f.erasePage(at + 7), f.read(6, at).join(), f.read(6, at) instanceof Uint8Array, E.CRC32(f.read(6, at)));
      try { f.write(undefined, at); } catch (e) { print("" + e); }
      try { f.erasePage("x"); } catch (e) { print("" + e); }`,
  },
  "boot order": {
    boot: 'print("code");',
    files: { ".boot0": 'print("0");', ".boot2": 'print("2");', ".bootPowerOn": 'print("on");', unused: 'print("no");' },
  },
  "timers: order, arguments, clearing": {
    boot: `
      setTimeout(function (a, b) { print("c", a, b); }, 90, 1, "x");
      setTimeout(function () { print("a"); }, 30);
      var n = 0, i = setInterval(function () { print("i", ++n); if (n == 2) clearInterval(i); }, 40);
      clearTimeout(setTimeout(function () { print("never"); }, 10));
      try { clearTimeout(undefined); } catch (e) { print("" + e); }
      try { changeInterval(99, 5); } catch (e) { print("" + e); }
      print(typeof i);`,
  },
  "exceptions: printed, told, and the board goes on": {
    boot: `
      process.on("uncaughtException", function (e) { print("told", "" + e); });
      setTimeout(function () { throw new Error("late"); }, 10);
      setTimeout(function () { print("on"); }, 20);`,
  },
  "listeners: added, removed, all removed": {
    boot: `
      function f() {}
      Serial1.on("data", f); Serial1.removeListener("data", f); Serial1.removeAllListeners("data"); Serial1.removeAllListeners();
      print(typeof Serial1.setup, typeof Serial1.unsetup, typeof Serial1.write, typeof Serial1.available, typeof Serial1.read, Serial1.available());
      print(typeof E.getErrorFlags(), E.getErrorFlags().length);`,
  },
  "bytes: E.toString, typed arrays, base64, characters": {
    boot: `
      print(JSON.stringify(E.toString([72, 105, 0, 255])), E.toString("ab", new Uint8Array([99])), E.toUint8Array("AB").join());
      print(btoa("a\\xffb"), JSON.stringify(atob("AP8=")), String.fromCharCode(65, 0x4e2d).charCodeAt(1));
      print("\xe6\xb8\xa9".length, "\xe6\xb8\xa9".charCodeAt(0));
      var d = new DataView(new ArrayBuffer(4)); d.setUint16(1, 0x1234); print(d.getUint8(1), d.getUint16(1, true));`,
  },
  "JSON of bytes": {
    boot: `
      print(JSON.stringify("\\x01\\x7f\\xe4\\n\\"\\\\/"), JSON.stringify({ a: [1, null, true], b: "x" }));
      print(JSON.parse('"\\\\u4e2d\\\\u00e4\\\\\\\\u4e2d\\\\n"').length, JSON.parse('{"a":[1,2]}').a[1], JSON.parse('"\xe4"').charCodeAt(0));`,
  },
  "methods of text and arrays": {
    boot: `
      print("a,b,,c".split(",").length, "abc".substr(-2), "abc".slice(1, -1), "  x ".trim() + "|", "ab".repeat(3), "7".padStart(3, "0"));
      print("+QMTRECV: 0,1".startsWith("+QMT"), "abcabc".lastIndexOf("b"), "abc".indexOf("z"), "a\\nb".indexOf("\\n", 1), "aXbX".replace("X", "-"));
      print([3, 1, 2].sort().join(), [1, 2, 3].splice(1, 1).join(), [1, 2].concat([3]).join("-"), [1, 2, 3].indexOf(2), [1].includes(1));
      print(parseInt("12x"), parseInt("0x1f", 16), parseInt(""), Math.floor(-1.5), 7 % 3, 5 / 2, 1 << 31, 255 >>> 4, Number("12"), "5" - 2);
      print(/^[0-9]+$/.test("123"), /,([0-9]+),/.exec("a,12,b")[1], "a1b2".replace(/[0-9]/g, "#"));`,
  },
  pins: { boot: `print("" + D18, "" + new Pin("D5"), typeof digitalWrite, typeof setWatch);` },
};

function filesOf({ boot, files = {} }: { boot: string; files?: Record<string, string> }): Files {
  const ending = `setTimeout(function () { print("${DONE}"); }, 200);\n`;
  return new Map(Object.entries({ ...files, ".bootcde": ending + boot }).map(([name, text]) => [name, Buffer.from(text, "latin1")]));
}

describe("the board in Node and the interpreter agree on", { skip }, () => {
  for (const [name, script] of Object.entries(SCRIPTS)) {
    it(name, async () => {
      const files = filesOf(script);
      const lines = await onNode(files);
      assert.ok(lines.length > 0);
      const theirs = await onInterpreter(files);
      // The board in Node cuts matches short as 2v29 does; 2v25 searches as the language says.
      if (script.fault && !theirs.includes(script.fault)) assert.deepEqual(theirs, inLanguage(script.boot));
      else assert.deepEqual(lines, theirs);
    });
  }

  it("the language's own objects", async () => {
    const samples: Record<string, string> = {
      String: '"a"',
      Array: "[]",
      Number: "(1)",
      Function: "(function(){})",
      RegExp: "/a/",
      Date: "new Date()",
      Uint8Array: "new Uint8Array(2)",
      DataView: "new DataView(new ArrayBuffer(8))",
      ArrayBuffer: "new ArrayBuffer(8)",
      Promise: "Promise.resolve(1)",
    };
    /** Prints those names of a list that are there. */
    const probe = (label: string, value: string, names: readonly string[]): string =>
      `(function(v){var r=[];${JSON.stringify(names)}.forEach(function(n){try{if(v[n]!==undefined)r.push(n)}catch(e){}});print("${label}",r.join(" "))})(${value});\n`;
    const nodes = (name: string): string[] => {
      const constructor = (globalThis as unknown as Record<string, { prototype: object }>)[name] as { prototype: object };
      const chain =
        name == "Uint8Array" ? [constructor.prototype, Object.getPrototypeOf(constructor.prototype) as object] : [constructor.prototype];
      const names = chain.flatMap((object) => Object.getOwnPropertyNames(object)).filter((method) => /^[a-z]\w*$/.test(method));
      return [...new Set(names)].filter((method) => !FIXED.includes(method));
    };
    const boot =
      Object.entries(samples)
        // A regex has fields of its own in Node, and its flags are the program's business.
        .filter(([name]) => name in PROTOTYPES && name != "RegExp")
        .map(([name, value]) => probe(name, value, nodes(name)))
        .join("") +
      Object.keys(STATICS)
        .map((name) =>
          probe(
            `static ${name}`,
            name,
            Object.getOwnPropertyNames((globalThis as never)[name]).filter((n) => !FIXED.includes(n)),
          ),
        )
        .join("") +
      probe("globals", "global", [
        ...GLOBALS,
        "Map",
        "Set",
        "Symbol",
        "BigInt",
        "Proxy",
        "Reflect",
        "WeakMap",
        "RangeError",
        "escape",
        "unescape",
        "encodeURI",
      ]);
    const files = filesOf({ boot });
    const lines = await onNode(files);
    assert.ok(lines.length > 15);
    const theirs = (await onInterpreter(files)).map((line) =>
      line
        .split(" ")
        .filter((name) => !/^(Date|Uint8Array) /.test(line) || !LATER.test(name))
        .join(" "),
    );
    assert.deepEqual(lines, theirs);
  });
});

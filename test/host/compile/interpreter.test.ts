/** The allow-list holds nothing that a real interpreter does not have, or gets wrong. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GLOBALS, INSTEAD, LANGUAGE_GLOBALS, METHODS, NATIVE_NAMES, STATICS } from "../../../host/compile/interpreter.ts";
import { evaluate, evaluateInNode, runScript, SKIP } from "../../support/interpreter.ts";

// The interpreter knows no time zone.
process.env["TZ"] = "UTC";

/** For each method one expression that must have the same value in Node and on the interpreter. */
const SAMPLES: Record<string, Record<string, string>> = {
  String: {
    charAt: "'abc'.charAt(1)",
    charCodeAt: "['a\\xff'.charCodeAt(1), 'a'.charCodeAt(5)]",
    concat: "'a'.concat('b', 1)",
    endsWith: "['abc'.endsWith('bc'), 'abc'.endsWith('b')]",
    includes: "['abc'.includes('b'), 'abc'.includes('x')]",
    indexOf: "['abcb'.indexOf('b'), 'abcb'.indexOf('b', 2), 'a'.indexOf('x')]",
    lastIndexOf: "['abcb'.lastIndexOf('b'), 'abcb'.lastIndexOf('b', 2)]",
    match: "['a1'.match(/[0-9]/)[0], 'a'.match(/[0-9]/), 'a1b2'.match(/[0-9]/g)]",
    padEnd: "'a'.padEnd(3, '-')",
    padStart: "'5'.padStart(3, '0')",
    repeat: "'ab'.repeat(3)",
    replace: "['aXX'.replace('X', 'b'), 'a1'.replace(/[0-9]/, 'x'), 'abc'.replace(/(b)/, '[$1]'), 'aa'.replace(/a/g, (x) => x + 1)]",
    replaceAll: "'aXbX'.replaceAll('X', '-')",
    slice: "['abcdef'.slice(2), 'abcdef'.slice(1, -1), 'abcdef'.slice(-2)]",
    split: "['a,b,'.split(','), ''.split(','), 'abc'.split(''), 'a1b'.split(/[0-9]/)]",
    startsWith: "['abc'.startsWith('ab'), 'abc'.startsWith('b', 1)]",
    substr: "['abcdef'.substr(2, 2), 'abcdef'.substr(-3), 'abc'.substr(1)]",
    substring: "'abcdef'.substring(3, 1)",
    toLowerCase: "'aBc'.toLowerCase()",
    toString: "'a'.toString()",
    toUpperCase: "'aBc'.toUpperCase()",
    trim: "' a\\r\\n'.trim()",
  },
  Array: {
    concat: "[1].concat([2], 3)",
    every: "[1, 2].every((x) => x > 1)",
    fill: "[1, 2, 3].fill(0, 1)",
    filter: "[1, 2, 3].filter((x) => x > 1)",
    find: "[[1, 2].find((x) => x > 1), [1].find((x) => x > 1) === undefined]",
    findIndex: "[[1, 2].findIndex((x) => x > 1), [1].findIndex((x) => x > 1)]",
    forEach: "(function () { let s = 0; [1, 2].forEach((x, i) => { s += x * i; }); return s; })()",
    includes: "[[1].includes(1), [1].includes(2)]",
    indexOf: "[[1, 2].indexOf(2), [1].indexOf(2)]",
    join: "[1, null, undefined, 'a'].join('-')",
    map: "[1, 2].map((x, i) => x + i)",
    pop: "(function () { const a = [1, 2]; return [a.pop(), a]; })()",
    push: "(function () { const a = [1]; return [a.push(2, 3), a]; })()",
    reduce: "[1, 2, 3].reduce((a, b) => a + b, 4)",
    reverse: "[1, 2, 3].reverse()",
    shift: "(function () { const a = [1, 2]; return [a.shift(), a]; })()",
    slice: "[[1, 2, 3].slice(1), [1, 2, 3].slice(-2, -1)]",
    some: "[1, 2].some((x) => x > 1)",
    sort: "[[3, 1, 2].sort(), [3, 1, 2].sort((a, b) => b - a), [10, 9].sort()]",
    splice: "(function () { const a = [1, 2, 3, 4]; return [a.splice(1, 2, 9), a]; })()",
    toString: "[1, [2, 3]].toString()",
    unshift: "(function () { const a = [1]; return [a.unshift(2, 3), a]; })()",
  },
  Number: { toFixed: "[(1.256).toFixed(2), (2).toFixed(1)]", toString: "[(255).toString(16), (1.5).toString(), (-7).toString(2)]" },
  Function: {
    apply: "Math.max.apply(null, [1, 3, 2])",
    bind: "(function (a, b) { return this.x + a + b; }).bind({ x: 1 }, 2)(3)",
    call: "(function (a) { return this.x + a; }).call({ x: 1 }, 2)",
  },
  RegExp: {
    exec: "[/(b)(c)/.exec('abc')[2], /x/.exec('a'), /b/.exec('abc').index]",
    test: "[/^\\+C[A-Z]+: /.test('+CSQ: 1'), /[\\x00-\\x1f]/.test('a')]",
  },
  Date: {
    getTime: "new Date(5).getTime()",
    getFullYear: "new Date(86400000 * 366).getFullYear()",
    getMonth: "new Date(86400000 * 40).getMonth()",
    getDate: "new Date(86400000 * 40).getDate()",
    getDay: "new Date(86400000 * 40).getDay()",
    getHours: "new Date(86400000 * 40 + 3600000 * 5).getHours()",
    getMinutes: "new Date(60000 * 7).getMinutes()",
    getSeconds: "new Date(9000).getSeconds()",
    toISOString: "new Date(1724310002000).toISOString()",
  },
  Uint8Array: {
    set: "(function () { const u = new Uint8Array(4); u.set([1, 2], 1); return u.join(); })()",
    subarray: "new Uint8Array([1, 2, 3]).subarray(1, 2).length",
    slice: "new Uint8Array([1, 2, 3]).slice(1).length",
    fill: "new Uint8Array(2).fill(7).join()",
    indexOf: "new Uint8Array([1, 2]).indexOf(2)",
    map: "new Uint8Array([1, 2]).map((x) => x + 255).join()",
    forEach: "(function () { let s = 0; new Uint8Array([1, 2]).forEach((x) => { s += x; }); return s; })()",
    reduce: "new Uint8Array([1, 2]).reduce((a, b) => a + b, 1)",
    reverse: "new Uint8Array([1, 2, 3]).reverse().join()",
  },
};
for (const type of ["Uint8", "Uint16", "Uint32", "Int16", "Int32"]) {
  const value = type == "Uint8" ? "200" : "40000";
  const sample = `(function () { const d = new DataView(new ArrayBuffer(8)); d.set${type}(2, ${value}); d.set${type}(4, ${value}, true); return [d.get${type}(2), d.get${type}(4, true)]; })()`;
  SAMPLES["DataView"] = { ...SAMPLES["DataView"], [`get${type}`]: sample, [`set${type}`]: sample };
}
SAMPLES["Object"] = { hasOwnProperty: "[{ a: 1 }.hasOwnProperty('a'), { a: 1 }.hasOwnProperty('b')]" };

/** Members of the language's objects. */
const STATIC_SAMPLES: Record<string, string> = {
  "Array.isArray": "[Array.isArray([]), Array.isArray({})]",
  "Date.now": "typeof Date.now()",
  "Date.parse": "Date.parse('2024-08-22T07:00:02.000Z')",
  "JSON.parse": '[JSON.parse(\'{"a":[1,"x\\\\n",true,null]}\'), JSON.parse("-1.5")]',
  "JSON.stringify": "JSON.stringify({ a: [1, 'x\\n\"', true, null, undefined], b: undefined, c: 1.5 })",
  "Object.assign": "Object.assign({ a: 1 }, { b: 2 })",
  "Object.create": "Object.create({ a: 1 }).a",
  "Object.defineProperties": "(function () { const o = {}; Object.defineProperties(o, { a: { value: 3 } }); return o.a; })()",
  "Object.defineProperty": "(function () { const o = {}; Object.defineProperty(o, 'a', { get: () => 3 }); return o.a; })()",
  "Object.entries": "Object.entries({ a: 1 })",
  "Object.fromEntries": "Object.fromEntries([['a', 1]])",
  "Object.getOwnPropertyNames": "Object.getOwnPropertyNames({ a: 1 })",
  "Object.getPrototypeOf": "Object.getPrototypeOf([]) === Array.prototype",
  "Object.keys": "Object.keys({ b: 1, a: 2 })",
  "Object.setPrototypeOf": "Object.setPrototypeOf({}, { a: 1 }).a",
  "Object.values": "Object.values({ a: 1 })",
  "String.fromCharCode": "String.fromCharCode(65, 66)",
};
for (const name of STATICS["Math"] ?? []) {
  const calls: Record<string, string> = {
    random: "Math.random() < 1",
    atan2: "Math.round(Math.atan2(1, 2) * 1e6)",
    pow: "Math.pow(2, 10)",
    max: "Math.max(1, 3)",
    min: "Math.min(1, 3)",
  };
  STATIC_SAMPLES[`Math.${name}`] =
    calls[name] ?? (name == name.toUpperCase() ? `Math.round(Math.${name} * 1e6)` : `Math.round(Math.${name}(0.7) * 1e6)`);
}

/** Functions and constants of the language. */
const GLOBAL_SAMPLES: Record<string, string> = {
  Boolean: "[Boolean(0), Boolean('a')]",
  Error: "(function () { try { throw new Error('x'); } catch (e) { return [e.message, '' + e, e instanceof Error]; } })()",
  Infinity: "1 < Infinity",
  NaN: "NaN != NaN",
  Number: "Number('12')",
  String: "String(12)",
  RegExp: "new RegExp('^a+', 'i').exec('AAb')[0]",
  atob: "atob('YQBi').length",
  btoa: "btoa('a\\0b\\xff')",
  isFinite: "[isFinite(1), isFinite(1 / 0)]",
  isNaN: "[isNaN(NaN), isNaN(1)]",
  parseFloat: "parseFloat('1.5x')",
  parseInt: "[parseInt('12px'), parseInt('ff', 16), parseInt('') > 0, parseInt('-7')]",
  undefined: "undefined === void 0",
};

async function assertSame(samples: readonly string[]): Promise<void> {
  const values = await evaluate(samples);
  const wrong = samples.filter((sample, i) => values[i] != evaluateInNode(sample) || values[i] == "THROWS");
  assert.deepEqual(
    wrong.map((sample) => `${sample}: ${values[samples.indexOf(sample)]} instead of ${evaluateInNode(sample)}`),
    [],
  );
}

describe("the allow-list of the interpreter", () => {
  it("has a sample for every method of the language", () => {
    const hardware = ["Serial", "Pin", "Storage", "Flash", "FileSystem", "Crypto", "Object"];
    const kinds = Object.entries(METHODS).filter(([kind]) => !hardware.includes(kind));
    const missing = kinds.flatMap(([kind, methods]) => methods.filter((name) => !SAMPLES[kind]?.[name]).map((name) => `${kind}.${name}`));
    assert.deepEqual(missing, []);
  });

  it("suggests nothing for names that are allowed", () => {
    const allowed = new Set([
      ...GLOBALS,
      ...Object.entries(STATICS).flatMap(([object, names]) => names.map((name) => `${object}.${name}`)),
    ]);
    assert.deepEqual(
      Object.keys(INSTEAD).filter((name) => allowed.has(name)),
      [],
    );
    assert.ok(!NATIVE_NAMES.has("codePointAt"));
  });

  it("names the language's globals as part of all", () => {
    assert.deepEqual(
      LANGUAGE_GLOBALS.filter((name) => !GLOBALS.includes(name)),
      [],
    );
  });

  it("agrees with Node on every method", { skip: SKIP }, () =>
    assertSame(Object.values(SAMPLES).flatMap((samples) => Object.values(samples))),
  );

  it("agrees with Node on every member of the language's objects", { skip: SKIP }, () => assertSame(Object.values(STATIC_SAMPLES)));

  it("agrees with Node on the language's globals", { skip: SKIP }, () => assertSame(Object.values(GLOBAL_SAMPLES)));

  it("holds only what is there", { skip: SKIP }, async () => {
    // "boot" is what the loader leaves.
    const notGlobal = ["exports", "module", "boot"];
    const instances: Record<string, string> = {
      Serial: "Serial1",
      Pin: "D1",
      Storage: 'require("Storage")',
      Flash: 'require("Flash")',
      FileSystem: 'require("fs")',
      Crypto: 'require("crypto")',
      Object: "({})",
    };
    const expressions = [
      ...GLOBALS.filter((name) => name != "undefined" && !notGlobal.includes(name)),
      ...Object.entries(STATICS).flatMap(([object, names]) => names.map((name) => `${object}.${name}`)),
      ...Object.entries(instances).flatMap(([kind, value]) => (METHODS[kind] ?? []).map((name) => `${value}.${name}`)),
    ];
    // Promise-like natives are found when they are called, so "typeof" is asked, not the value.
    const types = await evaluate(expressions.map((expression) => `typeof (${expression})`));
    assert.deepEqual(
      expressions.filter((_, i) => types[i] == '"undefined"' || types[i] == "THROWS" || types[i] == "NOTHING"),
      [],
    );
  });

  it("has exports and module inside a module", { skip: SKIP }, async () => {
    const lines = await runScript('require("Storage").write("m","exports.a=typeof module;");out(require("m").a)');
    assert.deepEqual(lines, ["object"]);
  });
});

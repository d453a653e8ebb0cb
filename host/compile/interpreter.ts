/**
 * What firmware may use of the interpreter: an allow-list, not a description of everything it has. Each entry exists in Espruino 2v29 and
 * gives the same result as in Node for the samples of `test/host/compile/interpreter.test.ts`, which asks a real interpreter when there is
 * one. Left out on purpose although it exists: what gives wrong results (`encodeURIComponent` of bytes above 0x7F), what only the Linux
 * port has, and `Promise` (9 variables each; a sequence is a step function here, and an interval may overtake its callbacks).
 */

/** Not the interpreter's: what the loader leaves (`src/api/boot.ts`). */
const LOADERS_GLOBAL = "boot";

/** Free names. `exports` and `module` exist inside a module only. */
export const GLOBALS: readonly string[] = [
  ..."Array ArrayBuffer Boolean DataView Date E Error Infinity JSON Math Modules NaN Number Object Pin RegExp String undefined".split(" "),
  ..."Float32Array Float64Array Int8Array Int16Array Int32Array Uint8Array Uint8ClampedArray Uint16Array Uint32Array".split(" "),
  ..."Serial1 Serial2 Serial3 console exports global module print process require".split(" "),
  ..."atob btoa isFinite isNaN parseFloat parseInt".split(" "),
  ..."changeInterval clearInterval clearTimeout setInterval setTimeout getSerial getTime clearWatch setWatch".split(" "),
  ..."analogRead analogWrite digitalPulse digitalRead digitalWrite pinMode".split(" "),
  LOADERS_GLOBAL,
];

/** Those of them that are the language's own: what firmware outside of `src/hal/` may name. */
export const LANGUAGE_GLOBALS: readonly string[] = [
  ..."Array ArrayBuffer Boolean DataView Date Error Infinity JSON Math NaN Number Object RegExp String undefined".split(" "),
  ..."Float32Array Float64Array Int8Array Int16Array Int32Array Uint8Array Uint8ClampedArray Uint16Array Uint32Array".split(" "),
  ..."atob btoa isFinite isNaN parseFloat parseInt".split(" "),
];

/** Members of the objects above, where a member outside the list is refused. */
export const STATICS: Readonly<Record<string, readonly string[]>> = {
  Array: ["isArray", "prototype"],
  Date: ["now", "parse"],
  E: [
    ..."dumpStr enableWatchdog getErrorFlags hwRand kickWatchdog lockConsole on reboot removeListener setConsole setPassword".split(" "),
    ..."setFlags getFlags toArrayBuffer toFlatString toString toUint8Array mapInPlace CRC32 srand sum getAddressOf getSizeOf".split(" "),
  ],
  JSON: ["parse", "stringify"],
  Math: "E LN10 LN2 PI SQRT2 abs acos asin atan atan2 ceil cos exp floor log max min pow random round sign sin sqrt tan".split(" "),
  Modules: ["addCached", "getCached", "removeAllCached", "removeCached"],
  Number: ["MAX_VALUE", "MIN_VALUE", "NaN", "NEGATIVE_INFINITY", "POSITIVE_INFINITY"],
  Object: [
    ..."assign create defineProperties defineProperty entries fromEntries getOwnPropertyNames getPrototypeOf keys prototype".split(" "),
    ..."setPrototypeOf values".split(" "),
  ],
  String: ["fromCharCode"],
  console: ["debug", "error", "info", "log", "trace", "warn"],
  process: ["env", "memory", "on", "removeListener", "version"],
};

/** Methods of values, by the kind of value that has them. */
export const METHODS: Readonly<Record<string, readonly string[]>> = {
  String: [
    ..."charAt charCodeAt concat endsWith includes indexOf lastIndexOf match padEnd padStart repeat replace replaceAll slice split".split(
      " ",
    ),
    ..."startsWith substr substring toLowerCase toString toUpperCase trim".split(" "),
  ],
  Array: [
    ..."concat every fill filter find findIndex forEach includes indexOf join map pop push reduce reverse shift slice some sort".split(" "),
    ..."splice toString unshift".split(" "),
  ],
  Number: ["toFixed", "toString"],
  Function: ["apply", "bind", "call"],
  Object: ["hasOwnProperty", "on", "emit", "removeListener", "removeAllListeners"],
  RegExp: ["exec", "test"],
  Date: ["getTime", "getFullYear", "getMonth", "getDate", "getDay", "getHours", "getMinutes", "getSeconds", "toISOString"],
  Uint8Array: ["set", "subarray", "slice", "fill", "indexOf", "map", "forEach", "reduce", "reverse"],
  DataView: ["getUint8", "getUint16", "getUint32", "getInt16", "getInt32", "setUint8", "setUint16", "setUint32", "setInt16", "setInt32"],
  Serial: ["setup", "unsetup", "write", "print", "read", "available", "removeAllListeners"],
  Pin: ["read", "write", "set", "reset", "mode"],
  Storage: ["read", "write", "erase", "list", "getFree", "getStats", "readJSON", "hash", "open"],
  Flash: ["read", "write", "erasePage", "getPage", "getFree"],
  FileSystem: ["readFileSync", "writeFileSync"],
  Crypto: ["SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "AES", "PBKDF2"],
};

/** Fields that the interpreter makes or reads: never renamed by the minifier. */
export const FIELDS: readonly string[] = [
  ..."length message stack index input lastIndex source prototype constructor buffer byteLength byteOffset".split(" "),
  ..."BOARD VERSION SERIAL CONSOLE free usage total rx tx cts bytesize parity stopbits flow path errors force bytes".split(" "),
  ..."repeat edge debounce state time lastTime freeBytes totalBytes fileBytes trashBytes fileCount trashCount addr".split(" "),
];

/** What to write instead of a name that is not there. */
export const INSTEAD: Readonly<Record<string, string>> = {
  Map: "an object used as a table",
  Set: "an object used as a table, or an array",
  WeakMap: "a field of the object",
  WeakSet: "a field of the object",
  Symbol: "a string",
  BigInt: "two numbers, or a string",
  Promise: "a callback, or a function step(i)",
  Proxy: "a function",
  Reflect: "the operators",
  Buffer: "a string of one character per byte",
  TextEncoder: "a string of one character per byte",
  TextDecoder: "a string of one character per byte",
  queueMicrotask: "setTimeout(fn, 0)",
  setImmediate: "setTimeout(fn, 0)",
  structuredClone: "JSON.parse(JSON.stringify(x))",
  globalThis: "global",
  window: "global",
  eval: "a function",
  Function: "a function",
  unescape: "a loop with String.fromCharCode",
  escape: "a loop with charCodeAt",
  encodeURIComponent: "a loop with charCodeAt: it mangles bytes above 0x7F",
  decodeURIComponent: "a loop with parseInt(hex, 16)",
  TypeError: "Error: new TypeError() instanceof Error is false",
  RangeError: "Error",
  SyntaxError: "Error",
  "Array.from": "slice() or a loop",
  "Array.of": "[a, b]",
  "Date.UTC": "arithmetic on days: its year starts in March",
  "Math.cbrt": "Math.pow(x, 1 / 3)",
  "Math.clz32": "a loop of shifts",
  "Math.hypot": "Math.sqrt(a * a + b * b)",
  "Math.imul": "(a * b) | 0 while the product is below 2^53, else two halves of 16 bits",
  "Math.log10": "Math.log(x) / Math.LN10",
  "Math.log2": "Math.log(x) / Math.LN2",
  "Math.trunc": "x | 0 below 2^31, else Math.floor",
  "Number.isFinite": "isFinite(x)",
  "Number.isInteger": "x % 1 == 0",
  "Number.isNaN": "isNaN(x)",
  "Number.isSafeInteger": "x % 1 == 0",
  "Number.parseFloat": "parseFloat(x)",
  "Number.parseInt": "parseInt(x)",
  "Number.MAX_SAFE_INTEGER": "9007199254740991",
  "Number.EPSILON": "2e-16",
  "Object.freeze": "nothing: leave it out",
  "Object.is": "===",
  "Object.seal": "nothing: leave it out",
  "String.fromCodePoint": "String.fromCharCode of UTF-8 bytes",
  "String.raw": "a string with its escapes",
  at: "a[a.length - 1]",
  codePointAt: "charCodeAt: strings are bytes",
  catch: "a callback",
  entries: "Object.entries or a loop with an index",
  findLast: "a loop downwards",
  finally: "a callback",
  flat: "concat in a loop",
  flatMap: "concat in a loop",
  lastIndexOf: "a loop downwards (strings have it, arrays do not)",
  localeCompare: "< and >",
  matchAll: "exec of an expression with the flag g in a loop",
  normalize: "nothing: strings are bytes",
  reduceRight: "reverse() and reduce()",
  search: "exec(text).index",
  then: "a callback",
  toLocaleString: "toString",
  toPrecision: "toFixed",
  trimEnd: "trim()",
  trimStart: "trim()",
  values: "Object.values or a loop with an index",
};

export const METHOD_NAMES: ReadonlySet<string> = new Set(Object.values(METHODS).flat());

/**
 * Every name that has a meaning to the interpreter in the firmware, which prints through `World`: members of
 * `console` are only an application's.
 */
export const NATIVE_NAMES: ReadonlySet<string> = new Set([
  ...METHOD_NAMES,
  ...Object.entries(STATICS).flatMap(([object, members]) => (object == "console" ? [] : members)),
  ...FIELDS,
]);

/** A fresh JavaScript world per start of a board: a `node:vm` context cut down to what the interpreter has. */
import { createContext, runInContext } from "node:vm";
import type { Context } from "node:vm";
import { GLOBALS, PROTOTYPES, STATICS } from "./builtins.ts";

export interface Realm {
  context: Context;
  /** The context's own arrays, objects and errors: what natives hand to the program must be no foreigner. */
  array(items: readonly unknown[]): unknown[];
  object(fields: object): object;
  error(message: string): Error;
  evaluate(source: string): unknown;
}

export interface RealmSources {
  /** Milliseconds since 1970. */
  now(): number;
  /** 0 <= x < 1 */
  random(): number;
}

/** Runs inside the context before anything else; the result stays outside. */
const PRELUDE = `(function (globals, prototypes, statics, now, random) {
  const foreign = {
    array: (items) => Array.prototype.slice.call(items),
    object: (fields) => Object.assign({}, fields),
    error: (message) => new Error(message),
  };

  // Strings are bytes: what does not fit into one is cut.
  const stringify = JSON.stringify, parse = JSON.parse, fromCharCode = String.fromCharCode, replace = String.prototype.replace;
  const escaped = (c) => "\\\\u00" + c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0");
  JSON.stringify = (...args) => {
    const text = stringify(...args);
    return text === undefined ? text : replace.call(text, /[\\x7f-\\xff]/g, escaped);
  };
  JSON.parse = (text) => parse(replace.call(text, /\\\\(u[0-9a-fA-F]{2}([0-9a-fA-F]{2})|.)/g, (whole, _, low) => (low ? "\\\\u00" + low : whole)));
  String.fromCharCode = (...codes) => fromCharCode(...codes.map((code) => code & 255));

  // The beginning of what is searched counts as found where the string ends (Espruino 2v29, jswrap_string_indexOf).
  const find = (text, what, from) => {
    if (what.length > text.length) return -1;
    let i = Math.min(Math.max(from || 0, 0), text.length - what.length + 1);
    for (; i < text.length; i++) if (what.startsWith(text.slice(i, i + what.length))) return i;
    return -1;
  };
  String.prototype.indexOf = function (what, from) {
    return find(String(this), String(what), from);
  };
  String.prototype.includes = function (what, from) {
    return find(String(this), String(what), from) >= 0;
  };
  const split = String.prototype.split;
  String.prototype.split = function (separator, limit) {
    // Nothing at all of a string that is shorter by two characters or more (jswrap_string_split).
    if (typeof separator == "string" && this.length + 1 < separator.length) return [];
    return split.call(this, separator, limit);
  };
  String.prototype.replace = function (what, by) {
    const text = String(this);
    if (what instanceof RegExp) return replace.call(text, what, by);
    const at = find(text, String(what), 0);
    return at < 0 ? text : text.slice(0, at) + (typeof by == "function" ? by(String(what), at, text) : by) + text.slice(at + String(what).length);
  };

  Math.random = random;
  const RealDate = Date;
  globalThis.Date = class Date extends RealDate {
    constructor(...args) {
      if (args.length) super(...args);
      else super(now());
    }
    static now() {
      return now();
    }
  };

  function keep(object, names, always) {
    for (const name of Object.getOwnPropertyNames(object)) {
      if (names.includes(name) || always.includes(name)) continue;
      if (Object.getOwnPropertyDescriptor(object, name).configurable) delete object[name];
    }
  }
  for (const [name, names] of Object.entries(statics)) keep(globalThis[name], names, ["prototype", "name", "length"]);
  keep(Object.getPrototypeOf(Uint8Array), [], ["prototype", "name", "length"]);
  keep(RealDate, statics.Date, ["prototype", "name", "length"]);
  keep(Object.getPrototypeOf(Uint8Array.prototype), prototypes.Uint8Array, []);
  for (const [name, names] of Object.entries(prototypes)) keep((name == "Date" ? RealDate : globalThis[name]).prototype, names, ["name", "__proto__"]);
  globalThis.global = globalThis;
  keep(globalThis, globals, ["global"]);
  return foreign;
})`;

export function makeRealm(sources: RealmSources): Realm {
  const context = createContext({});
  const prelude = runInContext(PRELUDE, context) as (...args: unknown[]) => Pick<Realm, "array" | "object" | "error">;
  const foreign = prelude(GLOBALS, PROTOTYPES, STATICS, sources.now, sources.random);
  return { context, ...foreign, evaluate: (source) => runInContext(source, context) as unknown };
}

/** Bytes of what the interpreter takes as data: a string (one byte per character), a buffer or view, a number, or an array of these. */
export function bytesOf(data: unknown): Buffer {
  if (typeof data == "string") return Buffer.from(data, "latin1");
  if (typeof data == "number") return Buffer.from([data & 0xff]);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (Array.isArray(data)) return Buffer.concat(data.map(bytesOf));
  if (Object.prototype.toString.call(data) == "[object ArrayBuffer]") return Buffer.from(data as ArrayBuffer);
  return Buffer.from(String(data), "latin1");
}

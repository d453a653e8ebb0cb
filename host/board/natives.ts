/** The interpreter's own globals and modules that need no wiring: `E`, `process`, timers, `Modules`, `Storage`, `fs`, `crypto`, `print`. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { FlashStorage } from "../flash-model/storage.ts";
import { flashModule, isPlainObject, storageModule } from "./flash-natives.ts";
import type { Pins } from "./pins.ts";
import type { Program } from "./program.ts";
import { bytesOf } from "./realm.ts";

export interface BoardFacts {
  /** `process.env.BOARD`. */
  boardName: string;
  /** JsVars in all. How many are in use is not known here: only the interpreter can say. */
  variables: number;
  /** Hashes that the board's `crypto` has; none: no such module. */
  hashes: readonly string[];
}

export interface Life {
  reboot(): void;
  /** `0`: no watchdog any more. */
  watchdog(seconds: number): void;
  kick(): void;
}

type Fn = (...args: never[]) => unknown;
type Listener = (...args: unknown[]) => void;

export function defineNatives(
  program: Program,
  storage: FlashStorage,
  pins: Pins,
  facts: BoardFacts,
  life: Life,
  random: () => number,
): void {
  const { realm } = program;
  const print = (...values: unknown[]): void => program.print(values.map(text).join(" "));
  program.define({
    print,
    console: program.object({ log: print, debug: print, info: print, warn: print, error: print, trace: print }),
    require: (name: string) => program.require(name),
    Modules: program.object({
      addCached: (name: unknown, source: unknown) => addCached(program, name, source),
      removeCached: (name: string) => program.removeModule(name),
      removeAllCached: () => program.modules.forEach((name) => program.removeModule(name)),
      getCached: () => realm.array(program.modules),
    }),
    getTime: () => program.clock.now() / 1000,
    atob: (base64: string) => Buffer.from(base64, "base64").toString("latin1"),
    btoa: (data: string) => Buffer.from(data, "latin1").toString("base64"),
    E: espruino(program, life, random),
    process: program.object({
      version: "2v29",
      env: realm.object({ VERSION: "2v29", BOARD: facts.boardName, CONSOLE: "USB", SERIAL: "00000000-00000000-00000000" }),
      memory: () => realm.object({ free: facts.variables, usage: 0, total: facts.variables, history: 0 }),
      ...listening(program, "process"),
    }),
    ...timers(program),
  });
  program.addModule("Storage", () => storageModule(program, storage));
  program.addModule("Flash", () => flashModule(program, storage.flash));
  program.addModule("fs", () =>
    program.object({
      writeFileSync: (path: string, data: unknown) => pins.set(path, Number(data)),
      readFileSync: (path: string) => String(pins.read(path)),
    }),
  );
  if (facts.hashes.length) program.addModule("crypto", () => program.object(hashes(program, facts.hashes)));
}

/** Texts only: a function, which the interpreter takes too, would lie in memory. */
function addCached(program: Program, name: unknown, source: unknown): void {
  if (typeof name != "string" || typeof source != "string") throw new Error("args must be addCached(string, string|function)");
  program.addSource(name, source);
}

function timers(program: Program): Record<string, unknown> {
  const { timers } = program;
  const add = (fn: Fn, ms: unknown, repeats: boolean, args: unknown[]): number => {
    if (typeof fn != "function") throw new Error("Function or String not supplied!");
    return timers.add(() => program.idle(() => program.call(fn, ...args)), Number(ms), repeats);
  };
  const clear =
    (name: string) =>
    (...ids: unknown[]): void => {
      if (!ids.length) timers.clearAll();
      else if (ids[0] === undefined) throw new Error(`${name}(undefined) not allowed. Use ${name}() instead`);
      else timers.clear(ids[0] as number);
    };
  return {
    setTimeout: (fn: Fn, ms: unknown, ...args: unknown[]) => add(fn, ms, false, args),
    setInterval: (fn: Fn, ms: unknown, ...args: unknown[]) => add(fn, ms, true, args),
    clearTimeout: clear("clearTimeout"),
    clearInterval: clear("clearInterval"),
    changeInterval: (id: number, ms: number) => {
      if (!timers.change(id, ms)) throw new Error("Unknown Interval");
    },
  };
}

function listening(program: Program, object: "E" | "process"): Record<string, unknown> {
  return {
    on: (event: string, fn: Listener) => program.events.add(`${object}.${event}`, fn),
    removeListener: (event: string, fn: Listener) => program.events.remove(`${object}.${event}`, fn),
    removeAllListeners: (event: string) => program.events.removeAll(`${object}.${event}`),
  };
}

function espruino(program: Program, life: Life, random: () => number): object {
  const { realm } = program;
  const toArray = program.realm.evaluate("(bytes) => new Uint8Array(bytes)") as (bytes: Iterable<number>) => Uint8Array;
  return program.object({
    ...listening(program, "E"),
    reboot: () => {
      life.reboot();
      program.halt();
    },
    // Kicked by the idle loop itself, a watchdog never bites here.
    enableWatchdog: (seconds: number, auto: unknown) => life.watchdog(auto === undefined || auto ? 0 : seconds),
    kickWatchdog: () => life.kick(),
    getErrorFlags: () => realm.array(program.takeFlags()),
    hwRand: () => Math.floor(random() * 0x100000000) | 0,
    srand: () => undefined,
    setConsole: () => undefined,
    lockConsole: () => undefined,
    setPassword: () => undefined,
    setFlags: () => undefined,
    getFlags: () => realm.object({}),
    dumpStr: () => "",
    toString: (...data: unknown[]) => bytesOf(data).toString("latin1"),
    toFlatString: (...data: unknown[]) => bytesOf(data).toString("latin1"),
    toUint8Array: (...data: unknown[]) => toArray(bytesOf(data)),
    toArrayBuffer: (data: unknown) => toArray(bytesOf(data)).buffer,
    mapInPlace: (from: Uint8Array, to: Uint8Array, map: Uint8Array) => {
      from.forEach((index, i) => (to[i] = map[index] as number));
    },
    CRC32: (data: unknown) => crc32(bytesOf(data)),
    sum: (data: unknown) => bytesOf(data).reduce((total, byte) => total + byte, 0),
  });
}

function hashes(program: Program, names: readonly string[]): Record<string, unknown> {
  const toBuffer = program.realm.evaluate("(bytes) => new Uint8Array(bytes).buffer") as (bytes: Iterable<number>) => ArrayBuffer;
  const hash = (name: string) => (data: unknown) => toBuffer(createHash(name).update(bytesOf(data)).digest());
  return Object.fromEntries(names.map((name) => [name, hash(name)]));
}

/** As `print` writes a value: text as it is, the rest much like JSON. */
function text(value: unknown): string {
  if (typeof value == "string" || typeof value == "function" || value === null || typeof value != "object") return String(value);
  if (isPlainObject(value) && !Object.hasOwn(value, "toString")) {
    const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}: ${quoted(field)}`);
    return fields.length ? `{ ${fields.join(", ")} }` : "{  }";
  }
  if (Array.isArray(value)) return value.length ? `[ ${value.map(quoted).join(", ")} ]` : "[  ]";
  if (ArrayBuffer.isView(value)) return `new ${value.constructor.name}([${String(value).split(",").join(", ")}])`;
  return String(value);
}

function quoted(value: unknown): string {
  return typeof value == "string" ? JSON.stringify(value) : text(value);
}

/** `Storage` and `Flash`: what the program has of the board's flash. */
import type { Flash } from "../flash-model/flash.ts";
import type { FlashStorage } from "../flash-model/storage.ts";
import type { Program } from "./program.ts";
import { bytesOf } from "./realm.ts";

export function storageModule(program: Program, storage: FlashStorage): object {
  const { realm } = program;
  const parse = (text: string): unknown => (realm.evaluate("JSON.parse") as (text: string) => unknown)(text);
  const stringify = (value: unknown): string => (realm.evaluate("JSON.stringify") as (value: unknown) => string)(value);
  const read = (name: string, offset?: number, length?: number): string | undefined =>
    storage.read(name, offset, length)?.toString("latin1");
  return program.object({
    read,
    readJSON: (name: string, quiet?: boolean) => {
      const json = read(name);
      if (json === undefined) return undefined;
      try {
        return parse(json);
      } catch (error) {
        if (quiet) return undefined;
        throw error;
      }
    },
    write: (name: string, data: unknown, offset?: number, size?: number) =>
      isPlainObject(data)
        ? storage.write(name, Buffer.from(stringify(data), "latin1"))
        : storage.write(name, bytesOf(data), Number(offset) || 0, Number(size) || 0),
    writeJSON: (name: string, data: unknown) => storage.write(name, Buffer.from(stringify(data), "latin1")),
    list: (pattern?: RegExp) => realm.array(storage.list().filter((name) => pattern === undefined || pattern.exec(name))),
    erase: (name: string) => storage.erase(name),
    eraseAll: () => storage.eraseAll(),
    compact: () => storage.compact(),
    getFree: () => storage.stats().freeBytes,
    getStats: () => realm.object(storage.stats()),
  });
}

/** Addresses outside of the region are an error here: the boards read, and some of them write, whatever is there. */
export function flashModule(program: Program, flash: Flash): object {
  const { realm } = program;
  const toArray = realm.evaluate("(bytes) => new Uint8Array(bytes)") as (bytes: Iterable<number>) => Uint8Array;
  const { address, pageSize } = flash;
  const length = flash.bytes.length;
  return program.object({
    read: (count: unknown, from: unknown) => (Number(count) > 0 ? toArray(flash.read(Number(from), Number(count))) : undefined),
    write: (data: unknown, to: unknown) => {
      if (data === undefined) throw new Error("Data is not defined");
      flash.programAligned(Number(to), bytesOf(data));
    },
    erasePage: (at: unknown) => {
      if (!Number.isInteger(at)) throw new Error(`Address should be an integer, got ${kindOf(at)}`);
      flash.erasePage(at as number);
    },
    getPage: (at: unknown) => {
      const offset = Number(at) - address;
      return offset >= 0 && offset < length ? realm.object({ addr: Number(at) - (offset % pageSize), length: pageSize }) : undefined;
    },
    // The Linux port's answer: all of it. Boards name what is behind their firmware.
    getFree: () => realm.array([realm.object({ addr: address, length })]),
  });
}

function kindOf(value: unknown): string {
  return value === undefined || value === null ? String(value) : Object.prototype.toString.call(value).slice(8, -1);
}

export function isPlainObject(data: unknown): boolean {
  return Object.prototype.toString.call(data) == "[object Object]";
}

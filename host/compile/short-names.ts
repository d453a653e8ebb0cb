/**
 * Short forms of the names that modules share. A module may be built at another time than its neighbours (an over-the-air package carries
 * one), so the forms are not the minifier's to choose: they stand in a table that only grows.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GLOBALS, NATIVE_NAMES } from "./interpreter.ts";
import type { ModuleSpec } from "./modules.ts";
import { sharedNames } from "./names.ts";
import type { SharedNames } from "./names.ts";

/** Name in the sources -> name in the finished text. */
export type ShortNames = ReadonlyMap<string, string>;

/** Relative to the folder that holds `src/`. */
export const TABLE = "src/api/short-names.json";

const FIRST = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$";
/** Left to the minifier, for the names that one module alone knows. */
const ONE_LETTER_PRIVATE = "uvwxyzUVWXYZ_$";
const RESERVED = ["do", "if", "in", "of"];

/** @throws {Error} about a name that is shortened and must not be. Without a table nothing is. */
export function readShortNames(root: string, names: SharedNames): ShortNames {
  const path = join(root, TABLE);
  const table = new Map(existsSync(path) ? Object.entries(JSON.parse(readFileSync(path, "utf8")) as Record<string, string>) : []);
  for (const [name, short] of table) {
    // A name that is in the table and nowhere else belonged to an earlier version.
    if (names.all.has(name) && !names.internal.has(name))
      throw new Error(
        `${TABLE}: "${name}" is also a name outside of the program (data, the application's API, the interpreter): rename one of the two`,
      );
    if (names.all.has(short) || NATIVE_NAMES.has(short))
      throw new Error(`${TABLE}: "${short}" for "${name}" is a name already: rename that one`);
  }
  return table;
}

/** For programs that speak to a finished module. */
export function shortNamer(root: string, modules: readonly ModuleSpec[]): (name: string) => string {
  const table = readShortNames(root, sharedNames(root, modules));
  return (name) => table.get(name) ?? name;
}

/** The shared names as a finished module has them. */
export function written(names: SharedNames, table: ShortNames): Pick<SharedNames, "all" | "methods"> {
  const short = (set: ReadonlySet<string>): Set<string> => new Set([...set].map((name) => table.get(name) ?? name));
  return { all: short(names.all), methods: short(names.methods) };
}

/** Names that modules share and that have no short form yet. */
export function missingNames(names: SharedNames, table: ShortNames): string[] {
  return [...names.internal].filter((name) => !table.has(name)).sort();
}

/** The table with short forms for all; what is there stays as it is. */
export function completed(names: SharedNames, table: ShortNames): ShortNames {
  const taken = new Set([...table.values(), ...names.all, ...NATIVE_NAMES, ...GLOBALS, ...RESERVED, ...ONE_LETTER_PRIVATE]);
  const free = candidates().filter((short) => !taken.has(short));
  const added = missingNames(names, table).map((name, i) => [name, free[i] as string] as const);
  return new Map([...table, ...added]);
}

function candidates(): string[] {
  const letters = [...FIRST];
  return [...letters, ...letters.flatMap((one) => [...letters].map((other) => one + other))];
}

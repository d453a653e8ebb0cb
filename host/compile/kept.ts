/**
 * What was made of texts, kept between processes: tools are slow to load, and a module is not made again while nothing that it is made from has changed. The
 * key covers all of that, the makers' own text included, so nothing ever has to be cleared.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../project/root.ts";

/** Tools keep their files there; it is never committed. */
export const KEPT_FOLDER = join(ROOT, "node_modules/.cache/espruino-cellular");
/** The makers, their settings, and the versions of their tools. */
const MAKERS = ["host/compile", "tsconfig.json", "package-lock.json"];

let makers: string | undefined;

export function keyOf(...parts: readonly string[]): string {
  makers ??= hashOf(MAKERS.flatMap(textsIn));
  return hashOf([makers, ...parts]);
}

/** What was kept under a key; `undefined`: nothing was. */
export function readKept<T>(kind: string, key: string): T | undefined {
  try {
    return JSON.parse(readFileSync(pathOf(kind, key), "utf8")) as T;
  } catch {
    return undefined;
  }
}

export function keep(kind: string, key: string, value: unknown): void {
  mkdirSync(KEPT_FOLDER, { recursive: true });
  const path = pathOf(kind, key);
  // Several processes may do this at a time: a file is there whole, or not at all.
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(value));
  renameSync(own, path);
}

/** What was kept under a key, or what `make` makes now. */
export function keptOr<T>(kind: string, key: string, make: () => T): T {
  const kept = readKept<T>(kind, key);
  if (kept !== undefined) return kept;
  const made = make();
  keep(kind, key, made);
  return made;
}

function pathOf(kind: string, key: string): string {
  return join(KEPT_FOLDER, `${kind}-${key}.json`);
}

function hashOf(texts: readonly string[]): string {
  const hash = createHash("sha256");
  // Lengths, so that no two lists are one text.
  for (const text of texts) hash.update(`${text.length}\0`).update(text);
  return hash.digest("hex").slice(0, 32);
}

function textsIn(name: string): string[] {
  const path = join(ROOT, name);
  const files = statSync(path).isFile() ? [name] : readdirSync(path, { recursive: true, encoding: "utf8" }).map((file) => join(name, file));
  return files
    .sort()
    .filter((file) => statSync(join(ROOT, file)).isFile())
    .flatMap((file) => [file, readFileSync(join(ROOT, file), "utf8")]);
}

/**
 * Bundles of the firmware, kept between processes: compiling takes seconds, and every test file is a process of its own. The key covers all
 * that a bundle is made from, so nothing ever has to be cleared; only what passed the build's checks is kept.
 */
import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bundle } from "./bundles.ts";
import { modulesOf } from "./modules.ts";
import type { Choice, ModuleSpec } from "./modules.ts";
import { ROOT } from "../project/root.ts";

/** Sources of the firmware, the builder, its settings, and the versions of its tools. */
const MADE_FROM = ["src", "host/compile", "tsconfig.json", "package-lock.json"];
/** Tools keep their files there; it is never committed. */
const FOLDER = join(ROOT, "node_modules/.cache/espruino-cellular");

/** Modules in the order of the image; default: those of the product. @throws {CheckError} about the sources. */
export async function cachedBundle(choice: Choice, modules: readonly ModuleSpec[] = modulesOf(choice)): Promise<Bundle[]> {
  const path = join(FOLDER, `${keyOf(choice, modules)}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as Bundle[];
  // Compiler, bundler and linter are slow to load.
  const { bundle } = await import("./bundles.ts");
  const bundles = await bundle(choice, ROOT, modules);
  mkdirSync(FOLDER, { recursive: true });
  // Several processes may do this at a time: a file is there whole, or not at all.
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(bundles));
  renameSync(own, path);
  return bundles;
}

function keyOf(choice: Choice, modules: readonly ModuleSpec[]): string {
  const hash = createHash("sha256").update(JSON.stringify([choice, modules]));
  for (const name of MADE_FROM) addTo(hash, name);
  return hash.digest("hex").slice(0, 32);
}

function addTo(hash: Hash, name: string): void {
  const path = join(ROOT, name);
  const files = statSync(path).isFile() ? [name] : readdirSync(path, { recursive: true, encoding: "utf8" }).map((file) => join(name, file));
  for (const file of files.sort()) {
    if (statSync(join(ROOT, file)).isFile()) hash.update(`\0${file}\0`).update(readFileSync(join(ROOT, file)));
  }
}

/** Who knows a property name: one module, several, or somebody outside of the program. Read from the sources' syntax, without type checking. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { declarationsOf } from "./declarations.ts";
import type { Declarations } from "./declarations.ts";
import { NATIVE_NAMES } from "./interpreter.ts";
import type { ModuleSpec } from "./modules.ts";

export interface SharedNames {
  /** Members of the shared types (`src/api/`), of the interpreter's as `src/hal/` describes them, and what modules export. */
  all: ReadonlySet<string>;
  /** Those of them that can be called. */
  methods: ReadonlySet<string>;
  /** Those of them that modules alone know: they may have short forms, if every module has the same. */
  internal: ReadonlySet<string>;
}

/** Types of `src/api/` that are seen from outside of the program: the files in Storage, what an application is given, and what the loader and packages of updates are made of. */
const OUTSIDE = ["src/api/boot.ts", "src/api/config.ts", "src/api/device.ts"];
/** Sections of the product that one cloud has. */
const SECTION = /^src\/cloud\/[^/]+\/config\.ts$/;

/** `root`: the folder that holds `src/`. */
export function sharedNames(root: string, modules: readonly ModuleSpec[]): SharedNames {
  const all = new Set<string>();
  const methods = new Set<string>();
  const outside = new Set<string>();
  const add = (names: Set<string>, declared: Declarations): void => {
    for (const name of declared.members) names.add(name);
    for (const name of declared.methods) methods.add(name);
  };
  for (const file of sourceFiles(join(root, "src/hal"))) add(outside, read(file));
  for (const file of sourceFiles(join(root, "src/api"))) {
    const declared = read(file);
    add(OUTSIDE.some((one) => file == join(root, one)) ? outside : all, declared);
    for (const text of declared.texts) outside.add(text);
  }
  for (const file of sourceFiles(join(root, "src")).filter((one) => SECTION.test(relative(root, one)))) add(outside, read(file));
  for (const module of modules) {
    const declared = read(join(root, module.entry));
    // A module whose names stay knows its neighbours by their long ones.
    if (!module.shortenProperties) add(outside, declared);
    for (const name of declared.exports) {
      (module.shortenProperties ? all : outside).add(name);
      methods.add(name);
    }
  }
  const internal = new Set([...all].filter((name) => !outside.has(name) && !NATIVE_NAMES.has(name)));
  return { all: new Set([...all, ...outside]), methods, internal };
}

/**
 * Names that the minifier may shorten inside a module: members that an interface or a class of the sources declares, and nobody else knows.
 * Keys that are data (`{ RDY: "rebooted" }`) are declared nowhere, so they stay.
 */
export function privateNames(root: string, shared: SharedNames): string[] {
  const declared = new Set(sourceFiles(join(root, "src")).flatMap((file) => read(file).members));
  return [...declared].filter((name) => !shared.all.has(name) && !NATIVE_NAMES.has(name)).sort();
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

function read(file: string): Declarations {
  return declarationsOf(readFileSync(file, "utf8"));
}

/** Which test files run, and in which order. */
import { readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { SeenFiles } from "./record.ts";
import { UsageError } from "../command-line/run.ts";
import { ROOT } from "../project/root.ts";

export interface Wanted {
  /** Paths, relative to the project. */
  files: string[];
  /** What their tests' names must fit. */
  name?: string;
}

/** Every test file of the project. */
export function testFiles(root: string): string[] {
  return readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts") && !name.split("/").includes("fixtures"))
    .map((name) => join("test", name))
    .sort();
}

/**
 * What the arguments of a command line ask for: an argument that is part of a file's path means that file, any other is a name (a regular expression), if it
 * does not look like a path.
 * `folder`: the caller's, whose paths they may be. @throws {UsageError}
 */
export function wanted(args: readonly string[], all: readonly string[], seen: SeenFiles, folder: string): Wanted {
  const names: string[] = [];
  const chosen = new Set<string>();
  for (const arg of args) {
    const own = relative(ROOT, resolve(folder, arg));
    const fitting = all.filter((file) => file.includes(arg) || file == own || file.startsWith(`${own}/`));
    if (fitting.length) for (const file of fitting) chosen.add(file);
    else if (arg.includes("/")) throw new UsageError(`no test file has ${arg} in its path`);
    else names.push(arg);
  }
  const files = chosen.size ? all.filter((file) => chosen.has(file)) : all;
  if (!names.length) return { files: [...files] };
  const name = names.join("|");
  const pattern = new RegExp(name);
  // A file that was never seen may have it.
  return { files: files.filter((file) => seen[file]?.names.some((one) => pattern.test(one)) ?? true), name };
}

/** The longest first: the last to begin are short, and no processor waits for a long one alone. What was never seen may be long. */
export function longestFirst(files: readonly string[], seen: SeenFiles): string[] {
  const ms = (file: string): number => seen[file]?.ms ?? Infinity;
  return [...files].sort((a, b) => (ms(a) == ms(b) ? 0 : ms(b) - ms(a)));
}

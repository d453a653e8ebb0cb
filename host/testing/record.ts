/**
 * What was seen of each test file when it ran last, kept where tools keep their files: the longest begin first, `npm run quick` knows what fits into its
 * minute, and a name is looked for in the files that have it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../project/root.ts";

const PATH = join(ROOT, "node_modules/.cache/espruino-cellular/test-files.json");

export interface Seen {
  ms: number;
  /** Of its suites and tests. */
  names: string[];
}

/** By path, relative to the project. */
export type SeenFiles = Record<string, Seen>;

export function readSeen(): SeenFiles {
  try {
    return JSON.parse(readFileSync(PATH, "utf8")) as SeenFiles;
  } catch {
    return {};
  }
}

/** What is known of other files stays. */
export function keepSeen(files: SeenFiles): void {
  mkdirSync(dirname(PATH), { recursive: true });
  writeFileSync(PATH, JSON.stringify({ ...readSeen(), ...files }));
}

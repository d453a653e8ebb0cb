/** `docs/figures.json`: the figures as they were recorded last, by name. Committed, so that each change shows what it did to them. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../project/root.ts";
import type { Figure } from "./figure.ts";

const FILE = join(ROOT, "docs/figures.json");

export type Recorded = Readonly<Record<string, number>>;

/** @throws {Error} if the file is not what `record` wrote. */
export function readRecorded(file = FILE): Recorded {
  if (!existsSync(file)) return {};
  const values: unknown = JSON.parse(readFileSync(file, "utf8"));
  const isRecord = typeof values == "object" && values !== null && Object.values(values).every((value) => typeof value == "number");
  if (!isRecord) throw new Error(`${file}: not a list of figures; npm run bench -- --record writes it anew once it is gone`);
  return values as Recorded;
}

/** What was not measured keeps its old value. */
export function record(figures: readonly Figure[], file = FILE): void {
  const measured = figures.flatMap(({ name, now }) => (now === null ? [] : [[name, now] as const]));
  const values = { ...readRecorded(file), ...Object.fromEntries(measured) };
  const sorted = Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`);
}

/**
 * `docs/figures.json`: the figures as they were recorded last, by name, each with the commit that it was measured at. Committed, so that each change shows
 * what it did to them.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../project/root.ts";
import type { Figure, Recorded, RecordedFigure } from "./figure.ts";

const FILE = join(ROOT, "docs/figures.json");

/** @throws {Error} if the file is not what `record` wrote. */
export function readRecorded(file = FILE): Recorded {
  if (!existsSync(file)) return {};
  const values: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (typeof values != "object" || values === null || !Object.values(values).every(isRecordedFigure))
    throw new Error(`${file}: not a list of figures; npm run bench -- --record writes it anew once it is gone`);
  return values as Recorded;
}

function isRecordedFigure(one: unknown): one is RecordedFigure {
  const { value, commit } = (one ?? {}) as Partial<Record<keyof RecordedFigure, unknown>>;
  return typeof value == "number" && typeof commit == "string" && /^[0-9a-f]{7,40}$/.test(commit);
}

/** What was not measured keeps its old value. `commitOf`: by name of a figure. */
export function record(figures: readonly Figure[], commitOf: (name: string) => string, file = FILE): void {
  const measured = figures.flatMap(({ name, now }) => (now === null ? [] : [[name, { value: now, commit: commitOf(name) }] as const]));
  const values = { ...readRecorded(file), ...Object.fromEntries(measured) };
  const sorted = Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`);
}

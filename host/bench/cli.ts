/** `npm run bench`: the figures that can be measured here, against their targets and what was recorded last. What cannot be measured is said. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { ROOT } from "../project/root.ts";
import { FAILED, runCommandLine } from "../command-line/run.ts";
import { collectedFrom } from "../command-line/values.ts";
import { writeBudget } from "../compile/budget.ts";
import { bytes, measuredBudget } from "./bytes.ts";
import { hasAsserts } from "./callgrind.ts";
import { figuresOf } from "./figure.ts";
import type { BenchContext, Figure, Measured, Part } from "./figure.ts";
import { commitOf, isStale } from "./origin.ts";
import { PARTS } from "./parts.ts";
import { readRecorded, record } from "./record.ts";
import { ROUND_TRIPS_PAGE, roundTrips, roundTripsPage } from "./round-trips.ts";
import { number, table } from "./table.ts";

const NAMES = PARTS.map((part) => part.name);

interface Options {
  json?: boolean;
  only?: string[];
  peerAt?: string;
  record?: boolean;
  recorded?: boolean;
}

interface Result {
  figures: Figure[];
  /** Of each part that was measured: its title and where it goes. */
  details: string[];
  /** Of each part that was not. */
  failures: string[];
}

const command = new Command("npm run bench --")
  .description("Measures the firmware. Instructions are counted on ESPRUINO64 with valgrind, variables on ESPRUINO, the rest in Node.")
  .option("--only <name>", `a part of it: ${NAMES.join(", ")}; repeatable`, collectedFrom(NAMES))
  .option("--json", "the figures as JSON, nothing else")
  .option("--peer-at <file>", "runs EspruinoDocs' modules/AT.js on the same input")
  .option("--record", "writes docs/figures.json, and budget.json and docs/round-trips.md where they were measured")
  .option("--recorded", "measures nothing: shows what is recorded, at which commit, and whether that is stale")
  .action(run);

async function measureAll(parts: readonly Part[], context: BenchContext, stderr: (text: string) => void): Promise<Result> {
  const recorded = readRecorded();
  const result: Result = { figures: [], details: [], failures: [] };
  for (const part of parts) {
    let why = part.missing(context);
    let measured: Measured | null = null;
    if (!why) {
      try {
        stderr(part.name);
        measured = await part.run({ ...context, progress: (text) => stderr(`${part.name}: ${text}`) });
        result.details.push(`${part.title}\n\n${measured.details}`);
      } catch (error) {
        why = `failed: ${(error as Error).message.split("\n")[0]}`;
        result.failures.push(`${part.name}: ${(error as Error).message}`);
      }
    }
    result.figures.push(...figuresOf(part, measured, why, recorded, isStale));
  }
  return result;
}

function report({ figures, details }: Result): string {
  const isMissing = (figure: Figure): boolean => figure.now === null;
  const rows = figures.map((figure) => {
    const { title, unit, target, now, recorded, met } = figure;
    const verdict = met === null ? "" : met ? "met" : "MISSED";
    return [
      ...[title, value(target, unit), value(now, unit), value(recorded, unit), recordedAt(figure), verdict],
      isMissing(figure) ? "" : figure.on,
    ];
  });
  const missing = figures.filter(isMissing).map(({ title, on }) => `  ${title}: ${on}`);
  const notMeasured = missing.length ? [`not measured:\n${missing.join("\n")}`] : [];
  return [
    table(["figure", "target", "now", "recorded", "recorded at", "", "measured on"], rows),
    ...staleness(figures),
    ...notMeasured,
    ...details,
  ].join("\n\n");
}

function value(n: number | null, unit: string): string {
  return n === null ? "-" : `${number(n)}${unit && ` ${unit}`}`;
}

function recordedAt({ recordedAt: commit, stale }: Figure): string {
  if (commit === null) return "-";
  return commit + (stale === null ? " (unknown here)" : stale ? " (stale)" : "");
}

/** What is recorded, and whether that is still of what there is. */
function recordedReport(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    ...[figure.title, value(figure.target, figure.unit), value(figure.recorded, figure.unit), recordedAt(figure)],
  ]);
  return [table(["figure", "target", "recorded", "recorded at"], rows), ...staleness(figures)].join("\n\n");
}

function staleness(figures: readonly Figure[]): string[] {
  const stale = figures.filter((figure) => figure.stale).map(({ name }) => name);
  return stale.length ? [`stale, because what they measure has changed since: ${stale.join(", ")}`] : [];
}

const ASSERTS =
  "ESPRUINO64 is built with assertions, which are counted, too: instructions come out about 12 % too high; build it with RELEASE=1";

async function run(options: Options): Promise<void> {
  const context: BenchContext = {
    espruino: process.env["ESPRUINO"],
    espruino64: process.env["ESPRUINO64"],
    peerAt: options.peerAt,
    progress: () => {},
  };
  const parts = PARTS.filter((part) => !options.only || options.only.includes(part.name));
  if (options.recorded) {
    const figures = parts.flatMap((part) => figuresOf(part, null, "", readRecorded(), isStale));
    return console.log(options.json ? JSON.stringify(figures, null, 2) : recordedReport(figures));
  }
  const countsAsserts = context.espruino64 !== undefined && parts.some((part) => part.counts) && hasAsserts(context.espruino64);
  if (countsAsserts && options.record) throw new Error(`--record: ${ASSERTS}`);
  // Before minutes are spent on what cannot be recorded.
  const commits = new Map(options.record ? parts.flatMap((part) => part.figures.map(({ name }) => [name, commitOf(part.sources)])) : []);
  const start = performance.now();
  const stderr = (text: string): void => console.error(`${((performance.now() - start) / 1000).toFixed(0).padStart(4)} s  ${text}`);
  if (countsAsserts) stderr(ASSERTS);
  const result = await measureAll(parts, context, stderr);
  if (options.record) {
    record(result.figures, (name) => commits.get(name) as string);
    if (parts.includes(bytes)) writeBudget(await measuredBudget());
    if (parts.includes(roundTrips)) writeFileSync(join(ROOT, ROUND_TRIPS_PAGE), await roundTripsPage());
  }
  console.log(options.json ? JSON.stringify(result.figures, null, 2) : report(result));
  if (countsAsserts && !options.json) console.log(`\nwarning: ${ASSERTS}`);
  for (const failure of result.failures) console.error(`failed: ${failure}`);
  if (result.failures.length) process.exitCode = FAILED;
}

await runCommandLine("bench", command);

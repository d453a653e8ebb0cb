/**
 * `npm run bench`: the figures that can be measured here, against their targets and what was recorded last.
 * What cannot be measured is said.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { ROOT } from "../project/root.ts";
import { FAILED, runCommandLine } from "../command-line/run.ts";
import { collectedFrom } from "../command-line/values.ts";
import { bytes } from "./bytes.ts";
import { figuresOf } from "./figure.ts";
import type { BenchContext, Figure, Measured, Part } from "./figure.ts";
import { hash } from "./hash.ts";
import { memory } from "./memory.ts";
import { month } from "./month.ts";
import { update } from "./update.ts";
import { queue } from "./queue.ts";
import { readRecorded, record } from "./record.ts";
import { ROUND_TRIPS_PAGE, roundTrips, roundTripsPage } from "./round-trips.ts";
import { slices } from "./slices.ts";
import { number, table } from "./table.ts";
import { yardstick } from "./yardstick.ts";

const PARTS: readonly Part[] = [yardstick, bytes, memory, hash, slices, queue, roundTrips, update, month];
const NAMES = PARTS.map((part) => part.name);

interface Options {
  json?: boolean;
  only?: string[];
  peerAt?: string;
  record?: boolean;
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
  .option("--record", "writes docs/figures.json, and docs/round-trips.md where they were measured")
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
    result.figures.push(...figuresOf(part, measured, why, recorded));
  }
  return result;
}

function report({ figures, details }: Result): string {
  const isMissing = (figure: Figure): boolean => figure.now === null;
  const value = (n: number | null, unit: string): string => (n === null ? "-" : `${number(n)}${unit && ` ${unit}`}`);
  const rows = figures.map((figure) => {
    const { title, unit, target, now, recorded, met } = figure;
    const verdict = met === null ? "" : met ? "met" : "MISSED";
    return [title, value(target, unit), value(now, unit), value(recorded, unit), verdict, isMissing(figure) ? "" : figure.on];
  });
  const missing = figures.filter(isMissing).map(({ title, on }) => `  ${title}: ${on}`);
  const notMeasured = missing.length ? [`not measured:\n${missing.join("\n")}`] : [];
  return [table(["figure", "target", "now", "recorded", "", "measured on"], rows), ...notMeasured, ...details].join("\n\n");
}

async function run(options: Options): Promise<void> {
  const context: BenchContext = {
    espruino: process.env["ESPRUINO"],
    espruino64: process.env["ESPRUINO64"],
    peerAt: options.peerAt,
    progress: () => {},
  };
  const start = performance.now();
  const stderr = (text: string): void => console.error(`${((performance.now() - start) / 1000).toFixed(0).padStart(4)} s  ${text}`);
  const parts = PARTS.filter((part) => !options.only || options.only.includes(part.name));
  const result = await measureAll(parts, context, stderr);
  if (options.record) {
    record(result.figures);
    if (parts.includes(roundTrips)) writeFileSync(join(ROOT, ROUND_TRIPS_PAGE), await roundTripsPage());
  }
  console.log(options.json ? JSON.stringify(result.figures, null, 2) : report(result));
  for (const failure of result.failures) console.error(`failed: ${failure}`);
  if (result.failures.length) process.exitCode = FAILED;
}

await runCommandLine("bench", command);

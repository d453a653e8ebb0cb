/** Tests and the tools that run beside them, from the command line to the exit code. */
import { availableParallelism } from "node:os";
import { InvalidArgumentError, Option } from "commander";
import { FAILED } from "../command-line/run.ts";
import { ROOT } from "../project/root.ts";
import type { Wanted } from "./files.ts";
import { keepSeen, readSeen } from "./record.ts";
import { startRun } from "./run.ts";
import { runTool } from "./tool.ts";
import type { ToolCommand } from "./tool.ts";

export interface SessionOptions {
  jobs: number;
  /** Seconds. */
  silence: number;
}

export const JOBS = new Option("--jobs <n>", "processes that run tests at a time").argParser(positive).default(availableParallelism());
export const SILENCE = new Option("--silence <seconds>", "a file from which nothing comes for so long is ended")
  .argParser(positive)
  .default(300);

function positive(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError("It must be a whole number from 1.");
  return n;
}

/** Sets the exit code. */
export async function runSession(wanted: Wanted, tools: readonly ToolCommand[], options: SessionOptions): Promise<void> {
  const tests = startRun({
    ...wanted,
    root: ROOT,
    jobs: options.jobs,
    silenceMs: options.silence * 1000,
    seen: readSeen(),
    out: process.stdout,
  });
  const failures: string[] = [];
  const ended = tools.map(async (tool) => {
    const failure = await runTool(tool);
    if (failure === null) return;
    tests.progress.print(failure);
    failures.push(failure);
  });
  keepSeen(await tests.done);
  await Promise.all(ended);
  tests.progress.summary(failures);
  if (!tests.tally.passed || failures.length) process.exitCode = FAILED;
}

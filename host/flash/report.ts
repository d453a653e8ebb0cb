/** What was done to one board: for a production line's records. Nothing in it is secret. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { InterruptedError } from "../command-line/signals.ts";
import { deviceNameOf } from "./job.ts";
import type { FlashJob } from "./job.ts";
import type { StepRecord } from "./steps.ts";

/** Of a flash that has begun: all that is known when it ends before its files are built. */
export interface Beginning {
  /** `running`: it has not come to an end yet, or to none that could still be written down. */
  result: "running" | "done" | "failed" | "interrupted";
  /** The message of the failure. */
  reason?: string;
  startedAt: string;
  board: string;
  port: string;
}

export interface Report extends Beginning {
  method: string;
  product: { name: string; version: string };
  /** Of the identity, of which nothing else is told; `null`: none was given, or it has none. */
  deviceName: string | null;
  identity: "written" | "kept" | "none";
  /** The firmware's files; those of the identity are secret, and left out. */
  files: { name: string; size: number; sha256: string }[];
  sealed: FlashJob["seal"] | null;
  steps: StepRecord[];
}

export function endOf(beginning: Beginning, failure?: Error): Beginning {
  if (!failure) return { ...beginning, result: "done" };
  return { ...beginning, result: failure instanceof InterruptedError ? "interrupted" : "failed", reason: failure.message };
}

export function makeReport(job: FlashJob, method: string, beginning: Beginning, steps: StepRecord[], failure?: Error): Report {
  return {
    ...endOf(beginning, failure),
    method,
    product: { name: job.product.name, version: job.product.version },
    deviceName: deviceNameOf(job.own),
    identity: job.own.size ? "written" : job.hadIdentity === false ? "none" : "kept",
    files: [...job.files].map(([name, data]) => ({ name, size: data.length, sha256: createHash("sha256").update(data).digest("hex") })),
    sealed: failure ? null : (job.seal ?? null),
    steps,
  };
}

/** Not only its beginning: the files were built. */
export function isWhole(report: Beginning): report is Report {
  return "method" in report;
}

/** @throws {Error} naming the path, if it cannot be written. */
export function writeReport(path: string, report: Beginning): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  } catch (error) {
    throw new Error(`the report cannot be written: ${(error as Error).message}`);
  }
}

/** For a person. */
export function reportText(report: Report): string {
  const unit =
    report.deviceName ??
    { written: "identity without a device name", kept: "the identity it had", none: "NO IDENTITY: give it one with --identity" }[
      report.identity
    ];
  const seconds = report.steps.reduce((sum, { ms }) => sum + ms, 0) / 1000;
  return [
    `board      ${report.board} on ${report.port}, by ${report.method}`,
    `product    ${report.product.name} ${report.product.version}`,
    `unit       ${unit}`,
    `firmware   ${report.files.length} files, ${report.files.reduce((sum, { size }) => sum + size, 0)} bytes`,
    `console    ${report.sealed === "none" ? "none" : report.sealed === "password" ? "locked with a password" : "open"}`,
    `steps      ${report.steps.filter(({ result }) => result == "done").length} of ${report.steps.length} done in ${seconds.toFixed(1)} s`,
  ].join("\n");
}

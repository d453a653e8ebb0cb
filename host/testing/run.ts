/** Runs test files and shows what comes of them. */
import { join, relative } from "node:path";
import { longestFirst } from "./files.ts";
import type { Told } from "./messages.ts";
import { runPool } from "./pool.ts";
import type { FileEnd } from "./pool.ts";
import { Progress } from "./progress.ts";
import type { ProgressOutput } from "./progress.ts";
import type { SeenFiles } from "./record.ts";
import { Tally } from "./tally.ts";

export interface RunOptions {
  /** Folder that the files' paths are relative to. */
  root: string;
  files: readonly string[];
  /** Tests that it does not fit are skipped. A regular expression. */
  name?: string;
  /** Processes at a time. */
  jobs: number;
  /** A file that tells nothing for so long is ended. Real milliseconds. */
  silenceMs: number;
  closingMs?: number;
  /** From earlier runs. */
  seen: SeenFiles;
  out: ProgressOutput;
}

export interface Run {
  progress: Progress;
  tally: Tally;
  /** Resolves with what was seen when the last file has ended. */
  done: Promise<SeenFiles>;
}

export function startRun(options: RunOptions): Run {
  const { root } = options;
  const tally = new Tally();
  const progress = new Progress(options.out, options.files.length, tally);
  const names = new Map<string, string[]>();
  const seen: SeenFiles = {};

  function onTold(path: string, told: Told): void {
    const file = relative(root, path);
    if (told.ev == "test" || told.ev == "suite") names.set(file, [...(names.get(file) ?? []), told.names.at(-1) ?? ""]);
    progress.failed(tally.add(file, told));
    progress.moved(file);
  }

  function onEnd(path: string, { problems, output, ms }: FileEnd): void {
    const file = relative(root, path);
    const failures = tally.addProblems(file, problems);
    progress.failed(failures);
    if (tally.failures.some((one) => one.file == file)) progress.printed(output);
    progress.fileEnded(file);
    // With a name most tests were skipped: that says nothing about the file.
    if (options.name === undefined && !failures.length) seen[file] = { ms: Math.round(ms), names: names.get(file) ?? [] };
  }

  const done = runPool({
    ...options,
    files: longestFirst(options.files, options.seen).map((file) => join(root, file)),
    onTold,
    onEnd,
  });
  return { progress, tally, done: done.then(() => seen) };
}

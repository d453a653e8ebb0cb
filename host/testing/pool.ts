/** Hands test files to a few processes that stay, and ends what hangs. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { LOADER } from "../loader/loader.ts";
import { killChild, keepWithUs } from "../command-line/children.ts";
import type { Order, Told } from "./messages.ts";

export interface PoolOptions {
  /** Folder that tests begin in. */
  root: string;
  /** Paths, in the order in which they begin. */
  files: readonly string[];
  /** Processes at a time. */
  jobs: number;
  /** A file that tells nothing for so long is ended. Real milliseconds. */
  silenceMs: number;
  /** What a file has closed may take so long to be gone. Real milliseconds; default: 10 s. */
  closingMs?: number;
  /** Tests whose name does not fit are skipped. */
  name?: string;
  onTold(file: string, told: Told): void;
  onEnd(file: string, end: FileEnd): void;
}

export interface FileEnd {
  /** What is wrong with the file as a whole. */
  problems: string[];
  /** What it printed. */
  output: string;
  ms: number;
}

const CLOSING_MS = 10_000;
/** Before a new process says anything: on a busy machine. */
const START_MS = 60_000;

const REPORTER = join(import.meta.dirname, "reporter.ts");
const WORKER = join(import.meta.dirname, "worker.ts");

interface Process {
  child: ChildProcess;
  running: string[];
  output: string;
}

/** Resolves when all files have ended. The processes, and all that they have started, end with this one too. */
export async function runPool(options: PoolOptions): Promise<void> {
  const waiting = [...options.files];

  async function work(): Promise<void> {
    let process: Process | null = null;
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      process ??= start(options);
      process.output = "";
      const since = performance.now();
      const { problems, goesOn } = await runIn(process, file, options);
      options.onEnd(file, { problems, output: process.output, ms: performance.now() - since });
      if (goesOn) continue;
      killChild(process.child);
      process = null;
    }
    if (process) killChild(process.child);
  }

  await Promise.all(Array.from({ length: options.jobs }, work));
}

function start({ root, name }: PoolOptions): Process {
  const child = fork(WORKER, [], {
    execArgv: [
      `--import=${LOADER}`,
      `--test-reporter=${REPORTER}`,
      "--test-reporter-destination=stdout",
      ...(name === undefined ? [] : [`--test-name-pattern=${name}`]),
    ],
    cwd: root,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // Its own group, with all that its tests start.
    detached: true,
  });
  const process: Process = { child: keepWithUs(child), running: [], output: "" };
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => (process.output += text));
  return process;
}

function runIn(process: Process, file: string, options: PoolOptions): Promise<{ problems: string[]; goesOn: boolean }> {
  const { child } = process;
  process.running = [];
  return new Promise((resolve) => {
    let guard: NodeJS.Timeout;
    const finish = (problems: string[], goesOn: boolean): void => {
      clearTimeout(guard);
      child.off("message", onMessage).off("close", onClose);
      resolve({ problems, goesOn });
    };
    const listen = (moreMs = 0): void => {
      clearTimeout(guard);
      guard = setTimeout(() => {
        killChild(child);
        finish([`hangs: nothing came for ${options.silenceMs / 1000} s; the last to run was ${place(process.running)}`], false);
      }, options.silenceMs + moreMs);
    };
    const onMessage = (told: Told): void => {
      listen();
      if (told.ev == "running") process.running = told.names;
      if (told.ev == "file") finish(told.problems, told.goesOn);
      else options.onTold(file, told);
    };
    const onClose = (code: number | null, signal: string | null): void =>
      finish([`its process ended (${signal ?? `exit code ${code}`}): the last to run was ${place(process.running)}`], false);
    child.on("message", onMessage).on("close", onClose);
    listen(START_MS);
    child.send({ file, closingMs: options.closingMs ?? CLOSING_MS } satisfies Order);
  });
}

function place(names: readonly string[]): string {
  return names.length ? `"${names.join(" > ")}"` : "none of its tests";
}

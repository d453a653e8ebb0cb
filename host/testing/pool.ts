/** Hands test files to a few processes that stay, and ends what hangs. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { LOADER } from "../loader/loader.ts";
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

export interface Pool {
  /** Resolves when all files have ended. */
  done: Promise<void>;
  /** Ends the processes, and all that they have started. */
  kill(): void;
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

export function startPool(options: PoolOptions): Pool {
  const waiting = [...options.files];
  const processes = new Set<Process>();
  let killed = false;

  function start(): Process {
    const child = fork(WORKER, [], {
      execArgv: [
        `--import=${LOADER}`,
        `--test-reporter=${REPORTER}`,
        "--test-reporter-destination=stdout",
        ...(options.name === undefined ? [] : [`--test-name-pattern=${options.name}`]),
      ],
      cwd: options.root,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // Its own group, with all that its tests start.
      detached: true,
    });
    const process: Process = { child, running: [], output: "" };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => (process.output += text));
    processes.add(process);
    return process;
  }

  function end(process: Process): void {
    processes.delete(process);
    killGroup(process.child);
  }

  async function work(): Promise<void> {
    let process: Process | null = null;
    for (let file = waiting.shift(); file !== undefined && !killed; file = waiting.shift()) {
      process ??= start();
      process.output = "";
      const since = performance.now();
      const { problems, goesOn } = await runIn(process, file, options);
      options.onEnd(file, { problems, output: process.output, ms: performance.now() - since });
      if (goesOn) continue;
      end(process);
      process = null;
    }
    if (process) end(process);
  }

  const done = Promise.all(Array.from({ length: options.jobs }, work)).then(() => {});
  return {
    done,
    kill() {
      killed = true;
      for (const process of processes) killGroup(process.child);
    },
  };
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
        killGroup(child);
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

/** With what it has started. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** Instructions that the interpreter executes for a program, counted by valgrind's callgrind: exact, whatever else the machine does. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killChild, startChild } from "../command-line/children.ts";

/** A run under valgrind takes seconds; one that takes minutes hangs. */
const LIMIT_MS = 180_000;

export interface Run {
  instructions: number;
  /** What the program printed. */
  output: string;
}

/** What was executed between two marks. */
export interface Part {
  /** The function that was about to be called: the mark that ended it. `""`: the program's end. */
  end: string;
  /** Of the interpreter's own thread; the one that reads UARTs stands for hardware. */
  instructions: number;
  /** How often functions of `WATCHED` were called. */
  calls: Readonly<Partial<Record<Watched, number>>>;
}

/** Functions whose calls say what a part did: timers run, writes to a UART. */
const WATCHED = ["jsiExecuteEventCallbackArgsArray", "jswrap_serial_write"] as const;
export type Watched = (typeof WATCHED)[number];

/**
 * Where the Linux port waits for room in its transmit queue, which a thread empties a byte at a time. On a board an interrupt does, and the firmware writes
 * in pieces that fit: these functions' own instructions are time on the PC, not work.
 */
const WAITING = new Set([
  "jshTransmit",
  "jshTransmitClearDevice",
  "jshGetCharToTransmit",
  "jshBusyIdle",
  "jshIsUSBSERIALConnected",
  "jshIsInInterrupt",
]);

/** Why nothing can be counted with `binary`; `""`: it can. */
export function callgrindMissing(binary: string | undefined): string {
  if (!binary) return "ESPRUINO64 is not set: no interpreter to count on";
  return spawnSync("valgrind", ["--version"]).status === 0 ? "" : "valgrind is not installed";
}

/** An assertion of the interpreter (`src/jsdevices.c`), whose text is in every build that has them. */
const ASSERTION = "channel >= EV_EXTI0 && channel <= EV_EXTI_MAX";

/** The interpreter was not built with `RELEASE=1`: its assertions are counted, too. */
export function hasAsserts(binary: string): boolean {
  return existsSync(binary) && readFileSync(binary).includes(ASSERTION);
}

/** How much slower the program's clock goes under valgrind than the world's: so much as it is slowed down itself, so that timers fall where they do on a board. */
const SLOWER = 10;

/** The library that slows a program's clock (libfaketime); `undefined` where it is not installed. */
function clockLibrary(): string | undefined {
  return ["/usr/lib", "/usr/local/lib"]
    .flatMap((folder) => [folder, ...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [])])
    .map((folder) => join(folder, "faketime/libfaketime.so.1"))
    .find((path) => existsSync(path));
}

/** Why programs in real time cannot be counted here, or `""`. */
export function slowClockMissing(): string {
  return clockLibrary() ? "" : "libfaketime is not installed (Debian: faketime)";
}

/**
 * Boots `image` and counts until the program calls `E.reboot()`, which ends the Linux port.
 * @throws {Error} if it does not end, or prints an error of the interpreter.
 */
export function countInstructions(binary: string, image: Buffer): Promise<Run> {
  return inFolder(image, (folder) => run(callgrind("/dev/null"), binary, folder));
}

/** The same run, cut each time before one of the functions `marks` is called. */
export function splitInstructions(binary: string, image: Buffer, marks: readonly string[]): Promise<{ parts: Part[]; output: string }> {
  return inFolder(image, async (folder) => {
    const file = join(folder, "callgrind.out");
    const { output } = await run(callgrind(file, marks), binary, folder);
    return { parts: readParts(readFileSync(file, "latin1")), output };
  });
}

/**
 * The program, with its arguments, that runs an interpreter so that `file` gets its counts. Names are bound before anything is counted. The thread that stands for
 * the transmitter gets its turn: without, its bytes go out one by one while the program works, and a publish takes longer than its deadline.
 * `isSlow`: its clock goes slower, too. Else a timer of 10 ms is due before the slice has ended that set it, and what a board does in two slices counts as one.
 */
export function callgrind(file: string, marks: readonly string[] = [], isSlow = false): string[] {
  const cuts = marks.map((mark) => `--dump-before=${mark}`);
  const options = ["--separate-threads=yes", "--combine-dumps=yes", `--callgrind-out-file=${file}`];
  return [
    "env",
    "LD_BIND_NOW=1",
    ...(isSlow ? [`LD_PRELOAD=${clockLibrary() ?? ""}`, `FAKETIME=+0 x${1 / SLOWER}`, "FAKETIME_DONT_FAKE_MONOTONIC=1"] : []),
    "valgrind",
    "--tool=callgrind",
    "--fair-sched=yes",
    ...cuts,
    ...(marks.length ? options : options.slice(2)),
  ];
}

interface Open {
  end: string;
  instructions: number;
  calls: Partial<Record<Watched, number>>;
}

/** The parts in callgrind's file, in their order in time ("Callgrind Profile Format Specification", valgrind manual). */
export function readParts(text: string): Part[] {
  const parts: Part[] = [];
  const names = new Map<string, string>();
  let part: Open | null = null;
  let isMain = false;
  let own = "";
  let called = "";
  let isCallCost = false;
  const nameOf = (reference: string): string => {
    const [, id = "", name] = /^\((\d+)\)(?: (.*))?$/.exec(reference) ?? [];
    if (name !== undefined) names.set(id, name);
    return names.get(id) ?? reference;
  };
  for (const line of text.split("\n")) {
    const equals = line.indexOf("=");
    if (line.startsWith("part: ")) part = { end: "", instructions: 0, calls: {} } as Open;
    else if (line.startsWith("thread: ")) isMain = line == "thread: 1";
    else if (line.startsWith("desc: Trigger: ") && part) part.end = line.split("--dump-before=")[1] ?? "";
    else if (line.startsWith("fn=")) own = nameOf(line.slice(3));
    else if (line.startsWith("cfn=")) called = nameOf(line.slice(4));
    else if (line.startsWith("calls=")) {
      isCallCost = true;
      const watched = WATCHED.find((name) => name == called);
      if (watched && part && isMain) part.calls[watched] = (part.calls[watched] ?? 0) + parseInt(line.slice(6));
    } else if (line.startsWith("totals: ") && part) {
      part.instructions += Number(line.slice(8));
      if (isMain) parts.push(part);
      part = null;
    } else if (/^[\d+*-]/.test(line) && equals < 0) {
      if (!isCallCost && WAITING.has(own) && part && isMain) part.instructions -= Number(line.split(" ")[1]);
      isCallCost = false;
    }
  }
  return parts;
}

async function inFolder<T>(image: Buffer, act: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "espruino-bench-"));
  try {
    writeFileSync(join(folder, "espruino.flash"), image);
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run([program = "", ...args]: readonly string[], binary: string, folder: string): Promise<Run> {
  return new Promise((resolve, reject) => {
    // Standard input stays open: at end-of-file the interpreter's console floods.
    const child = startChild(program, [...args, binary], folder);
    let output = "";
    let log = "";
    const guard = setTimeout(() => killChild(child), LIMIT_MS);
    child.stdout.setEncoding("latin1").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("latin1").on("data", (text: string) => (log += text));
    child.on("error", (error) => reject(new Error(`valgrind: ${error.message}`)));
    child.on("close", () => {
      clearTimeout(guard);
      const collected = /Collected : (\d+)/.exec(log)?.[1];
      const uncaught = /Uncaught .*/.exec(output)?.[0];
      if (uncaught) reject(new Error(`on the interpreter: ${uncaught}`));
      else if (!collected) reject(new Error(`no count from valgrind: ${log.trim().split("\n").pop() ?? ""}`));
      else resolve({ instructions: Number(collected), output });
    });
  });
}

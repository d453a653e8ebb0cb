/**
 * The genuine interpreter on a PC: Espruino's Linux binary, booted from an `espruino.flash` as a board boots. It ends where a board
 * restarts (`E.reboot`), has no watchdog and no pins: this supervisor plays all three.
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killChild, startChild } from "../command-line/children.ts";

export interface InterpreterOptions {
  /** The Linux binary (`ESPRUINO`). */
  binary: string;
  /** A program and its arguments that the binary is run by, such as `valgrind`. */
  runner?: readonly string[];
  /** A folder of its own: the Storage image and the pins live there. */
  folder: string;
  /** Content of `espruino.flash`; what the program writes survives its restarts. */
  image: Buffer;
  /** A line that the program printed, one character per byte. */
  print(line: string): void;
  /** The program wrote a level to one of `pins` (see `pinPath`). */
  onPin?(name: string, level: 0 | 1): void;
  /** Names of pins; the path that the firmware writes to is `pinPath(folder, name)`. */
  pins?: readonly string[];
  /** The process ended by itself and is started again. */
  onRestart?(code: number | null): void;
  /** It ended too often, or cannot be started; nothing runs any more. */
  onFailure?(error: Error): void;
  /** Restarts until it is given up. */
  maxRestarts?: number;
  /** The watchdog: a program that prints nothing for this long is ended and started again. 0 or absent: none. */
  watchdogMs?: number;
}

/** A key is pressed for half a second: looking this often cannot miss it. */
const PIN_POLL_MS = 20;
/** Between the end of the process and its next start: a program that always fails must not take the whole PC. */
const RESTART_MS = 100;

/** The file that stands for a pin: it takes `0` and `1`, as the `value` file of a sysfs GPIO does. */
export function pinPath(folder: string, name: string): string {
  return join(folder, `pin-${name}`);
}

export class Interpreter {
  restarts = 0;
  private child: ChildProcessWithoutNullStreams | null = null;
  private stopped = true;
  private restartTimer: NodeJS.Timeout | undefined;
  private pinTimer: NodeJS.Timeout | undefined;
  private watchdogTimer: NodeJS.Timeout | undefined;
  private readonly levels = new Map<string, string>();

  constructor(private readonly options: InterpreterOptions) {}

  start(): void {
    const { folder, image, pins = [] } = this.options;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "espruino.flash"), image, { mode: 0o600 });
    for (const name of pins) writeFileSync(pinPath(folder, name), "");
    this.stopped = false;
    this.pinTimer = setInterval(() => this.readPins(), PIN_POLL_MS);
    this.spawn();
  }

  /** Types a line on the interpreter's console, which runs it as a program. */
  type(line: string): void {
    this.child?.stdin.write(`${line}\n`, "latin1");
  }

  /** Ends the process that was started here, and waits for its end. */
  async kill(): Promise<void> {
    this.stopped = true;
    clearInterval(this.pinTimer);
    clearTimeout(this.restartTimer);
    clearTimeout(this.watchdogTimer);
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    killChild(child);
    await ended;
  }

  private spawn(): void {
    // Without arguments it boots from the Storage. Its standard input stays open: at end-of-file its console floods.
    const [program = "", ...args] = [...(this.options.runner ?? []), this.options.binary];
    const child = startChild(program, args, this.options.folder);
    const lines = new LineReader((line) => this.line(line));
    this.child = child;
    this.kick();
    child.stdout.setEncoding("latin1").on("data", (text: string) => lines.feed(text));
    // What it says there is about the binary (size of a variable, signal handlers), not about the program.
    child.stderr.resume();
    child.stdin.on("error", () => {});
    child.on("error", (error) => this.fail(new Error(`${program}: cannot be started: ${error.message}`)));
    child.on("close", (code) => this.ended(code));
  }

  private line(line: string): void {
    this.kick();
    // The Linux port's way to say that E.reboot was called.
    if (line != "Not implemented") this.options.print(line);
  }

  private ended(code: number | null): void {
    clearTimeout(this.watchdogTimer);
    if (this.stopped) return;
    const limit = this.options.maxRestarts ?? 20;
    if (++this.restarts > limit)
      return this.fail(new Error(`the interpreter ended ${this.restarts} times, last with ${code ?? "a signal"}`));
    this.options.onRestart?.(code);
    this.restartTimer = setTimeout(() => this.spawn(), RESTART_MS);
  }

  private fail(error: Error): void {
    if (this.stopped) return;
    this.stopped = true;
    clearInterval(this.pinTimer);
    this.options.onFailure?.(error);
  }

  private kick(): void {
    clearTimeout(this.watchdogTimer);
    const ms = this.options.watchdogMs ?? 0;
    if (ms && !this.stopped) this.watchdogTimer = setTimeout(() => this.child && killChild(this.child), ms);
  }

  private readPins(): void {
    for (const name of this.options.pins ?? []) {
      const text = readFileSync(pinPath(this.options.folder, name), "latin1").trim();
      // Empty: it is being written just now, or was never.
      if (text === "" || text === this.levels.get(name)) continue;
      this.levels.set(name, text);
      this.options.onPin?.(name, text == "1" ? 1 : 0);
    }
  }
}

/** Lines of the console without its prompt and the escape sequences that move it out of the way. */
export class LineReader {
  private rest = "";

  constructor(private readonly onLine: (line: string) => void) {}

  feed(text: string): void {
    const parts = (this.rest + text).split("\n");
    this.rest = parts.pop() ?? "";
    for (const part of parts) {
      const line = part.replace(/^>?\r\x1b\[J/, "").replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, "");
      if (line) this.onLine(line);
    }
  }
}

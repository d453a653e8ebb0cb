/**
 * One start of a board: its world, its modules, and how callbacks of the program are run. Natives are built on it, one file per subject;
 * a restart throws it away as a whole.
 */
import { compileFunction, Script } from "node:vm";
import { PowerCut } from "../flash-model/flash.ts";
import type { FlashStorage } from "../flash-model/storage.ts";
import type { Clock } from "../time/clock.ts";
import { Listeners } from "./events.ts";
import { makeRealm } from "./realm.ts";
import type { Realm, RealmSources } from "./realm.ts";
import { BoardTimers } from "./timers.ts";

export interface ProgramOptions {
  clock: Clock;
  storage: FlashStorage;
  print(line: string): void;
  /** The power failed while the program wrote to flash. */
  onPowerCut(): void;
  sources: RealmSources;
}

/** Thrown by natives of a start that is over, so that its code ends too. */
const HALTED = new Error("the board restarted");

export class Program {
  readonly realm: Realm;
  readonly timers: BoardTimers;
  /** `E` and `process`. */
  readonly events = new Listeners();
  readonly clock: Clock;
  readonly print: (line: string) => void;
  private readonly storage: FlashStorage;
  private readonly onPowerCut: () => void;
  private readonly loaded = new Map<string, unknown>();
  private readonly builtin = new Map<string, () => unknown>();
  /** Work of natives that the clock holds. */
  private readonly scheduled = new Set<number>();
  private errorFlags = new Set<string>();
  private alive = true;
  private busyUntil = 0;

  constructor(options: ProgramOptions) {
    this.clock = options.clock;
    this.storage = options.storage;
    this.print = options.print;
    this.onPowerCut = () => options.onPowerCut();
    this.realm = makeRealm(options.sources);
    this.timers = new BoardTimers(options.clock);
  }

  /** Ends it: nothing of it runs any more. */
  end(): void {
    this.alive = false;
    this.timers.clearAll();
    for (const id of this.scheduled) this.clock.clearTimeout(id);
    this.scheduled.clear();
    this.events.removeAll();
  }

  get modules(): string[] {
    return [...this.loaded.keys()];
  }

  /** Names for the program: functions become natives, the rest is taken as it is. */
  define(names: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(names)) {
      this.realm.context[name] = typeof value == "function" ? this.native(value as (...args: never[]) => unknown) : value;
    }
  }

  /** An object of natives. */
  object(members: Record<string, unknown>): object {
    const natives = Object.entries(members).map(([name, value]) => [
      name,
      typeof value == "function" ? this.native(value as (...args: never[]) => unknown) : value,
    ]);
    return this.realm.object(Object.fromEntries(natives) as object);
  }

  /** A module that `require` finds without a file. */
  addModule(name: string, make: () => unknown): void {
    this.builtin.set(name, make);
  }

  /** @throws the program's own kind of error: no such module, or what its text throws. */
  require(name: string): unknown {
    const loaded = this.loaded.get(name);
    if (loaded) return loaded;
    const builtin = this.builtin.get(name)?.();
    if (builtin === undefined) this.addSource(name, this.storage.read(name)?.toString("latin1"));
    else this.loaded.set(name, builtin);
    return this.loaded.get(name);
  }

  /** Runs a module's text. It stays loaded with what it has exported, even if it throws. @throws {Error} without a text. */
  addSource(name: string, source: string | undefined): void {
    if (!source) throw new Error(`Module "${name}" not found`);
    const exports = this.realm.object({});
    const module = this.realm.object({ exports }) as { exports: unknown };
    try {
      const options = { parsingContext: this.realm.context, filename: name };
      compileFunction(source, ["exports", "module"], options).call(exports, exports, module);
    } finally {
      this.loaded.set(name, module.exports);
    }
  }

  removeModule(name: string): void {
    if (!this.loaded.delete(name)) throw new Error(`Module "${name}" not found`);
  }

  /** Runs a Storage file as boot code, if it is there. An exception is printed. */
  runFile(name: string): boolean {
    const source = this.storage.read(name);
    if (!source) return false;
    this.call(() => new Script(source.toString("latin1"), { filename: name }).runInContext(this.realm.context));
    return true;
  }

  /** Runs a callback of the program. What it throws is told to `process.on("uncaughtException")`, or printed; the board goes on. */
  call(fn: (...args: never[]) => unknown, ...args: unknown[]): void {
    if (!this.alive) return;
    try {
      (fn as (...args: unknown[]) => unknown)(...args);
    } catch (error) {
      if (error !== HALTED) this.uncaught(error);
    }
  }

  /** Runs `fn` from the clock, after the program's current slice, unless the start is over by then. */
  later(fn: () => void, ms = 0): void {
    const id = this.clock.setTimeout(() => {
      this.scheduled.delete(id);
      fn();
    }, ms);
    this.scheduled.add(id);
  }

  /** Runs `fn` as the idle loop does: not while a slice is running. */
  idle(fn: () => void): void {
    const wait = this.busyUntil - this.clock.now();
    if (wait > 0) this.later(() => this.idle(fn), wait);
    else fn();
  }

  /** The program is busy for `ms` milliseconds: no callback runs, input piles up. */
  stall(ms: number): void {
    this.busyUntil = this.clock.now() + ms;
  }

  /** Sets an error flag, and tells it to `E.on("errorFlag")` if it was not set. */
  setFlag(flag: string): void {
    if (this.errorFlags.has(flag)) return;
    this.errorFlags.add(flag);
    this.later(() => this.idle(() => this.emit("E", "errorFlag", this.realm.array([flag]))));
  }

  takeFlags(): string[] {
    const flags = [...this.errorFlags];
    this.errorFlags = new Set();
    return flags;
  }

  /** Tells listeners of `E` or `process` now. Returns whether there was one. */
  emit(object: "E" | "process", event: string, ...args: unknown[]): boolean {
    const listeners = this.events.of(`${object}.${event}`);
    for (const listener of listeners) this.call(listener, ...args);
    return listeners.length > 0;
  }

  /** The program cannot go on: its code ends at its next native call, this one. */
  halt(): never {
    throw HALTED;
  }

  /** A function for the program: its errors become the program's own, and it ends code of an earlier start. */
  native(fn: (...args: never[]) => unknown): (...args: unknown[]) => unknown {
    return (...args) => {
      if (!this.alive) throw HALTED;
      try {
        return (fn as (...args: unknown[]) => unknown)(...args);
      } catch (error) {
        if (error instanceof PowerCut) {
          this.onPowerCut();
          this.halt();
        }
        throw error instanceof Error && error !== HALTED ? this.realm.error(error.message) : error;
      }
    };
  }

  private uncaught(error: unknown): void {
    const listeners = this.events.of("process.uncaughtException");
    if (listeners.length) {
      try {
        for (const listener of listeners) listener(error);
        return;
      } catch (second) {
        error = second;
      }
    }
    if (error === HALTED) return;
    this.print(`Uncaught ${String(error)}`);
    for (const frame of frames(error)) this.print(` at ${frame}`);
  }
}

/** Places in the program's files, innermost first. */
function frames(error: unknown): string[] {
  const stack = (error as { stack?: unknown } | undefined)?.stack;
  if (typeof stack != "string") return [];
  return [...stack.matchAll(/at (?:.*\()?([\w.-]+:\d+:\d+)\)?$/gm)].map((match) => match[1] as string).slice(0, 5);
}

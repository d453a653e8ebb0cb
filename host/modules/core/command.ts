/** What a command line is made of, and what a command may answer. */
import type { Latency } from "./random.ts";

/** Ends a command line: `ERROR`, or `+CME ERROR: <cme>` as CMEE says. */
export class AtError extends Error {
  constructor(readonly cme: number | null = null) {
    super(cme === null ? "ERROR" : `+CME ERROR: ${cme}`);
  }
}

/** An argument that is missing, of the wrong type or out of range. */
export class ArgumentError extends Error {}

export interface Argument {
  text: string;
  quoted: boolean;
}

/** `read` X?, `test` X=?, `write` X=..., `run` X. */
export type Form = "read" | "test" | "write" | "run";

export interface Call {
  /** Upper case, with its `+`. */
  name: string;
  args: Args;
  /** When the line was complete: late results are counted from here. */
  startedAt: number;
}

/** An answer and what comes after it. */
export interface Answer {
  kind: "answer";
  /** The final result in place of OK; null: there is none. */
  result?: string | null;
  /** One block of lines before the final result. */
  info?: string[];
  /** Bytes (one character each) before the final result that bring their own framing. */
  raw?: string;
  /** A URC in one piece with the final result: no other comes between them. */
  tail?: string;
  latency?: Latency;
  /** Runs when the final result was given to the transmitter. */
  then?: () => void;
}

export type Ended = "full" | "ctrl-z" | "escape" | "silence";

/** Data mode: a prompt, bytes from the host, then a reply. */
export interface Collect {
  kind: "collect";
  prompt: string;
  /** Bytes to come; null: until 0x1A, given up by 0x1B. */
  length: number | null;
  /** 0x1B is data. */
  noEscape?: boolean;
  /** Bytes kept when `length` is null. */
  limit?: number;
  /** Ends data mode when nothing comes for so long; with `fromPrompt`, so long after the prompt, whatever comes. */
  silenceMs: number;
  fromPrompt?: boolean;
  /** `+++` between two seconds of silence ends data mode. */
  plusEscape?: boolean;
  /** The data are echoed, when echo is on or in any case. */
  echo?: boolean | "always";
  /** An `A` after each so many bytes. */
  ackEvery?: number;
  /** So many bytes are lost. */
  lose?: number;
  latency?: Latency;
  done(data: Buffer, ended: Ended): Reply;
}

/** Takes its time, then decides. Bytes that come meanwhile are lost if `deaf`. */
export interface Wait {
  kind: "wait";
  latency: Latency;
  deaf?: boolean;
  next(): Reply;
}

/** Goes on when something outside the port says so: a connection that opens, a body that arrives. */
export interface Pending {
  kind: "pending";
  /** Said first; from then on the line belongs to data of the module: what the host sends is lost, URCs wait. */
  prompt?: string;
  latency?: Latency;
  /** `write` sends data as they are. `end` says what follows: once, and never after the module stopped. */
  start(write: (bytes: Buffer) => void, end: (next: () => Reply) => void): void;
}

export type Reply = Answer | Collect | Wait | Pending;

/** The forms that a command has; one that is missing answers `ERROR`. */
export interface Command {
  /** Lines of the answer to `X=?`. */
  test?: () => string[];
  testLatency?: Latency;
  read?: (call: Call) => Reply;
  write?: (call: Call) => Reply;
  run?: (call: Call) => Reply;
}

export type CommandTable = Record<string, Command>;

export function ok(...info: string[]): Answer {
  return info.length > 0 ? { kind: "answer", info } : { kind: "answer" };
}

export function okThen(then: () => void): Answer {
  return { kind: "answer", then };
}

/** The arguments of one command. Positions count from 0; an argument that is left out or empty takes its default. */
export class Args {
  constructor(private readonly list: readonly Argument[]) {}

  get count(): number {
    return this.list.length;
  }

  has(i: number): boolean {
    const argument = this.list[i];
    return argument !== undefined && (argument.quoted || argument.text !== "");
  }

  /** A number from `min` to `max`; without `fallback` it must be there. */
  int(i: number, min: number, max: number, fallback?: number): number {
    if (!this.has(i)) return given(fallback, i);
    const { text, quoted } = this.list[i] as Argument;
    const value = Number(text);
    if (quoted || !/^-?\d+$/.test(text) || value < min || value > max) throw new ArgumentError(`argument ${i + 1}`);
    return value;
  }

  /** A quoted string of at most `max` bytes. */
  text(i: number, max: number, fallback?: string): string {
    if (!this.has(i)) return given(fallback, i);
    const { text, quoted } = this.list[i] as Argument;
    if (!quoted || text.length > max) throw new ArgumentError(`argument ${i + 1}`);
    return text;
  }

  /** A string of at most `max` bytes, quoted or not; what is beyond ASCII, typographic quotes above all, must be quoted. */
  anyText(i: number, max: number, fallback?: string): string {
    if (!this.has(i)) return given(fallback, i);
    const { text, quoted } = this.list[i] as Argument;
    if (text.length > max || (!quoted && /[^ -~]/.test(text))) throw new ArgumentError(`argument ${i + 1}`);
    return text;
  }

  /** As it came, quoted or not. */
  word(i: number): string {
    const argument = this.list[i];
    if (!argument) throw new ArgumentError(`argument ${i + 1}`);
    return argument.text;
  }

  /** At least `min`, at most `max` arguments. */
  expect(min: number, max: number): void {
    if (this.count < min || this.count > max) throw new ArgumentError(`${this.count} arguments`);
  }
}

function given<T>(fallback: T | undefined, i: number): T {
  if (fallback === undefined) throw new ArgumentError(`argument ${i + 1}`);
  return fallback;
}

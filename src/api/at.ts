/** Commands to the module and what comes back. */

/** A line fits a text if it starts with it, an expression if that matches. */
export type Shape = string | RegExp;

export interface Command {
  /** The command line without its CR. */
  at: string;
  /** Lines that are the answer. Any other line is a URC or noise. Absent: only a final result code is awaited. */
  want?: Shape;
  /** Milliseconds until the final result code: the manual's maximum. */
  ms: number;
  /** The line with the result, which follows `OK` (or precedes it): a two-stage command. */
  late?: Shape;
  /** Milliseconds from `OK` to that line. */
  lateMs?: number;
  /** Sent when the module asks for it. */
  data?: string;
  /** The line that asks: `CONNECT`. Absent: the sign `>`. */
  prompt?: string;
  /** After the line `prompt` this many bytes are read and dropped. */
  skip?: number;
  /** A question whose late answer cannot be mistaken (`AT`): no quarantine after a timeout. */
  probe?: boolean;
}

/**
 * `refused`: the final result code was an error; `timeout`: none came; `late`: `OK` came, the result did not;
 * `reset`: the module restarted or the link gave up.
 */
export type ResultError = "" | "refused" | "timeout" | "late" | "reset";

export interface Result {
  error: ResultError;
  /** Number of `+CME ERROR: n`, else -1. */
  code: number;
  /** The answer: lines that fit `want`, joined by LF; without the prefix if `want` is a text. */
  text: string;
  /** The line that fits `late`, likewise. */
  late: string;
}

export type OnResult = (result: Result) => void;

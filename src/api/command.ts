/** Commands to the module and what comes back. */

export interface Command {
  /** The command line without its CR. */
  at: string;
  /** Lines that begin so are the answer. Any other line is a URC or noise. */
  want?: string;
  /** Where a beginning does not tell: lines that match are the answer. Neither of the two: only a final result code is awaited. */
  like?: RegExp;
  /** Milliseconds until the final result code: the manual's maximum. */
  ms: number;
  /** How the line with the result begins, which follows `OK` (or precedes it): a two-stage command. */
  late?: string;
  /** The same, where a beginning does not tell. */
  lateLike?: RegExp;
  /** No `OK` comes with that line: it ends the command. */
  bare?: boolean;
  /** Milliseconds from `OK` to that line. */
  lateMs?: number;
  /** Sent when the module asks for it. */
  data?: string;
  /** The line that asks: `CONNECT`. Absent: the sign `>`. */
  prompt?: string;
  /**
   * If the module never asks for `data`: milliseconds of silence after which it waits no longer. Absent: its data mode can be cancelled.
   */
  quietMs?: number;
  /**
   * After the line that begins with `prompt` come this many bytes that are no lines, or as many as a number at its
   * end says. They are dropped.
   */
  skip?: number;
  /**
   * They are kept, as the answer, if they are not more than `skip` (those that came, if not all do); then comes `late`, which may be `OK`.
   */
  keep?: boolean;
  /** A question whose late answer cannot be mistaken (`AT`): no quarantine after a timeout. */
  probe?: boolean;
}

/** An MQTT packet on the board's own network. */
export interface Packet {
  bytes: string;
  /**
   * Type and, if there is one, identifier of the packet that acknowledges it (`4,17`); `""`: none does. What that
   * says is `late` of the result.
   */
  ack: string;
  /** Milliseconds until then. */
  ms: number;
}

/**
 * `refused`: the final result code was an error; `timeout`: none came; `unfinished`: `OK` came, the result did not;
 * `reset`: the module restarted or the link gave up.
 */
export type ResultError = "" | "refused" | "timeout" | "unfinished" | "reset";

export interface Result {
  error: ResultError;
  /** Number of `+CME ERROR: n`, else -1. */
  code: number;
  /** The answer: what follows `want`, or the lines that match `like`; several are joined by LF. */
  text: string;
  /** What follows `late`, or the line that matches `lateLike`; `""` while there is none. */
  late: string;
}

export type OnResult = (result: Result) => void;

/** What is done step by step: a list of what is to be done, which one runner works off (`src/script/`). */
import type { Command, Result } from "./command";

/** One step: a command, or a wait. */
export interface Step extends Partial<Command> {
  /** Instead of a command: milliseconds to wait (a signal of the module may end it). */
  waitMs?: number;
  /** What the result means: what is done before the script goes on. Absent: the result does not matter. */
  then?(result: Result): Script;
}

/**
 * What is to be done on the way up: a step; a command's mere text (`AT…`), whose refusal does not matter; a number, which is a wait of so many
 * milliseconds; several of these, one after the other; or a function that says it when its turn comes. Any other text is a failure, `name` or
 * `name: detail`. Nothing, `false`, `0` or `""`: go on.
 */
export type Script = Step | string | number | Script[] | (() => Script) | false | undefined;

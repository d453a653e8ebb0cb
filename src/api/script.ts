/** What is done step by step: a list of what is to be done, which one runner works off (`src/script/`). */
import type { Command, Result } from "./command";
import type { Path } from "./channel";
import type { World } from "./world";

/** A command. Without a time of its own it has the dialect's. */
export interface CommandStep extends Partial<Command> {
  at: string;
  /** What the result means: what is done before the script goes on. Absent: the result does not matter. */
  then?(result: Result): Script;
}

/** A wait; a signal of the module may end it. */
export interface WaitStep {
  waitMs: number;
  then?(result: Result): Script;
}

/** Something else that takes its time: `done` is told what came of it, which is `text` of the result. */
export interface TaskStep {
  start(done: (text: string) => void): void;
  /** Milliseconds until its error is `timeout`; 0: it always ends. */
  ms: number;
  then?(result: Result): Script;
}

export type Step = CommandStep | WaitStep | TaskStep;

/**
 * What is to be done: a step; a command's mere text (`AT…`), whose refusal does not matter; a number, which is a wait of so many
 * milliseconds; several of these, one after the other; or a function that says it when its turn comes. Any other text is a failure, which
 * ends the script. Nothing, `false`, `0` or `""`: go on.
 */
export type Script = Step | string | number | Script[] | (() => Script) | false | undefined;

/** The cold module `script`: the one runner. It is in memory while something is worked off. */
export interface ScriptModule {
  init(world: World): void;
  /**
   * Begins a script. Nothing is called after `cancel`.
   * `limitMs`: for all of it; 0: no limit. `done`: see `Run`.
   */
  run(script: Script, path: Path, limitMs: number, done: (failure: string) => void): Run;
  cancel(run: Run): void;
  /** Ends a wait before its time. */
  wake(run: Run): void;
}

/** A script that is worked off. */
export interface Run {
  /** What is still to be done; `null`: it has ended. */
  script: Script[] | null;
  /** The one in hand. */
  step: Step | null;
  /** Counts steps: what comes late of an earlier one is known by it. */
  turn: number;
  /** Commands go out over it. */
  path: Path;
  /** Told the failure that ended the script, or `""`. */
  done(failure: string): void;
  /** Ends the wait or the task of the step in hand; 0 without one. */
  timer: number;
  /** Ends the script. */
  limit: number;
  /** The module did not answer so often in a row. */
  silent: number;
}

/**
 * Works scripts off, a step at a time: sends commands and repeats those that nobody answers, waits, takes what comes of tasks, and ends
 * what takes too long. Nobody else does: the way up, signatures, requests and updates are scripts.
 */
import type { Command, Result, ResultError } from "../api/command";
import { Fault } from "../api/fault";
import type { Path } from "../api/channel";
import type { CommandStep, Run, Script, Step, TaskStep, WaitStep } from "../api/script";
import type { World } from "../api/world";

/** A command that nobody answers is sent this often. */
const SILENT_TRIES = 3;
/** Each further command of a line is given so much more. */
const FURTHER_MS = 1000;

let world: World;

export function init(theWorld: World): void {
  world = theWorld;
}

/**
 * Begins a script. Nothing is called after `cancel`.
 * `limitMs`: for all of it; 0: no limit. `done`: see `Run`.
 */
export function run(script: Script, path: Path, limitMs: number, done: (failure: string) => void): Run {
  const it: Run = { script: [], step: null, turn: 0, path: path, done: done, timer: 0, limit: 0, silent: 0 };
  if (limitMs) it.limit = world.after(() => end(it, Fault.Module + "timeout: no end after " + limitMs / 1000 + " s"), limitMs);
  proceed(it, script);
  return it;
}

export function cancel(it: Run): void {
  it.script = it.step = null;
  it.turn++;
  world.cancel(it.timer);
  world.cancel(it.limit);
}

/** Ends a wait before its time. */
export function wake(it: Run): void {
  if (it.step && (it.step as WaitStep).waitMs) finish(it, "", "");
}

function end(it: Run, failure: string): void {
  cancel(it);
  it.done(failure);
}

/** Up to the next step, the script's end or a failure. */
function proceed(it: Run, part: Script): void {
  let failure = "";
  try {
    while (it.script && !failure) {
      if (Array.isArray(part)) {
        it.script = part.concat(it.script);
        part = "";
      } else if (typeof part == "function") part = part();
      else if (!part) {
        if (!it.script.length) break;
        part = it.script.shift();
      } else if (typeof part == "number") part = { waitMs: part };
      else if (typeof part != "string") return perform(it, part);
      else if (part.startsWith("AT")) part = { at: part };
      else failure = part;
    }
  } catch (e) {
    failure = Fault.Board + "payload-refused: " + e;
  }
  if (it.script) end(it, failure);
}

function perform(it: Run, step: Step): void {
  const start = (step as Partial<TaskStep>).start;
  const ms = (step as WaitStep).waitMs || (step as TaskStep).ms;
  const turn = ++it.turn;
  it.step = step;
  if ((step as CommandStep).at) return send(it, step as Command);
  if (ms) it.timer = world.after(() => finish(it, start ? "timeout" : "", ""), ms);
  if (start)
    start((text) => {
      if (turn == it.turn) finish(it, "", text);
    });
}

function send(it: Run, step: Command): void {
  const turn = it.turn;
  if (!step.ms) step.ms = it.path.dialect.commandMs + (step.at.split(";").length - 1) * FURTHER_MS;
  it.path.channel.send(step, (result) => {
    if (turn != it.turn) return;
    if (result.error != "timeout" || step.probe) resume(it, result);
    else if (++it.silent < SILENT_TRIES) send(it, step);
    else end(it, Fault.Module + "module-silent: no answer to " + step.at.split("=")[0]);
  });
}

/** The wait or the task in hand has ended. */
function finish(it: Run, error: ResultError, text: string): void {
  world.cancel(it.timer);
  resume(it, { error: error, code: -1, text: text, late: "" });
}

function resume(it: Run, result: Result): void {
  const then = (it.step as Step).then;
  it.silent = it.timer = 0;
  it.step = null;
  proceed(it, then && (() => then(result)));
}

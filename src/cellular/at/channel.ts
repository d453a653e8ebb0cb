/**
 * The conversation with the module: one command in flight, a bounded queue, answers bound by their shape.
 * Whatever is not part of the answer in hand goes to the URC table or is counted as noise.
 */
import type { Command, OnResult, ResultError } from "../../api/command";
import type { AtDialect } from "../../api/channel";
import { Signal } from "../../api/link";
import type { World } from "../../api/world";
import * as reader from "./reader";

/** Commands that may wait. The link has one script and one publish; an overrun is a fault and is reported. */
const QUEUE_LIMIT = 4;
/** The least rest after a timeout; a late answer in it is swallowed. */
const QUARANTINE_MS = 1000;
/** A payload whose bytes stop for this long is given up (pauses in a body are normal: WioLTE issue 14). */
const PAYLOAD_GAP_MS = 5000;
/**
 * The same for the body of a reply, which comes from the network while it is handed over: the module gives up
 * first (QHTTPREAD is told 20 s).
 */
const BODY_GAP_MS = 25000;
/** Long lines and data go out in pieces that the board's transmit queue (256 bytes) takes without blocking the program. */
const PIECE = 256;
/** An answer of several lines is cut here. */
const ANSWER_LIMIT = 512;

/** How often the deadlines are looked at; what they may be late. */
export const TICK_MS = 250;

const enum Stage {
  /** Nothing in flight. */
  Idle,
  /** The final result code is awaited. */
  Sent,
  /** `OK` came; the line with the result is awaited. */
  Result,
  /** Given up; its late answer must not meet the next command. */
  Quarantine,
}

/** What went wrong without a command to blame. */
export interface Counters {
  /** Lines or payloads beyond the limits, or cut short. */
  overflows: number;
  lateReplies: number;
  /** Lines that nobody awaited. */
  unknown: number;
  /** Commands that found the queue full. */
  dropped: number;
}

let stage = Stage.Idle;
let command: Command;
let done: OnResult;
/** What was written for it (its echo), and how the lines of its answer begin. */
let sent = "";
let want: string | undefined;
/** Those lines, without their beginnings, joined by LF. */
let text = "";
/** The line with the result of a two-stage command, without its beginning. */
let late = "";
/** Milliseconds; set by `tick`, and fine enough for deadlines: a deadline that is reached is looked at one tick later. */
let now = 0;
let deadline = 0;
let world: World;
let dialect: AtDialect;
let onSignal: (signal: Signal, rest: string) => void;
/** Payload bytes missing when it was looked last, and when that number changed. */
let missing = 0;
let missingSince = 0;
/** A line or data on its way out, whose it is, and how much of it went. */
let outgoing = "";
let writer: Command | null = null;
let written = 0;
let pieceMs = 0;
let queue: [Command, OnResult][] = [];

export let counters: Counters;

/** Sends a command when those before it are done. If the queue is full, it is dropped and counted: nothing will be called. */
export function send(next: Command, then: OnResult): void {
  // What is in hand was received before: nothing of it may become this command's answer.
  if (stage || reader.lines) return wait(next, then);
  stage = Stage.Sent;
  command = next;
  done = then;
  want = next.want;
  text = late = "";
  deadline = now + next.ms;
  sent = next.at + "\r";
  if (sent[PIECE]) write(sent);
  else world.write(sent);
}

/** The order is that of frequency, and of trust: a final result code and the answer's shape before anything else. */
function onLine(line: string): void {
  "ram";
  if (stage != Stage.Sent) return routeLine(line);
  if (line == sent) return;
  if (line == "OK") return /*@__NOINLINE__*/ accepted();
  if (want && line.startsWith(want)) answer(line.substr(want.length));
  else routeLine(line);
}

function accepted(): void {
  if (command.lateMs && !late) return /*@__NOINLINE__*/ awaitResult();
  stage = Stage.Idle;
  done({ error: "", code: -1, text: text, late: late });
}

function answer(line: string): void {
  text = text ? (text + "\n" + line).substr(0, ANSWER_LIMIT) : line;
}

/** Lets go of the command, and of the payload that it may hold: what follows may need the room. */
function end(error: ResultError, code: number): void {
  const then = done;
  stage = Stage.Idle;
  command = null as unknown as Command;
  done = null as unknown as OnResult;
  then({ error: error, code: code, text: text, late: late });
}

export function init(
  theWorld: World,
  theDialect: AtDialect,
  signal: (signal: Signal, rest: string) => void,
  message: (topic: string, payload: string) => void,
): void {
  world = theWorld;
  dialect = theDialect;
  onSignal = signal;
  queue = [];
  stage = Stage.Idle;
  missing = 0;
  now = world.now();
  counters = { overflows: 0, lateReplies: 0, unknown: 0, dropped: 0 };
  reader.init({
    line: onLine,
    prompt: onPrompt,
    dialect: dialect,
    message: message,
    read: next,
    overflow: () => {
      counters.overflows++;
    },
  });
}

/** Opens the UART (again) and forgets what was received. */
export function open(baud: number): void {
  reader.flush();
  // Ten bits a byte, and a little for the interpreter.
  pieceMs = (PIECE * 10000) / baud + 2;
  world.openUart(baud, reader.feed);
}

function wait(next: Command, then: OnResult): void {
  if (queue[QUEUE_LIMIT - 1]) counters.dropped++;
  else queue.push([next, then]);
  reader.hold(true);
}

/** Sends what waits, if nothing is in flight. */
function next(): void {
  if (stage) return;
  const entry = queue.shift();
  if (entry) send(entry[0], entry[1]);
  else reader.hold(false);
}

/** Ends the command in flight and all that wait with the error `reset`. A module that did not restart still owes its answer. */
export function abort(restarted: boolean): void {
  const waiting = queue;
  queue = [];
  if (stage == Stage.Quarantine) {
    if (restarted) stage = Stage.Idle;
  } else if (stage) {
    if (stage == Stage.Sent && !restarted) giveUp("reset");
    else end("reset", -1);
  }
  for (const entry of waiting) entry[1]({ error: "reset", code: -1, text: "", late: "" });
}

/** Looks at the deadlines. To be called every `TICK_MS`. */
export function tick(): void {
  now = world.now();
  if (missing != reader.missing()) {
    missing = reader.missing();
    missingSince = now;
  } else if (missing && now - missingSince > (stage && command.keep ? BODY_GAP_MS : PAYLOAD_GAP_MS)) reader.abandon();
  reader.release();
  if (stage && now >= deadline + TICK_MS) {
    if (stage == Stage.Quarantine) {
      // A module that still waits for data would take the next command for it. These bytes end its data mode,
      // and are nothing in command mode.
      if (command.data && !command.quietMs) world.write("\x1b" + "\r".repeat(command.data.length));
      stage = Stage.Idle;
    } else {
      const error = stage == Stage.Sent ? "timeout" : "unfinished";
      if (command.probe) end(error, -1);
      else giveUp(error);
    }
  }
  next();
}

/** The module may answer later all the same, and that answer must not meet the next command. */
function giveUp(error: ResultError): void {
  stage = Stage.Quarantine;
  // What did not come in the manual's time may come in twice that time; any answer ends the rest at once. Data
  // mode is ended after a second.
  const isLate = error == "timeout" && !command.data && command.ms > QUARANTINE_MS;
  deadline = now + ((command.data && command.quietMs) || (isLate ? command.ms : QUARANTINE_MS));
  done({ error: error, code: -1, text: text, late: late });
}

function routeLine(line: string): void {
  if (reader.takeMessage(line)) return;
  if (stage && takeAnswer(line)) return;
  const colon = line.indexOf(":");
  const signal = dialect.urcs[colon < 0 ? line : line.substr(0, colon)];
  const rest = line.substr(colon + 1).trim();
  if (!signal) counters.unknown++;
  else if (signal != Signal.BearerLost || dialect.isBearerLost(rest)) onSignal(signal, rest);
}

/** Does the line belong to the command in flight, or to the one that was given up? */
function takeAnswer(line: string): boolean {
  const givenUp = stage == Stage.Quarantine;
  const prefix = command.late;
  if (line.startsWith("ERROR") || (line.startsWith("+CM") && line.substr(5, 5) == "ERROR")) {
    if (givenUp) endQuarantine();
    else refused(line);
  } else if (prefix ? line.startsWith(prefix) : fits(command.lateLike, line)) {
    late = (prefix && line.substr(prefix.length)) || line;
    if (stage == Stage.Result || (command.bare && !givenUp)) end("", -1);
    else if (givenUp) endQuarantine();
  } else if (fits(command.like, line)) {
    if (stage == Stage.Sent) answer(line);
  } else if (command.skip ? line.startsWith(command.prompt as string) : line == (command.prompt || ">")) {
    if (command.skip) takeBytes(line, command.skip);
    else onPrompt();
  } else if (line == "OK") {
    if (givenUp) endQuarantine();
  } else return line == sent || (givenUp && !!want && line.startsWith(want));
  return true;
}

function awaitResult(): void {
  stage = Stage.Result;
  deadline = now + (command.lateMs as number);
}

/** Bytes that are no lines follow this one. More than were expected are not kept. */
function takeBytes(line: string, count: number): void {
  const told = parseInt(line.substr((command.prompt as string).length));
  reader.take(told >= 0 ? told : count, line, command.keep && !(told > count) ? onBody : undefined);
}

function onBody(bytes: string): void {
  if (stage != Stage.Sent) return;
  text = bytes;
  awaitResult();
}

/** `ERROR`, `ERROR:7` or `+CME ERROR: 30`. */
function refused(line: string): void {
  const code = parseInt(line.substr(line.indexOf(":") + 1).trim());
  end("refused", code >= 0 ? code : -1);
}

function endQuarantine(): void {
  counters.lateReplies++;
  stage = Stage.Idle;
}

/** A prompt nobody awaits is cancelled; one that comes too late gets its data all the same, which ends the module's data mode. */
function onPrompt(): void {
  const waiting = stage == Stage.Sent || stage == Stage.Quarantine;
  if (!waiting || !command.data) return void world.write("\x1b");
  if (stage == Stage.Quarantine) deadline = now + QUARANTINE_MS + command.data.length;
  write(command.data);
}

function write(bytes: string): void {
  outgoing = bytes;
  writer = command;
  written = 0;
  writePiece();
}

/** Until all went, or the command has ended. What it came from is let go: a step of the way up would keep its whole module in memory. */
function writePiece(): void {
  if (!stage || writer != command) return;
  world.write(outgoing.substr(written, PIECE));
  written += PIECE;
  if (outgoing[written]) world.after(writePiece, pieceMs);
  else {
    outgoing = "";
    writer = null;
  }
}

/** A line that is a URC by itself (`RDY`) is never an answer. */
function fits(shape: RegExp | undefined, line: string): boolean {
  return !!shape && !dialect.urcs[line] && shape.test(line);
}

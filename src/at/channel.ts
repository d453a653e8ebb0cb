/**
 * The conversation with the module: one command in flight, a bounded queue, answers bound by their shape.
 * Whatever is not part of the answer in hand goes to the URC table or is counted as noise.
 */
import type { Command, OnResult, Result, ResultError } from "../api/at";
import type { Dialect, Signal } from "../api/modem";
import type { World } from "../api/world";
import * as reader from "./reader";

/** Commands that may wait. The link has one script and one publish; an overrun is a fault and is reported. */
const QUEUE_LIMIT = 4;
/** An answer of several lines is cut here. */
const ANSWER_LIMIT = 512;
/** The least rest after a timeout; a late answer in it is swallowed. */
const QUARANTINE_MS = 1000;
/** A payload whose bytes stop for this long is given up (pauses in a body are normal: WioLTE issue 14). */
const PAYLOAD_GAP_MS = 5000;
/** Long lines and data go out in pieces that the board's transmit queue (256 bytes) takes without blocking the program. */
const PIECE = 256;

/** How often the deadlines are looked at; what they may be late. */
export const TICK_MS = 250;

const enum Stage {
  /** Nothing in flight. */
  Idle,
  /** Nothing in flight, but a command sent now would meet the rest of what was received with the last answer. */
  Reading,
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
/** What was written for the command in flight (its echo), and how its answer begins. */
let sent = "";
let want: string | undefined;
let command: Command;
let done: OnResult;
let result: Result;
let queue: [Command, OnResult][] = [];
/** Milliseconds; set by `tick`, and fine enough for deadlines. */
let now = 0;
let deadline = 0;
let world: World;
let dialect: Dialect;
let onSignal: (signal: Signal, rest: string) => void;
/** Payload bytes missing when it was looked last, and when that number changed. */
let missing = 0;
let missingSince = 0;
/** A line or data on its way out, how much of it went, and the timer of the next piece. */
let outgoing = "";
let written = 0;
let pieceTimer = 0;
let pieceMs = 0;

export let counters: Counters;

export function init(
  theWorld: World,
  theDialect: Dialect,
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
    messagePrefix: dialect.messagePrefix,
    messageEnd: dialect.messageEnd,
    messageHead: dialect.messageHead,
    isOpen: dialect.isOpen,
    message: message,
    hold: hold,
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

/** Sends a command when those before it are done. `false`: the queue is full, and nothing will be called. */
export function send(next: Command, then: OnResult): boolean {
  if (!stage) begin(next, then);
  else if (queue.length < QUEUE_LIMIT) queue.push([next, then]);
  else {
    counters.dropped++;
    return false;
  }
  return true;
}

/** Ends the command in flight and all that wait with the error `reset`. A module that did not restart still owes its answer. */
export function abort(restarted: boolean): void {
  const waiting = queue;
  queue = [];
  if (stage == Stage.Sent || stage == Stage.Result) finish("reset", stage == Stage.Sent && !restarted);
  if (restarted && stage == Stage.Quarantine) read();
  for (const entry of waiting) entry[1]({ error: "reset", code: -1, text: "", late: "" });
}

/** Looks at the deadlines. To be called every `TICK_MS`. */
export function tick(): void {
  now = world.now();
  if (missing != reader.missing()) {
    missing = reader.missing();
    missingSince = now;
  } else if (missing && now - missingSince > PAYLOAD_GAP_MS) reader.abandon();
  if (stage == Stage.Idle || (stage > Stage.Reading && now < deadline)) return;
  if (stage == Stage.Quarantine) {
    // A module that still waits for data would take the next command for it. These bytes end its data mode,
    // and are nothing in command mode.
    if (command.data && !command.quietMs) world.write("\x1b" + "\r".repeat(command.data.length));
    stage = Stage.Reading;
  } else if (stage != Stage.Reading) finish(stage == Stage.Sent ? "timeout" : "unfinished", !command.probe);
  next();
}

/** Ends whatever is in flight. The next command waits until everything received has been looked at. */
function read(): void {
  stage = Stage.Reading;
  reader.afterwards(next);
}

/** For what comes in the middle of the input: a command sent because of it waits, too. */
function hold(): void {
  if (!stage) read();
}

/** Sends what waits. */
function next(): void {
  if (stage != Stage.Reading) return;
  stage = Stage.Idle;
  const entry = queue.shift();
  if (entry) begin(entry[0], entry[1]);
}

function begin(next: Command, then: OnResult): void {
  command = next;
  done = then;
  want = next.want;
  result = { error: "", code: -1, text: "", late: "" };
  stage = Stage.Sent;
  deadline = now + TICK_MS + next.ms;
  sent = next.at + "\r";
  if (sent.length > PIECE) write(sent);
  else world.write(sent);
}

/** The order is that of frequency, and of trust: a final result code and the answer's shape before anything else. */
function onLine(line: string, i: number, lines: string[]): void {
  if (!line) return;
  if (stage == Stage.Sent) {
    if (line == "OK") return accepted();
    if (line == sent) return;
    if (want && line.startsWith(want)) return answer(line.substr(want.length));
  }
  other(line, i, lines);
}

function answer(line: string): void {
  if (result.text.length < ANSWER_LIMIT) result.text += (result.text ? "\n" : "") + line;
}

function other(line: string, i: number, lines: string[]): void {
  if (line.startsWith(dialect.messagePrefix) && reader.takeMessage(i, lines)) return;
  if (stage > Stage.Reading && mine(line, i, lines)) return;
  const colon = line.indexOf(":");
  const signal = dialect.urcs[colon < 0 ? line : line.substr(0, colon)];
  if (!signal) counters.unknown++;
  else {
    hold();
    onSignal(signal, line.substr(colon + 1).trim());
  }
}

/** Does the line belong to the command in flight, or to the one that was given up? */
function mine(line: string, i: number, lines: string[]): boolean {
  const givenUp = stage == Stage.Quarantine;
  const late = command.late;
  if (line == "ERROR" || (line.startsWith("+CM") && line.substr(5, 5) == "ERROR")) {
    if (givenUp) endQuarantine();
    else refused(line);
  } else if (late ? line.startsWith(late) : fits(command.lateLike, line)) {
    result.late = (late && line.substr(late.length)) || line;
    if (stage == Stage.Result || (command.bare && !givenUp)) finish("", false);
    else if (givenUp) endQuarantine();
  } else if (fits(command.like, line)) {
    if (stage == Stage.Sent) answer(line);
  } else if (line == (command.prompt || ">")) {
    if (command.skip) reader.drop(command.skip, i, lines);
    else onPrompt();
  } else if (line == "OK") {
    if (givenUp) endQuarantine();
  } else return line == sent || (givenUp && !!want && line.startsWith(want));
  return true;
}

function accepted(): void {
  if ((command.late || command.lateLike) && !result.late) {
    stage = Stage.Result;
    deadline = now + TICK_MS + (command.lateMs as number);
  } else finish("", false);
}

function refused(line: string): void {
  const code = parseInt(line.substr(12));
  if (code >= 0) result.code = code;
  finish("refused", false);
}

function endQuarantine(): void {
  counters.lateReplies++;
  read();
}

function finish(error: ResultError, owed: boolean): void {
  if (owed) {
    stage = Stage.Quarantine;
    // What did not come in the manual's time may come in twice that time; any answer ends the rest at once. Data mode is ended after a second.
    const isLate = error == "timeout" && !command.data && command.ms > QUARANTINE_MS;
    deadline = now + TICK_MS + ((command.data && command.quietMs) || (isLate ? command.ms : QUARANTINE_MS));
  } else read();
  if (pieceTimer) world.cancel(pieceTimer);
  result.error = error;
  done(result);
}

/** A prompt nobody awaits is cancelled; one that comes too late gets its data all the same, which ends the module's data mode. */
function onPrompt(): void {
  const waiting = stage == Stage.Sent || stage == Stage.Quarantine;
  if (!waiting || !command.data) return void world.write("\x1b");
  if (stage == Stage.Quarantine) deadline = now + TICK_MS + QUARANTINE_MS + command.data.length;
  write(command.data);
}

function write(bytes: string): void {
  outgoing = bytes;
  written = 0;
  writePiece();
}

function writePiece(): void {
  world.write(outgoing.substr(written, PIECE));
  written += PIECE;
  pieceTimer = written < outgoing.length ? world.after(writePiece, pieceMs) : 0;
}

/** A line that is a URC by itself (`RDY`) is never an answer. */
function fits(shape: RegExp | undefined, line: string): boolean {
  return !!shape && !dialect.urcs[line] && shape.test(line);
}

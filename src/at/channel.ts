/**
 * The conversation with the module: one command in flight, a bounded queue, answers bound by their shape.
 * Whatever is not part of the answer in hand goes to the URC table or is counted as noise.
 */
import type { Command, OnResult, ResultError, Shape } from "../api/at";
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
/** Data goes out in pieces that the board's transmit queue (256 bytes) takes without blocking the program. */
const PIECE = 256;

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
/** What was written for the command in flight: its echo. */
let sent = "";
/** The shape of its answer, if that is a text. */
let want = "";
let text = "";
/** 1 while bytes are being read (a command sent now would meet the rest of them), 2 if some were since the last tick. */
let heard = 0;
let command: Command;
let done: OnResult;
let late: string | null = null;
let code = -1;
let deadline = 0;
let world: World;
let dialect: Dialect;
let onSignal: (signal: Signal, rest: string) => void;
let queue: [Command, OnResult][] = [];
let lastHeard = 0;
/** Bytes of the command's data that went out; -1 while the module has not asked. */
let written = -1;
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
  heard = 0;
  counters = { overflows: 0, lateReplies: 0, unknown: 0, dropped: 0 };
  reader.init({
    line: onLine,
    prompt: onPrompt,
    messagePrefix: dialect.messagePrefix,
    messageEnd: dialect.messageEnd,
    messageHead: dialect.messageHead,
    message: message,
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
  world.openUart(baud, onData);
}

/** Sends a command when those before it are done. `false`: the queue is full, and nothing will be called. */
export function send(next: Command, then: OnResult): boolean {
  if (queue.length >= QUEUE_LIMIT) {
    counters.dropped++;
    return false;
  }
  queue.push([next, then]);
  pump();
  return true;
}

/** Ends the command in flight and all that wait with the error `reset`. A module that did not restart still owes its answer. */
export function abort(restarted: boolean): void {
  const waiting = queue;
  queue = [];
  if (stage == Stage.Sent || stage == Stage.Result) finish("reset", stage == Stage.Sent && !restarted);
  if (restarted) stage = Stage.Idle;
  for (const entry of waiting) entry[1]({ error: "reset", code: -1, text: "", late: "" });
}

/** Looks at the deadlines. To be called a few times a second. */
export function tick(): void {
  const now = world.now();
  if (heard) {
    heard = 0;
    lastHeard = now;
  } else if (now - lastHeard > PAYLOAD_GAP_MS) reader.abandon();
  if (stage == Stage.Idle || now < deadline) return;
  if (stage == Stage.Quarantine) {
    // A module that still waits for data would take the next command for it. These bytes end its data mode,
    // and are nothing in command mode.
    if (command.data) world.write("\x1b" + "\r".repeat(command.data.length));
    stage = Stage.Idle;
    pump();
  } else finish(stage == Stage.Sent ? "timeout" : "late", !command.probe);
}

function onData(chunk: string): void {
  heard = 1;
  reader.feed(chunk);
  heard = 2;
  if (queue.length) pump();
}

function pump(): void {
  const next = queue[0];
  if (stage || heard == 1 || !next) return;
  queue.shift();
  command = next[0];
  done = next[1];
  sent = command.at + "\r";
  want = typeof command.want == "string" ? command.want : "";
  text = "";
  late = null;
  code = -1;
  stage = Stage.Sent;
  deadline = world.now() + command.ms;
  world.write(sent);
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
  if (text.length < ANSWER_LIMIT) text += (text ? "\n" : "") + line;
}

function other(line: string, i: number, lines: string[]): void {
  if (line.startsWith(dialect.messagePrefix) && reader.takeMessage(i, lines)) return;
  if (stage && mine(line, i, lines)) return;
  const colon = line.indexOf(":");
  const signal = dialect.urcs[colon < 0 ? line : line.substr(0, colon)];
  if (signal) onSignal(signal, line.substr(colon + 1).trim());
  else counters.unknown++;
}

/** Does the line belong to the command in flight, or to the one that was given up? */
function mine(line: string, i: number, lines: string[]): boolean {
  const given = stage == Stage.Quarantine;
  if (given && (line == "OK" || line == sent || (want && line.startsWith(want)))) {
    if (line == "OK") endQuarantine();
  } else if (command.want && !want && fits(command.want, line)) {
    if (stage == Stage.Sent) answer(line);
  } else if (command.late && fits(command.late, line)) {
    late = typeof command.late == "string" ? line.substr(command.late.length) : line;
    if (stage == Stage.Result) finish("", false);
    else if (given) endQuarantine();
  } else if (line == "ERROR" || (line.startsWith("+CM") && line.substr(5, 5) == "ERROR")) {
    if (given) endQuarantine();
    else refused(line);
  } else if (line == (command.prompt || ">")) {
    if (command.skip) reader.drop(command.skip, i, lines);
    else onPrompt();
  } else return false;
  return true;
}

function accepted(): void {
  if (!command.late || late !== null) return finish("", false);
  stage = Stage.Result;
  deadline = world.now() + (command.lateMs as number);
}

function refused(line: string): void {
  const number = parseInt(line.substr(12));
  if (number >= 0) code = number;
  finish("refused", false);
}

function endQuarantine(): void {
  counters.lateReplies++;
  stage = Stage.Idle;
}

function finish(error: ResultError, owed: boolean): void {
  stage = owed ? Stage.Quarantine : Stage.Idle;
  if (owed) deadline = world.now() + QUARANTINE_MS;
  if (command.data) world.cancel(pieceTimer);
  done({ error: error, code: code, text: text, late: late || "" });
}

/** A prompt nobody awaits is cancelled; one that comes too late gets its data all the same, which ends the module's data mode. */
function onPrompt(): void {
  const waiting = stage == Stage.Sent || stage == Stage.Quarantine;
  if (!waiting || !command.data) return void world.write("\x1b");
  if (stage == Stage.Quarantine) deadline = world.now() + QUARANTINE_MS + command.data.length;
  written = 0;
  writePiece();
}

function writePiece(): void {
  const data = command.data as string;
  world.write(data.substr(written, PIECE));
  written += PIECE;
  if (written < data.length) pieceTimer = world.after(writePiece, pieceMs);
}

/** A line that is a URC by itself (`RDY`) is never an answer. */
function fits(shape: Shape, line: string): boolean {
  return typeof shape == "string" ? line.startsWith(shape) : !dialect.urcs[line] && shape.test(line);
}

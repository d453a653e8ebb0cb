/**
 * The conversation with the module: one command in flight, a bounded queue, answers bound by their shape.
 * Whatever is not part of the answer in hand goes to the URC table or is counted as noise.
 */
import type { Command, OnResult, Result, ResultError, Shape } from "../api/at";
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
let command: Command;
let done: OnResult;
let text = "";
let late: string | null = null;
let code = -1;
let deadline = 0;
let world: World;
let dialect: Dialect;
let onSignal: (signal: Signal, rest: string) => void;
let queue: [Command, OnResult][] = [];
let lastByte = 0;
/** Bytes are being read: a command sent now would meet the rest of them. */
let feeding = false;
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
  feeding = false;
  counters = { overflows: 0, lateReplies: 0, unknown: 0, dropped: 0 };
  reader.init({
    line: onLine,
    prompt: onPrompt,
    messagePrefix: dialect.messagePrefix,
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
  if (now - lastByte > PAYLOAD_GAP_MS) reader.abandon();
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
  lastByte = world.now();
  feeding = true;
  reader.feed(chunk);
  feeding = false;
  pump();
}

function pump(): void {
  if (stage != Stage.Idle || feeding || !queue.length) return;
  const next = queue.shift() as [Command, OnResult];
  command = next[0];
  done = next[1];
  text = "";
  late = null;
  code = -1;
  stage = Stage.Sent;
  deadline = world.now() + command.ms;
  world.write(command.at + "\r");
}

function onLine(line: string): void {
  if (stage != Stage.Idle) {
    if (line == "OK") return accepted();
    if (line == command.at) return;
    if (stage != Stage.Result && command.want && fits(command.want, line)) {
      if (text.length < ANSWER_LIMIT) text += (text ? "\n" : "") + remainder(command.want, line);
      return;
    }
    if (command.late && fits(command.late, line)) {
      late = remainder(command.late, line);
      if (stage == Stage.Result) finish("", false);
      return;
    }
    if (line == "ERROR" || (line.startsWith("+CM") && line.substr(5, 5) == "ERROR")) return refused(line);
    if (line == command.prompt || line == ">") return onPrompt();
  }
  const colon = line.indexOf(":");
  const signal = dialect.urcs[colon < 0 ? line : line.substr(0, colon)];
  if (signal) onSignal(signal, line.substr(colon + 1).trim());
  else counters.unknown++;
}

function accepted(): void {
  if (stage == Stage.Quarantine) return endQuarantine();
  if (stage == Stage.Result) return;
  if (!command.late || late !== null) return finish("", false);
  stage = Stage.Result;
  deadline = world.now() + (command.lateMs as number);
}

function refused(line: string): void {
  if (stage == Stage.Quarantine) return endQuarantine();
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
  deadline = world.now() + QUARANTINE_MS;
  world.cancel(pieceTimer);
  const then = done;
  const result: Result = { error: error, code: code, text: text, late: late || "" };
  text = "";
  then(result);
}

function onPrompt(): void {
  if (stage == Stage.Idle || stage == Stage.Result) return void world.write("\x1b");
  if (command.skip) return reader.drop(command.skip);
  if (!command.data) return void world.write("\x1b");
  // A prompt that comes too late gets its data all the same: that ends the module's data mode.
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

function remainder(shape: Shape, line: string): string {
  return typeof shape == "string" ? line.substr(shape.length) : line;
}

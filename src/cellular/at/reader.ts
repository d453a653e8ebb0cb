/**
 * Bytes in; lines, prompts and counted payloads out. Knows no command, no clock and no UART.
 * Payload bytes are only counted and collected: never searched, trimmed or interpreted.
 *
 * This is the hot path, and the interpreter reads source text each time it runs it, branches not taken included. So what is rare
 * stands in functions of its own (`NOINLINE` tells the minifier to leave them so), splitting is native, lines are looped over
 * and not handed to a callback each (20 k instructions a line), and a text's character is looked at where its length would tell
 * the same (8 k instead of 17 k).
 */

import type { AtDialect } from "../../api/channel";

/**
 * Longest line kept: a module's answers are far shorter, a message without a length is not; a longer one is noise (V.250 sets no limit).
 */
const LINE_LIMIT = 2048;
/** Longest payload kept: the most any of these modules hands over in one message (Luat AT manual, MPUBEX). */
const PAYLOAD_LIMIT = 4100;
/** Begins a line whose beginning was lost: fits no answer and no URC. */
const TORN = "\0";
/** Stands for a topic while bytes are collected that are no message. */
const BODY = " ";
/** Where one character tells a message from nearly every other line: `+QMTRECV: `, `+MSUB: `. */
const MARK_AT = 4;

export interface Sink {
  /** Never an empty one. */
  line(line: string): void;
  prompt(): void;
  dialect: AtDialect;
  message(topic: string, payload: string): void;
  /** Everything received so far has been looked at; called after `hold`. */
  read(): void;
  /** Input was lost: a line or payload beyond the limits, or a payload cut short. */
  overflow(): void;
}

// In the order of their use in the hot path: a name costs 60 instructions for each that is declared before it.
/** Payload bytes still to come. */
let left = 0;
/** What no line end has followed yet. */
let buf = "";
/** The lines that are being handed over; `null`: what is received next comes after whatever is sent now. */
export let lines: string[] | null = null;
/** The message whose payload is collected; `""`: the bytes are counted only. */
let topic = "";
let raw = "";
let mark = "";
/** `sink.read` is to be called. */
let held = false;
let messageEnd = "";
let endAt = 0;
let onLine: (line: string) => void;
let onMessage: (topic: string, payload: string) => void;
let messageHead: RegExp;
let sink: Sink;

export function feed(chunk: string): void {
  "ram";
  if (left) return collect(chunk);
  lines = (buf + chunk).split("\r\n");
  buf = lines.pop() as string;
  for (const line of lines) if (line) onLine(line);
  lines = null;
  if (buf) /*@__NOINLINE__*/ unfinished();
  if (held) sink.read();
}

/** Payload bytes, or bytes to be dropped. */
function collect(chunk: string): void {
  "ram";
  left -= chunk.length;
  if (left > 0) {
    if (topic) raw += chunk;
    return;
  }
  // Counted from the end of the chunk now: 0, or how many bytes follow.
  if (!topic) return feedRest(chunk);
  // Appended in place: the payload is never in memory twice.
  raw += left ? chunk.slice(0, left) : chunk;
  if (left && !(left == endAt && chunk.endsWith(messageEnd))) return deliverBefore(chunk);
  left = 0;
  onMessage(topic, raw);
  raw = "";
}

/** A message, or a line that looks like one so far. `i`: the line that the text begins with. */
function begin(text: string, i?: number): boolean {
  "ram";
  const head = messageHead.exec(text) || sink.dialect.oddHead(text);
  if (!head) return false;
  if (lines) lines.fill("", i as number);
  topic = head[1] as string;
  raw = text.substr((head[0] as string).length);
  left = +(head[2] as string) - raw.length;
  buf = "";
  if (left <= 0 || left > PAYLOAD_LIMIT) settle(+(head[2] as string), text);
  return true;
}

/** Text that no line end has followed yet: a message, a prompt, or the beginning of a line. */
function unfinished(): void {
  if (buf[MARK_AT] == mark) begin(buf);
  else if (buf[0] == ">") /*@__NOINLINE__*/ prompt();
  if (buf[LINE_LIMIT]) /*@__NOINLINE__*/ tooLong();
}

/**
 * What need not be collected: the payload came with its head, or is too long, or its end is still to come and alone tells its length (-1).
 */
function settle(size: number, text: string): void {
  const rest = raw;
  raw = "";
  left = size;
  if (size < 0) {
    left = 0;
    buf = text;
    return;
  }
  if (size > PAYLOAD_LIMIT) {
    sink.overflow();
    topic = "";
  }
  collect(rest);
}

export function init(to: Sink): void {
  sink = to;
  onLine = to.line;
  mark = to.dialect.messagePrefix[MARK_AT] as string;
  messageHead = to.dialect.messageHead;
  messageEnd = to.dialect.messageEnd;
  endAt = -messageEnd.length;
  flush();
}

/** Forgets everything received so far. */
export function flush(): void {
  buf = raw = "";
  left = 0;
  onMessage = sink.message;
}

/** Payload bytes that are still to come. */
export function missing(): number {
  return left;
}

/** Whether `Sink.read` is called when everything received has been looked at. */
export function hold(whether: boolean): void {
  held = whether;
}

/** To be called now and then: an error in a listener must not stop the conversation for good. */
export function release(): void {
  lines = null;
}

/** To be called from `line`: the line may begin a message. `false`: it does not. */
export function takeMessage(line: string): boolean {
  if (line[MARK_AT] != mark) return false;
  const i = (lines as string[]).indexOf(line);
  return begin(textFrom(i), i);
}

/**
 * To be called from `line`: `count` bytes follow it that are not lines, whatever they are. `then` gets them, or those that came before they
 * were given up; without it they are dropped.
 */
export function take(count: number, line: string, then?: (bytes: string) => void): void {
  const list = lines as string[];
  const i = list.indexOf(line) + 1;
  const text = i < list.length ? textFrom(i) : buf;
  list.fill("", i);
  buf = topic = "";
  left = count;
  if (then) {
    // Collected as a message is, and handed over in its place.
    topic = BODY;
    onMessage = (_topic, bytes) => {
      onMessage = sink.message;
      then(bytes);
    };
  }
  collect(text);
}

/** Gives up a payload that did not come whole. */
export function abandon(): void {
  if (!left) return;
  const then = onMessage;
  const part = raw;
  flush();
  buf = TORN;
  sink.overflow();
  if (then != sink.message) then(BODY, part);
}

function prompt(): void {
  buf = "";
  sink.prompt();
}

function tooLong(): void {
  if (buf[0] != TORN) sink.overflow();
  buf = TORN;
}

/** Bytes follow the message, and are looked at after it. */
function deliverBefore(chunk: string): void {
  const payload = raw;
  raw = "";
  lines = [];
  onMessage(topic, payload);
  feedRest(chunk);
}

/** Never an empty text: the interpreter splits it into nothing at all. */
function feedRest(chunk: string): void {
  const over = left;
  left = 0;
  if (over) feed(chunk.substr(over));
}

/** The text that was split, from line `i` on. */
function textFrom(i: number): string {
  return (lines as string[]).slice(i).join("\r\n") + "\r\n" + buf;
}

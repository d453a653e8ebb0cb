/**
 * Bytes in; lines, prompts and counted payloads out. Knows no command, no clock and no UART.
 * Payload bytes are only counted and collected: never searched, trimmed or interpreted.
 *
 * This is the hot path, and the interpreter reads source text each time it runs it, branches not taken included. So what is rare
 * stands in functions of its own, splitting and looping are native, and no state is looked at twice.
 */

/** Longest line kept: a module's answers are far shorter, a message without a length is not; a longer one is noise (V.250 sets no limit). */
const LINE_LIMIT = 2048;
/** Longest payload kept: the most any of these modules hands over in one message (Luat AT manual, MPUBEX). */
const PAYLOAD_LIMIT = 4100;
/** Begins a line whose beginning was lost: fits no answer and no URC. */
const TORN = "\0";

/** Empty lines included; `lines` and `i` are for `takeMessage` and `drop`. */
export type OnLine = (line: string, i: number, lines: string[]) => void;

export interface Sink {
  line: OnLine;
  prompt(): void;
  /** First characters of a received message, and what follows its payload. */
  messagePrefix: string;
  messageEnd: string;
  messageHead(text: string): [number, number, string] | 0;
  /** A message without a length that has begun in this text, and has line ends in it. Absent: there are none. */
  isOpen?(text: string): boolean;
  message(topic: string, payload: string): void;
  /** Bytes follow that message, and are looked at after it. */
  hold(): void;
  /** Input was lost: a line or payload beyond the limits, or a payload cut short. */
  overflow(): void;
}

/** Payload bytes still to come, and those that came. */
let left = 0;
/** What no line end has followed yet. */
let buf = "";
let onLine: OnLine;
let prefix = "";
let raw = "";
let sink: Sink;
let topic = "";
/** To be called when everything received has been looked at. */
let whenRead: (() => void) | null = null;
/** Takes the payload's bytes: `keep` or `discard`. */
let collect: (chunk: string) => void;

export function init(to: Sink): void {
  sink = to;
  onLine = to.line;
  prefix = to.messagePrefix;
  flush();
}

/** Forgets everything received so far. */
export function flush(): void {
  buf = raw = "";
  left = 0;
}

/** Payload bytes that are still to come. */
export function missing(): number {
  return left;
}

/** `then` is called as soon as everything received so far has been looked at. */
export function afterwards(then: () => void): void {
  whenRead = then;
}

export function feed(chunk: string): void {
  if (left) return collect(chunk);
  const lines = (buf + chunk).split("\r\n");
  buf = lines.pop() as string;
  lines.forEach(onLine);
  if (buf) unfinished();
  if (whenRead) goOn();
}

function goOn(): void {
  const then = whenRead as () => void;
  whenRead = null;
  then();
}

/** To be called from `line`: the line may begin a message. `false`: it does not. */
export function takeMessage(i: number, lines: string[]): boolean {
  const text = textFrom(i, lines);
  const head = sink.messageHead(text);
  if (head) collectMessage(head, cutFrom(i, lines));
  else if (sink.isOpen && sink.isOpen(text)) buf = cutFrom(i, lines);
  else return false;
  return true;
}

/** To be called from `line`: `count` bytes follow it that are not lines. They are dropped, whatever they are. */
export function drop(count: number, i: number, lines: string[]): void {
  left = count;
  collect = discard;
  feed(cutFrom(i + 1, lines));
}

/** Gives up a payload that did not come whole. */
export function abandon(): void {
  if (!left) return;
  flush();
  buf = TORN;
  sink.overflow();
}

/** Text that no line end has followed yet: a message, a prompt, or the beginning of a line. */
function unfinished(): void {
  if (buf.startsWith(prefix)) {
    const head = sink.messageHead(buf);
    if (head) return collectMessage(head, buf);
  } else if (buf[0] == ">") {
    buf = "";
    return sink.prompt();
  }
  if (buf.length > LINE_LIMIT) {
    if (buf[0] != TORN) sink.overflow();
    buf = TORN;
  }
}

function collectMessage(head: [number, number, string], text: string): void {
  left = head[1];
  topic = head[2];
  buf = "";
  collect = left > PAYLOAD_LIMIT ? refuse : keep;
  collect(text.substr(head[0]));
}

function keep(chunk: string): void {
  left -= chunk.length;
  if (left > 0) {
    raw += chunk;
    return;
  }
  // Appended in place: the payload is never in memory twice.
  raw += chunk.substr(0, left + chunk.length);
  const payload = raw;
  const rest = left ? chunk.substr(left) : "";
  left = 0;
  raw = "";
  if (rest && rest != sink.messageEnd) return between(payload, rest);
  sink.message(topic, payload);
}

function between(payload: string, rest: string): void {
  sink.hold();
  sink.message(topic, payload);
  feed(rest);
}

function discard(chunk: string): void {
  left -= chunk.length;
  if (left > 0) return;
  const rest = left ? chunk.substr(left) : "";
  left = 0;
  // Never an empty text: the interpreter splits it into nothing at all.
  if (rest) feed(rest);
}

function refuse(chunk: string): void {
  sink.overflow();
  collect = discard;
  discard(chunk);
}

function textFrom(i: number, lines: string[]): string {
  return lines.slice(i).join("\r\n") + "\r\n" + buf;
}

/** Takes the text from line `i` on away from the loop that hands out the lines. */
function cutFrom(i: number, lines: string[]): string {
  const text = i < lines.length ? textFrom(i, lines) : buf;
  buf = "";
  lines.fill("", i);
  return text;
}

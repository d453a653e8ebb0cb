/**
 * Bytes in; lines, prompts and counted payloads out. Knows no command, no clock and no UART.
 * Payload bytes are only counted and collected: never searched, trimmed or interpreted.
 */

/** Longest line kept: a module's answers are far shorter; a longer one is noise (V.250 sets no limit). */
const LINE_LIMIT = 1024;
/** Longest payload kept: 4,096 bytes is the most any of these modules hands over in one message. */
const PAYLOAD_LIMIT = 4096;

export interface Sink {
  line(text: string): void;
  prompt(): void;
  /** First characters of a received message. */
  messagePrefix: string;
  messageHead(text: string): [number, number, string] | 0;
  message(topic: string, payload: string): void;
  /** Input was lost: a line or payload beyond the limits, or a payload cut short. */
  overflow(): void;
}

let buf = "";
let searched = 0;
let left = 0;
let sink: Sink;
let raw = "";
let topic = "";
/** What the payload in progress is: a message to deliver, or bytes to drop. */
let dropping = false;
let skippingLine = false;

export function init(to: Sink): void {
  sink = to;
  flush();
}

/** Forgets everything received so far. */
export function flush(): void {
  buf = raw = topic = "";
  searched = left = 0;
  dropping = skippingLine = false;
}

export function feed(chunk: string): void {
  if (left) {
    const size = chunk.length;
    if (size < left) {
      if (!dropping) raw += chunk;
      left -= size;
      return;
    }
    if (!dropping) raw += chunk.substr(0, left);
    chunk = chunk.substr(left);
    deliver();
  }
  buf += chunk;
  for (;;) {
    if (buf.startsWith(sink.messagePrefix) && takeMessage()) continue;
    const end = left ? -1 : buf.indexOf("\n", searched);
    if (end < 0) break;
    const line = buf.substr(0, end).trim();
    buf = buf.substr(end + 1);
    searched = 0;
    if (skippingLine) skippingLine = false;
    else if (line) sink.line(line);
  }
  searched = buf.length;
  if (buf[0] == ">" && !skippingLine) {
    // No line end follows a prompt. The blank that may come later is trimmed away with the next line.
    flush();
    sink.prompt();
  } else if (searched > LINE_LIMIT) {
    buf = "";
    searched = 0;
    if (!skippingLine) sink.overflow();
    skippingLine = true;
  }
}

/** The next `count` bytes are not lines: dropped, whatever they are. Call it from `line` only. */
export function drop(count: number): void {
  topic = "";
  collect(0, count, true);
}

/** Gives up a payload that did not come whole. */
export function abandon(): void {
  if (!left) return;
  left = 0;
  raw = "";
  skippingLine = true;
  sink.overflow();
}

function takeMessage(): boolean {
  const head = sink.messageHead(buf);
  if (!head) return false;
  topic = head[2];
  const tooLong = head[1] > PAYLOAD_LIMIT;
  if (tooLong) sink.overflow();
  collect(head[0], head[1], tooLong);
  return true;
}

function collect(start: number, count: number, drop: boolean): void {
  const have = buf.length - start;
  dropping = drop;
  raw = drop ? "" : buf.substr(start, count);
  left = have < count ? count - have : 0;
  buf = left ? "" : buf.substr(start + count);
  searched = 0;
  if (!left) deliver();
}

function deliver(): void {
  const payload = raw;
  left = 0;
  raw = "";
  if (!dropping) sink.message(topic, payload);
}

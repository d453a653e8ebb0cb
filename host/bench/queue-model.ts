/**
 * Does a board keep up? Bytes arrive at the UART's rate whatever the program does; they wait in the queue that all inputs
 * share, and what does not fit is lost. The queue is the interpreter's (`host/board/queue.ts`); what handling costs is handed
 * in. Pure: no clock, no interpreter.
 */
import { InputQueue } from "../board/queue.ts";

/** Bytes in a row that cost something when the last of them is handled, besides what each packet costs. */
export interface Segment {
  bytes: number;
  ms: number;
}

export interface Load {
  /** What comes again and again, without a pause. */
  stream: readonly Segment[];
  repeats: number;
  /** Of handling any packet. */
  packetMs: number;
  /** Work of the program's own: so often, so long. It waits for its turn: packets that are there go first. */
  timers: readonly { everyMs: number; ms: number }[];
}

export interface Line {
  /** Bit/s; ten bits are a byte. */
  baud: number;
  /** Bytes of the queue, heads of packets included. */
  queueBytes: number;
}

export interface Outcome {
  bytes: number;
  lost: number;
  /** Most bytes of the queue in use, heads included. */
  highest: number;
  /** Work that was left when the last byte had come, milliseconds: what does not keep up grows with the run. */
  behindMs: number;
}

const SOURCE = "Serial";
const BITS = 10;
/** Of a byte: `n` times its time, over its time, is not always `n`. */
const ROUNDING = 1e-6;

export function simulate(load: Load, line: Line): Outcome {
  const queue = new InputQueue(line.queueBytes);
  const byteMs = (BITS * 1000) / line.baud;
  const total = load.repeats * load.stream.reduce((sum, segment) => sum + segment.bytes, 0);
  const costs = segmentEnds(load.stream);
  const timers = load.timers.map((timer) => ({ ...timer, due: timer.everyMs }));
  let now = 0;
  let arrived = 0;
  let handled = 0;
  let lost = 0;
  let highest = 0;

  /** Bytes go on arriving until `then`. */
  function pass(then: number): void {
    now = then;
    const due = Math.min(total, Math.floor(now / byteMs + ROUNDING));
    for (; arrived < due; arrived++) {
      lost += queue.pushBytes(SOURCE, Buffer.alloc(1));
      highest = Math.max(highest, queue.usedBytes);
    }
  }
  /** What the bytes of a packet cost. Lost bytes are taken for handled ones: after a loss the figures say no more than that. */
  function costOf(length: number): number {
    let ms = load.packetMs;
    for (let i = 0; i < length; i++) ms += costs.get(handled++ % (total / load.repeats)) ?? 0;
    return ms;
  }

  while (arrived < total || queue.length) {
    // One turn of the idle loop: the packets that are there, then the timers that are due.
    for (let left = queue.length; left > 0; left--) pass(now + costOf(queue.pop()?.bytes.length ?? 0));
    for (const timer of timers) {
      if (timer.due > now) continue;
      timer.due += timer.everyMs;
      pass(now + timer.ms);
    }
    if (!queue.length && arrived < total) pass(Math.max(now, (arrived + 1) * byteMs));
  }
  return { bytes: total, lost, highest, behindMs: Math.max(0, now - total * byteMs) };
}

/** Cost by the number of the byte that ends a segment. */
function segmentEnds(stream: readonly Segment[]): Map<number, number> {
  const ends = new Map<number, number>();
  let at = 0;
  for (const { bytes, ms } of stream) {
    at += bytes;
    ends.set(at - 1, (ends.get(at - 1) ?? 0) + ms);
  }
  return ends;
}

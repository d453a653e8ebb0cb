/** A body on its way to the UART: in pieces, with pauses between them, as an EC21 puts it out. */
import type { Core } from "../core/core.ts";

/** Bytes of a piece; model. */
const PIECE = 512;

export interface BodyOutput {
  push(bytes: Buffer): void;
  /** Calls `done` when all that was pushed is on the line. */
  finish(done: () => void): void;
}

export function pacedOutput(core: Core, write: (bytes: Buffer) => void): BodyOutput {
  const { uart, timers, random, settings } = core;
  let waiting = Buffer.alloc(0);
  let running = false;
  let done = (): void => {};

  function next(): void {
    running = waiting.length > 0;
    if (!running) return done();
    const gap = core.scaled(settings.quirks.bodyGap);
    const size = gap === 0 ? waiting.length : random.int(1, PIECE);
    write(waiting.subarray(0, size));
    waiting = waiting.subarray(size);
    uart.whenDrained(() => timers.after(gap, next));
  }

  return {
    push(bytes) {
      waiting = Buffer.concat([waiting, bytes]);
      if (!running) next();
    },
    finish(fn) {
      done = fn;
      if (!running) fn();
    },
  };
}

/** Time of an emulated cloud: the PC's, or virtual time for tests of what happens after seconds or days. */
import type { Clock } from "../runtime/clock.ts";

export interface Time {
  /** Unix milliseconds. */
  now(): number;
  /** Calls `fn` in `ms` milliseconds, at most 24 days. @returns what cancels it. */
  after(ms: number, fn: () => void): () => void;
}

export const REAL_TIME: Time = {
  now: () => Date.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};

/** `startMs`: Unix milliseconds when the clock says 0. */
export function timeOf(clock: Clock, startMs: number): Time {
  return {
    now: () => startMs + clock.now(),
    after(ms, fn) {
      const id = clock.setTimeout(fn, ms);
      return () => clock.clearTimeout(id);
    },
  };
}

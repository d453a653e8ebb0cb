/** Time of an emulated cloud: the PC's, or virtual time for tests of what happens after seconds or days. */
import type { Clock } from "./clock.ts";

export interface Time {
  /** Unix milliseconds. */
  now(): number;
  /** Calls `fn` in `ms` milliseconds. @returns what cancels it. */
  after(ms: number, fn: () => void): () => void;
}

/** Of one timer: 24 days (Node.js, "setTimeout"). */
const LONGEST_MS = 2 ** 31 - 1;

export const REAL_TIME: Time = {
  now: () => Date.now(),
  after(ms, fn) {
    let timer: NodeJS.Timeout;
    const wait = (rest: number): void => {
      timer = rest > LONGEST_MS ? setTimeout(() => wait(rest - LONGEST_MS), LONGEST_MS) : setTimeout(fn, rest);
    };
    wait(ms);
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

/** Virtual time stands still while a real socket works on something that ends by itself, but not for ever. */
import type { Clock } from "../../time/clock.ts";

/** Milliseconds of real time; after them virtual time runs on, and the module's own time-outs decide. */
export const CONNECT_GUARD_MS = 5000;
export const PACKET_GUARD_MS = 3000;
/** For a packet that was not answered before. */
export const REPEAT_GUARD_MS = 500;

/** Holds the clock. Returns what lets go; calling it again does nothing. */
export function holdClock(clock: Clock, guardMs: number): () => void {
  const release = clock.hold();
  const guard = setTimeout(release, guardMs);
  return () => {
    clearTimeout(guard);
    release();
  };
}

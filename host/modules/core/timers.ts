/** Timers that end together: those of a running module stop when it loses power or restarts. */
import type { Clock, TimerId } from "../../time/clock.ts";

export class Timers {
  private readonly pending = new Set<TimerId>();

  constructor(private readonly clock: Clock) {}

  /** Calls `fn` in `ms` milliseconds. Returns what cancels it. */
  after(ms: number, fn: () => void): () => void {
    const id = this.clock.setTimeout(() => {
      this.pending.delete(id);
      fn();
    }, ms);
    this.pending.add(id);
    return () => {
      this.clock.clearTimeout(id);
      this.pending.delete(id);
    };
  }

  clear(): void {
    for (const id of this.pending) this.clock.clearTimeout(id);
    this.pending.clear();
  }
}

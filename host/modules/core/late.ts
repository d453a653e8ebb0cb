/**
 * What a module says some time after the OK of its command: each when its latency is over, in the order in which it was found,
 * and nothing that belongs to a connection before this one.
 */
import type { Core } from "./core.ts";
import type { Latency } from "./random.ts";

export class Late {
  /** Nothing comes before this time. */
  private due = 0;
  /** Counts connections. */
  private life = 0;

  constructor(private readonly core: Core) {}

  /** Runs `fn` when the latency, counted from `startedAt`, is over; at once if it is, but after what was found before it. */
  at(startedAt: number, latency: Latency, fn: () => void): void {
    this.due = Math.max(this.due, this.core.now(), startedAt + this.core.latency(latency));
    this.core.timers.after(this.due - this.core.now(), this.bound(fn));
  }

  /** `fn`, but only until `forget`. */
  bound(fn: () => void): () => void {
    const { life } = this;
    return () => {
      if (life === this.life) fn();
    };
  }

  /** What is waiting belongs to the past. */
  forget(): void {
    this.life++;
  }

  /** The module stopped. */
  reset(): void {
    this.life++;
    this.due = 0;
  }
}

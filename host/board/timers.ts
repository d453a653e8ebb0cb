/** `setTimeout` and its kin on a clock that is handed in. */
import type { Clock, TimerId } from "../time/clock.ts";

/** Milliseconds; a shorter time is made this long (Espruino 2v29, `src/jswrap_interactive.c`, TIMER_MIN_INTERVAL). */
const SHORTEST_MS = 0.1;

interface Timer {
  clockTimer: TimerId;
  /** When it is due. */
  at: number;
  /** `0`: once. */
  intervalMs: number;
  run: () => void;
}

export class BoardTimers {
  private timers = new Map<number, Timer>();
  private nextId = 1;

  constructor(private readonly clock: Clock) {}

  get count(): number {
    return this.timers.size;
  }

  /** Returns the timer's number, which is never 0. */
  add(run: () => void, ms: number, repeats: boolean): number {
    const delay = ms >= SHORTEST_MS ? ms : SHORTEST_MS;
    const id = this.nextId++;
    const timer = { clockTimer: 0, at: this.clock.now() + delay, intervalMs: repeats ? delay : 0, run };
    this.timers.set(id, timer);
    this.arm(id, timer);
    return id;
  }

  /** Returns whether there was such a timer. */
  change(id: number, ms: number): boolean {
    const timer = this.timers.get(id);
    if (!timer) return false;
    this.clock.clearTimeout(timer.clockTimer);
    timer.intervalMs = ms >= SHORTEST_MS ? ms : SHORTEST_MS;
    timer.at = this.clock.now() + timer.intervalMs;
    this.arm(id, timer);
    return true;
  }

  clear(id: number): void {
    const timer = this.timers.get(id);
    if (!timer) return;
    this.clock.clearTimeout(timer.clockTimer);
    this.timers.delete(id);
  }

  clearAll(): void {
    for (const id of [...this.timers.keys()]) this.clear(id);
  }

  private arm(id: number, timer: Timer): void {
    timer.clockTimer = this.clock.setTimeout(() => this.fire(id, timer), Math.max(0, timer.at - this.clock.now()));
  }

  private fire(id: number, timer: Timer): void {
    if (!timer.intervalMs) this.timers.delete(id);
    const armed = timer.clockTimer;
    timer.run();
    // Cleared or changed by its own callback?
    if (!timer.intervalMs || this.timers.get(id) !== timer || timer.clockTimer !== armed) return;
    // Late turns are made up for, one after the other.
    timer.at += timer.intervalMs;
    this.arm(id, timer);
  }
}

/**
 * Time for everything on the PC side. `RealClock` is the wall clock; `VirtualClock` jumps from timer to timer,
 * and stands still while somebody holds it (a real socket is working).
 */
export type TimerId = number;

export interface Clock {
  /** Milliseconds. Starts at 0 on a virtual clock. */
  now(): number;
  setTimeout(fn: () => void, ms: number): TimerId;
  clearTimeout(id: TimerId): void;
  /** Virtual time does not advance until the returned function is called (once). A no-op on a real clock. */
  hold(): () => void;
}

export class RealClock implements Clock {
  private readonly start = performance.now();
  private readonly timers = new Map<TimerId, NodeJS.Timeout>();
  private next = 1;

  now(): number {
    return performance.now() - this.start;
  }

  setTimeout(fn: () => void, ms: number): TimerId {
    const id = this.next++;
    this.timers.set(
      id,
      setTimeout(() => {
        this.timers.delete(id);
        fn();
      }, ms),
    );
    return id;
  }

  clearTimeout(id: TimerId): void {
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
  }

  hold(): () => void {
    return () => {};
  }
}

interface Timer {
  id: TimerId;
  at: number;
  fn: () => void;
}

export class VirtualClock implements Clock {
  private time = 0;
  private next = 1;
  private holds = 0;
  /** Timers since the event loop had its turn. */
  private sinceTurn = 0;
  /** Sorted by `at`, then by id: timers of one instant run in the order they were set. */
  private timers: Timer[] = [];
  private released: (() => void) | null = null;

  /**
   * `turnEvery`: the real event loop gets a turn after so many timers, and whenever the clock is held. More than 1 makes
   * long runs several times faster.
   */
  constructor(private readonly turnEvery = 1) {}

  now(): number {
    return this.time;
  }

  setTimeout(fn: () => void, ms: number): TimerId {
    const timer = { id: this.next++, at: this.time + Math.max(0, ms), fn };
    let i = this.timers.length;
    while (i > 0 && (this.timers[i - 1] as Timer).at > timer.at) i--;
    this.timers.splice(i, 0, timer);
    return timer.id;
  }

  clearTimeout(id: TimerId): void {
    const i = this.timers.findIndex((t) => t.id === id);
    if (i >= 0) this.timers.splice(i, 1);
  }

  hold(): () => void {
    this.holds++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.holds === 0) this.released?.();
    };
  }

  /** Timers waiting. */
  get pending(): number {
    return this.timers.length;
  }

  /**
   * Runs timers until `until()` is true or `limitMs` of virtual time have passed.
   * Between timers the real event loop gets a turn, so that sockets and promises make progress (see `turnEvery`).
   * @returns whether `until()` became true.
   */
  run(until: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.time + limitMs;
    // Callbacks, no promises: a day has a million timers, and whoever follows promises (Node's test runner) takes longer
    // for each than the timer does.
    return new Promise((resolve, reject) => {
      const go = (): void => {
        do {
          if (until()) return resolve(true);
          const timer = this.timers[0];
          if (!timer || timer.at > end) {
            this.time = end;
            return resolve(until());
          }
          this.timers.shift();
          this.time = Math.max(this.time, timer.at);
          timer.fn();
        } while (this.holds == 0 && ++this.sinceTurn < this.turnEvery);
        this.giveTurn(goOn);
      };
      const goOn = (): void => {
        try {
          go();
        } catch (error) {
          reject(error as Error);
        }
      };
      // What was done before this call is under way.
      this.giveTurn(goOn);
    });
  }

  /** Runs everything due in the next `ms` of virtual time. */
  async advance(ms: number): Promise<void> {
    await this.run(() => false, ms);
  }

  /** Runs due timers without giving the event loop a turn: for tests without sockets. */
  advanceSync(ms: number): void {
    const end = this.time + ms;
    for (let timer = this.timers[0]; timer && timer.at <= end; timer = this.timers[0]) {
      this.timers.shift();
      this.time = Math.max(this.time, timer.at);
      timer.fn();
    }
    this.time = end;
  }

  /** Goes on when the event loop had its turn, and nobody holds the clock. */
  private giveTurn(goOn: () => void): void {
    this.sinceTurn = 0;
    const look = (): void => {
      if (this.holds == 0) return goOn();
      this.released = () => {
        this.released = null;
        setImmediate(look);
      };
    };
    setImmediate(look);
  }
}

/** What an action causes elsewhere comes over real sockets: virtual time waits for it. */
import type { Clock } from "../time/clock.ts";

/** Real milliseconds until virtual time goes on without the effect. */
const GUARD_MS = 1000;

export class Effects {
  private readonly watchers = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  /** Something happened: whoever waits looks again. */
  happened(): void {
    for (const look of this.watchers) look();
  }

  /** Runs `action`, and holds the clock until `done()`. What never happens does not hold it for ever. */
  async of(action: () => Promise<void> | void, done: () => boolean): Promise<void> {
    const release = this.clock.hold();
    let look = (): void => {};
    const over = new Promise<void>((resolve) => {
      const guard = setTimeout(resolve, GUARD_MS);
      look = () => {
        if (!done()) return;
        clearTimeout(guard);
        resolve();
      };
    });
    this.watchers.add(look);
    try {
      await action();
      look();
      await over;
    } finally {
      this.watchers.delete(look);
      release();
    }
  }
}

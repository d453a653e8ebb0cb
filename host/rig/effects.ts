/** What happens elsewhere comes over real sockets: waits for it, in virtual time and in real time. */
import type { Clock } from "../time/clock.ts";
import { VirtualClock } from "../time/clock.ts";

/** Real milliseconds until virtual time goes on without the effect. */
const GUARD_MS = 1000;

export class Effects {
  private readonly watchers = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  /** Something happened: whoever waits looks again. */
  happened(): void {
    for (const look of [...this.watchers]) look();
  }

  /** Lets time pass until `look()` is true. @returns whether it became so within `ms` of the clock's time. */
  until(look: () => boolean, ms: number): Promise<boolean> {
    return this.clock instanceof VirtualClock ? this.clock.run(look, ms) : this.really(look, ms);
  }

  /** Runs `action`, and holds virtual time until `done()`. What never happens does not hold it for ever. */
  async of(action: () => Promise<void> | void, done: () => boolean): Promise<void> {
    if (!(this.clock instanceof VirtualClock)) return action();
    const release = this.clock.hold();
    try {
      await action();
      await this.really(done, GUARD_MS);
    } finally {
      release();
    }
  }

  private really(look: () => boolean, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isTrue: boolean): void => {
        clearTimeout(guard);
        this.watchers.delete(attempt);
        resolve(isTrue);
      };
      const attempt = (): void => {
        if (look()) end(true);
      };
      const guard = setTimeout(() => end(false), ms);
      this.watchers.add(attempt);
      attempt();
    });
  }
}

/** Ctrl-C, and what ends a program from outside. */
import { constants } from "node:os";

const ENDING: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM"];

/** The first of these signals. It does not end the program; the same signal a second time does. */
export function nextSignal(signals: readonly NodeJS.Signals[] = ENDING): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of signals) process.once(signal, () => resolve(signal));
  });
}

/** Somebody stopped what was being done. */
export class InterruptedError extends Error {
  constructor(
    readonly signal: NodeJS.Signals,
    more = "",
  ) {
    super(`interrupted by ${signal}${more}`);
  }

  /** As a shell has it (POSIX, 2.8.2: above 128). */
  get exitCode(): number {
    return 128 + constants.signals[this.signal];
  }
}

/** What `work` comes to, unless `stop` comes before: then its reason is thrown, and `work` is left to itself. */
export function unlessStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    const fail = (): void => reject(stop.reason as Error);
    if (stop.aborted) fail();
    else stop.addEventListener("abort", fail, { once: true });
  });
  return Promise.race([work, stopped]);
}

/** Ctrl-C, and what else ends a program from outside. */
import { constants } from "node:os";

const ENDING: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
/** Ctrl-C comes from the terminal, and once more from npm, which hands on what it got itself. */
const SAME_MS = 500;
const PARENT_POLL_MS = 500;

const takers = new Set<(signal: NodeJS.Signals) => void>();

/** The first of these signals: whoever takes it ends in order. The next one ends the program at once. */
export function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => takers.add(resolve));
}

/**
 * Calls `end` where nobody takes a signal, and for the second one, until the function that it returns is called.
 * `hasParent`: the program is of use to its parent only, so that the parent's death is a signal too (SIGHUP, as of a terminal).
 */
export function watchSignals(end: (signal: NodeJS.Signals) => void, hasParent: boolean): () => void {
  let firstMs: number | undefined;
  const receive = (signal: NodeJS.Signals): void => {
    if (firstMs === undefined && takers.size) {
      firstMs = performance.now();
      for (const take of takers) take(signal);
    } else if (firstMs === undefined || performance.now() - firstMs > SAME_MS) end(signal);
  };
  for (const signal of ENDING) process.on(signal, receive);
  const parent = process.ppid;
  const poll = hasParent ? setInterval(lookForParent, PARENT_POLL_MS).unref() : undefined;

  function lookForParent(): void {
    if (process.ppid == parent) return;
    clearInterval(poll);
    receive("SIGHUP");
  }

  return () => {
    clearInterval(poll);
    for (const signal of ENDING) process.off(signal, receive);
  };
}

/** Somebody stopped what was being done. */
export class InterruptedError extends Error {
  constructor(
    readonly signal: NodeJS.Signals,
    more = "",
  ) {
    super(`interrupted by ${signal}${more}`);
  }

  get exitCode(): number {
    return exitCodeOf(this.signal);
  }
}

/** As a shell has it (POSIX, 2.8.2: above 128). */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
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

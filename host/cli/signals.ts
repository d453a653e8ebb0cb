/** Ctrl-C, and what ends a program from outside. */

const ENDING: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM"];

/** The first of these signals. It does not end the program; the same signal a second time does. */
export function nextSignal(signals: readonly NodeJS.Signals[] = ENDING): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of signals) process.once(signal, () => resolve(signal));
  });
}

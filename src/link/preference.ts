/** When to leave one of two paths for the other. Times are milliseconds. */

/**
 * Failures in a row after which the other path is tried; the other one, once it is left, has more to climb: its ladder restarts the module.
 */
const PREFERRED_FAILURES = 2;
const OTHER_FAILURES = 4;
/** So long the other path is kept before the preferred one is tried again; twice as long each time that it fails. */
const RETURN_MS = 300000;
const LONGEST_MS = 3600000;

let isPreferred = true;
let returnMs = RETURN_MS;
let leftAt = 0;

export function init(): void {
  isPreferred = true;
  returnMs = RETURN_MS;
}

/** After so many failures in a row: is the path to be left? */
export function isHopeless(failures: number): boolean {
  return failures >= (isPreferred ? PREFERRED_FAILURES : OTHER_FAILURES);
}

/** The path was left for the other. */
export function changed(now: number): void {
  isPreferred = !isPreferred;
  if (!isPreferred) {
    returnMs = leftAt ? Math.min(LONGEST_MS, 2 * returnMs) : RETURN_MS;
    leftAt = now;
  }
}

/** The preferred path has proved itself: it is not counted that it was left. */
export function proven(): void {
  if (isPreferred) leftAt = 0;
}

/** Is it time to look for the preferred path? Asked again after as long. */
export function isDue(now: number): boolean {
  if (isPreferred || now - leftAt < returnMs) return false;
  leftAt = now;
  return true;
}

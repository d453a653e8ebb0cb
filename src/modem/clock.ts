/** Reading the module's clock. */
import type { BringUp, Next, Step } from "../api/modem";
import { ask } from "./parts";

/** A module that has not heard the time starts in 1970, 1980, 2004 or 2008: years before this one are "unknown". */
const FIRST_YEAR = 2023;

/**
 * Unix seconds of `"24/08/22,15:00:02+32"` (27.007, CCLK: local time, zone in quarters of an hour); `null` if the clock is not set.
 */
export function unixTimeOf(answer: string): number | null {
  const fields = answer.replace('"', "").split(/[^0-9]/);
  const numbers = fields.map((field) => parseInt(field, 10));
  const year = 2000 + (numbers[0] as number);
  if (!(year >= FIRST_YEAR && year < 2070)) return null;
  const days = daysSince1970(year, numbers[1] as number, numbers[2] as number);
  const seconds = (numbers[3] as number) * 3600 + (numbers[4] as number) * 60 + (numbers[5] as number);
  const zone = (numbers[6] || 0) * (answer.lastIndexOf("-") > 0 ? -900 : 900);
  return days * 86400 + seconds - zone;
}

/** Asks the module for the time; goes on with `next`, known or not. */
export function readClock(up: BringUp, ms: number, next: Next): Step {
  return ask("AT+CCLK?", "+CCLK: ", ms, (r) => {
    const now = unixTimeOf(r.text);
    if (now !== null) up.setUnixTime(now);
    return next;
  });
}

/** The year is made to start in March, so that the leap day is its last (the interpreter has no `Date.UTC`). */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month < 3 ? year - 1 : year;
  const m = month < 3 ? month + 9 : month - 3;
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + Math.floor((153 * m + 2) / 5) + day - 719469;
}

/** Reading the module's clock. */

/** A module that has not heard the time starts in 1970, 1980, 2004 or 2008: years before 2023 are "unknown". */
const FIRST = "23/";
const LAST = "70/";

/**
 * Unix seconds of `+CCLK: "24/08/22,15:00:02+32"` (27.007: local time, zone in quarters of an hour) in an answer;
 * `null` if the clock is not set.
 */
export function unixTimeOf(answer: string): number | null {
  const found = /CCLK: "([^,]+),([^-+"]+)([^"]*)/.exec(answer);
  const date = found ? (found[1] as string) : "";
  if (!found || date < FIRST || date > LAST) return null;
  return Date.parse("20" + date.replace(/\//g, "-") + "T" + found[2] + "Z") / 1000 - 900 * (parseInt(found[3] as string) || 0);
}

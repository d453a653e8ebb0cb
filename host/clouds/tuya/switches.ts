/** What TuyaLink's documents leave open, or what nobody has written down: each as a switch. */
import { COMMON_CHOICES, COMMON_SWITCHES } from "../shared/switches.ts";
import { parseSwitch as parse } from "../shared/parse-switch.ts";

export const SWITCHES = {
  ...COMMON_SWITCHES,
  /** Seconds that a timestamp may be away from the cloud's clock; 0: any. LuatOS sends one of the year 2200, so probably nobody looks. */
  timestampWindowS: 0,
  /** Reports are answered whether they ask for it or not (`sys.ack`). */
  alwaysAck: false as boolean,
};

export type Switches = typeof SWITCHES;

/** One switch and its value, as given by people. @throws {Error} that names what is wrong. */
export function parseSwitch(name: string, value: unknown): Partial<Switches> {
  return parse(SWITCHES, COMMON_CHOICES, name, value);
}

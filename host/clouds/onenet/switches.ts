/** What OneNET's documents leave open, or what nobody has written down: each as a switch. */
import { COMMON_CHOICES, COMMON_SWITCHES } from "../shared/switches.ts";
import { parseSwitch as parse } from "../shared/parse-switch.ts";

export const SWITCHES = {
  ...COMMON_SWITCHES,
  /** A connection is closed when its token expires. Not documented. */
  expiryCloses: true as boolean,
  /** Clean session 0 is refused (CONNACK 2), instead of counting as 1. The platform keeps no sessions. */
  strictClean: false as boolean,
  /** `res` and `sign` have to be percent-encoded exactly as documented, instead of in any way that can be decoded. */
  strictEncoding: true as boolean,
};

export type Switches = typeof SWITCHES;

/** One switch and its value, as given by people. @throws {Error} that names what is wrong. */
export function parseSwitch(name: string, value: unknown): Partial<Switches> {
  return parse(SWITCHES, COMMON_CHOICES, name, value);
}

/** States as people read them: in the log, and in `device.info()`. */
import type { LinkState } from "../api/link";

/** A function, not a table: its texts are in memory only while it runs. */
export function nameOf(state: LinkState): string {
  return "off powering setting-up sim registering attaching authorizing securing connecting subscribing online waiting".split(" ")[
    state
  ] as string;
}

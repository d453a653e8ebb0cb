/** How an attempt that failed is followed up. Pure; part of the cold module `why`. */
import type { DeviceErrorName } from "../api/device";
import type { LinkState, Retry, Rung } from "../api/link";

const STATES = "powering setting-up sim registering attaching authorizing securing connecting subscribing online".split(" ") as LinkState[];
const RUNGS = "mqtt bearer radio reset power board".split(" ") as Rung[];
/** The state that each rung starts over from: authorizing, attaching, sim, powering. */
const STARTS = [5, 4, 2, 0, 0, 0];
/** On each rung. */
const ATTEMPTS = 2;
/** 2, 4, 8 … seconds, at most five minutes (Aliyun takes 5 CONNECTs a minute). */
const FIRST_MS = 2000;
const LONGEST_MS = 300000;
/** A module that restarted waits for nobody: it is set up again at once, unless it keeps doing so. */
const REBOOTED_MS = 100;
/** Refused (password, client id, APN, a setting): somebody has to change something first. */
const REFUSED_MS = 10000;
/** Refused by the cloud's authentication service: nothing but somebody at its console can help, and it counts requests. */
const HOPELESS_MS = 3600000;
const HOPELESS: Record<string, boolean> = { "registration-off": true, "already-registered": true };

export function next(failed: LinkState, name: DeviceErrorName, failures: number, random: number): Retry {
  if (failed == "authorizing" && (name.endsWith("-refused") || HOPELESS[name]))
    return { startAt: failed, rung: "mqtt", delayMs: HOPELESS_MS * (0.75 + random / 2) };
  const restarted = name == "module-rebooted";
  const rung = Math.min(RUNGS.length, Math.ceil(failures / ATTEMPTS)) - 1;
  // Never behind what failed.
  const start = Math.min(STARTS[rung] as number, STATES.indexOf(failed));
  const first = name.endsWith("-refused") ? REFUSED_MS : restarted && failures <= ATTEMPTS ? REBOOTED_MS : FIRST_MS;
  return {
    startAt: STATES[name.startsWith("module-") ? 0 : start] as LinkState,
    rung: RUNGS[rung] as Rung,
    delayMs: Math.min(LONGEST_MS, first << (failures - 1)) * (0.75 + random / 2),
  };
}

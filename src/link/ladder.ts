/** How an attempt that failed is followed up. Pure; part of the cold module `why`. */
import type { DeviceErrorName } from "../api/device";
import type { LinkState, Retry, Rung } from "../api/modem";

/** Two attempts on each rung. */
const LADDER: Rung[] = ["mqtt", "bearer", "radio", "reset", "power"];
const ATTEMPTS = 2;
/** 2, 4, 8 … seconds, at most five minutes (Aliyun takes 5 CONNECTs a minute). */
const FIRST_MS = 2000;
const LONGEST_MS = 300000;
/** A module that restarted waits for nobody: it is set up again at once, unless it keeps doing so. */
const REBOOTED_MS = 100;
/** Refused by name or password: somebody has to change something first. */
const REFUSED_MS = 10000;

export function next(failed: LinkState, name: DeviceErrorName, failures: number, random: number): Retry {
  const order = "powering setting-up sim registering attaching authorizing securing connecting subscribing online".split(
    " ",
  ) as LinkState[];
  const starts: Record<Rung, LinkState> = {
    mqtt: "authorizing",
    bearer: "attaching",
    radio: "sim",
    reset: "powering",
    power: "powering",
    board: "powering",
  };
  const module = name == "module-silent" || name == "module-rebooted";
  const rung: Rung = LADDER[Math.floor((failures - 1) / ATTEMPTS)] || "board";
  const start = order.indexOf(starts[rung]);
  const startAt = module ? 0 : Math.min(start, order.indexOf(failed));
  const refused = name == "credentials-refused" || name == "client-id-refused";
  const first = refused ? REFUSED_MS : name == "module-rebooted" && failures <= ATTEMPTS ? REBOOTED_MS : FIRST_MS;
  const delay = Math.min(LONGEST_MS, first * Math.pow(2, failures - 1));
  return { startAt: order[startAt] as LinkState, rung: rung, delayMs: delay * (0.75 + random / 2) };
}

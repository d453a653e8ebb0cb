/** Backoff: how an attempt that failed is followed up, where and how hard it starts over, and when. Pure; part of the cold module `why`. */
import type { Evidence } from "../api/fault";
import { Fault } from "../api/fault";
import { LinkState, Rung } from "../api/link";
import type { Retry } from "../api/link";

/** The state that each rung starts over from. */
const STARTS = [LinkState.Authorizing, LinkState.Attaching, LinkState.Sim, LinkState.Powering, LinkState.Powering, LinkState.Powering];
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

/** `isRefusal`: somebody has to change something first. `failures` in a row, this one included; `random`: 0 <= x < 1. */
export function backoff(failed: LinkState, evidence: Evidence, isRefusal: boolean, failures: number, random: number): Retry {
  const spread = 0.75 + random / 2;
  if (failed == LinkState.Authorizing && isRefusal) return { startAt: failed, rung: Rung.Mqtt, delayMs: HOPELESS_MS * spread };
  const isQuick = evidence.cause == "module-rebooted" && failures <= ATTEMPTS;
  const rung = Math.min(Rung.Board, Math.ceil(failures / ATTEMPTS) - 1);
  // Never behind what failed.
  const startAt = Math.min(STARTS[rung] as LinkState, failed);
  return {
    startAt: evidence.class == Fault.Module ? LinkState.Powering : startAt,
    rung: rung,
    delayMs: Math.min(LONGEST_MS, (isRefusal ? REFUSED_MS : isQuick ? REBOOTED_MS : FIRST_MS) << (failures - 1)) * spread,
  };
}

/** The cold module `why`: reads what a failure says, and tells what to do and to check. Loaded for a failure, dropped when it is told. */
import type { DeviceError, DeviceErrorName } from "../api/device";
import type { Evidence, Fault } from "../api/fault";
import type { Judgement, LinkState } from "../api/link";
import { backoff } from "./backoff";
import { CAUSES, REFUSAL } from "./causes";

const RUNGS = ["mqtt", "bearer", "radio", "reset", "power", "board"];

export function evidenceOf(failure: string): Evidence {
  const colon = (failure + ":").indexOf(":");
  return { class: failure[0] as Fault, cause: failure.substring(1, colon) as DeviceErrorName, proof: failure.substr(colon + 2) };
}

function isRefusal(cause: DeviceErrorName): boolean {
  return (CAUSES[cause] || "")[0] == REFUSAL;
}

function explain(evidence: Evidence): string {
  const check = (CAUSES[evidence.cause] || "").replace(REFUSAL, "");
  return evidence.proof + (check && (evidence.proof && "; ") + "check: " + check);
}

export function errorOf(failure: string): DeviceError {
  const evidence = evidenceOf(failure);
  return { name: evidence.cause, message: explain(evidence) };
}

export function judge(failed: LinkState, failure: string, failures: number, random: number): Judgement {
  const evidence = evidenceOf(failure);
  const refused = isRefusal(evidence.cause);
  const retry = backoff(failed, evidence, refused, failures, random) as Judgement;
  retry.cause = evidence.cause;
  retry.isRefusal = refused;
  retry.text = "error: " + evidence.cause + ": " + explain(evidence);
  retry.outlook = "link: next attempt in " + Math.round(retry.delayMs / 100) / 10 + " s (" + RUNGS[retry.rung] + ")";
  return retry;
}

/** What the bring-up scripts of all dialects are made of. Cold. */
import type { Result } from "../api/at";
import type { TlsConfig } from "../api/config";
import type { BringUp, Next, Phase, Step } from "../api/modem";

/** The part of a dialect that only brings the module up. */
export interface ModemParts {
  /** Milliseconds a command takes at most that the manual gives no time of its own, and one that asks the SIM. */
  commandMs: number;
  simMs: number;
  iccid: string;
  iccidPrefix: string;
  /** Milliseconds the power key is held to switch on, and off. */
  powerKeyMs: number;
  powerOffKeyMs: number;
  resetMs: number;
  /** The reset pin switches the module off: the power key must follow. */
  resetIsOff: boolean;
  /** Command that restarts the module. */
  restart: string;
  powerOff: string;
  /** The line that takes the place of its `OK`; `""`: there is none. */
  powerOffSign: string;
  /** Longest time from that command until the supply may be cut. */
  powerOffMs: number;
  /** Longest time from the power key to the first answer. */
  readyMs: number;
  settingUp(up: BringUp): Phase;
  attaching(up: BringUp, apn: string): Phase;
  securing(up: BringUp): Phase;
  connecting(up: BringUp): Phase;
}

export const onlyDigits = /^[0-9]+$/;

/**
 * A module that has just started may still answer an `AT` of before, and would go on answering one command late. The question for the IMEI
 * tells: its `OK` comes without one. After this rest the answers are in step again.
 */
export const IN_STEP_MS = 500;

/** A command and a decision. `want` may be empty: only the final result code counts. */
export function ask(at: string, want: string, ms: number, then: (r: Result) => Next): Step {
  return { at: at, want: want, ms: ms, then: then };
}

/** The same for an answer that only its form tells. */
export function askLike(at: string, like: RegExp, ms: number, then: (r: Result) => Next): Step {
  return { at: at, like: like, ms: ms, then: then };
}

/** A command that every module knows; refused, the phase fails. */
export function tell(at: string, ms: number, next: Next): Step {
  return ask(at, "", ms, (r) => (r.error ? "module-silent: " + at + because(r) : next));
}

/** A command whose refusal does not matter. */
export function always(at: string, next: Next, ms?: number): Step {
  return ask(at, "", ms || 1000, () => next);
}

/** Whether the certificate's dates are checked: `auto` does as soon as the clock is known. */
export function checksDates(up: BringUp): boolean {
  const how = (up.product.cloud.tls as TlsConfig).checkDate;
  return how == "always" || (how == "auto" && up.unixTime() !== null);
}

/** A text argument. What it cannot hold never reaches the module: the builder refuses such settings, this is the last gate. */
export function quote(text: string): string {
  if (/[\x00-\x1f"]/.test(text)) throw "a setting holds a quote or a control character";
  return '"' + text + '"';
}

/** ", CME 30" and the like, for messages. */
export function because(r: Result): string {
  return r.code >= 0 ? ", CME " + r.code : r.error && ", " + r.error;
}

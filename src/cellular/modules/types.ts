/** What a 4G module's folder has to offer, besides its dialect (`AtDialect`). */
import type { BringUp } from "../../api/bringup";
import type { Script, Step } from "../../api/script";

/** The part of a dialect that only brings the module up. */
export interface ModemParts {
  /** Milliseconds a command that asks the SIM takes at most. */
  simMs: number;
  /** Asks for the SIM card's number. */
  cardNumber: string;
  /** Milliseconds the power key is held to switch on, and off. */
  powerKeyMs: number;
  powerOffKeyMs: number;
  resetMs: number;
  /** The reset pin switches the module off: the power key must follow. */
  resetIsOff: boolean;
  /** Command that restarts the module. */
  restartCommand: string;
  powerOff: string;
  /** The line that takes the place of its `OK`; `""`: there is none. */
  powerOffSign: string;
  /** Longest time from that command until the supply may be cut. */
  powerOffMs: number;
  /** Longest time from the power key to the first answer. */
  readyMs: number;
  setUp(up: BringUp): Script;
  attach(up: BringUp): Script;
  secure(up: BringUp): Script;
  connect(up: BringUp): Script;
  /** Says good-bye to the broker. */
  signOff: Step;
}

/** Names of what URCs mean, for comparisons that a person reads. */
import { Signal } from "../../src/api/link.ts";

const NAMES: Readonly<Record<Signal, string>> = {
  [Signal.Rebooted]: "rebooted",
  [Signal.PoweredDown]: "powered-down",
  [Signal.ConnectionLost]: "connection-lost",
  [Signal.BearerLost]: "bearer-lost",
  [Signal.Registration]: "registration",
  [Signal.Sim]: "sim",
  [Signal.Stored]: "stored",
};

export function signalName(signal: Signal): string {
  return NAMES[signal];
}

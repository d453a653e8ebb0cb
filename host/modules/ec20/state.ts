/** What an EC20 remembers: in flash, and until it restarts. */
import { newBasicSession, type BasicFlash, type BasicSession } from "../core/basic-commands.ts";
import { newNetworkSession, type NetworkSession } from "../core/network-commands.ts";
import type { Quirks } from "../options.ts";

/** Survives everything. */
export interface Flash extends BasicFlash {
  urcport: string;
  /** Automatic time: 0 off, 1 on, 3 on with local time. */
  ctzu: number;
}

export function factoryFlash(quirks: Quirks): Flash {
  // The manual does not state CMEE's default; with 1 the examples of it come out.
  return { echo: true, cmee: 1, baud: 115_200, urcport: quirks.urcport, ctzu: 0 };
}

/** Until the next start. */
export interface Session extends BasicSession, NetworkSession {
  /** Whether the card has answered. */
  simUp: boolean;
  /** Bit sum of QINISTAT: 1 CPIN ready, 2 SMS done, 4 phonebook done. */
  inistat: number;
  /** Of the last QI command, for QIGETERROR. */
  lastError: number;
}

export function newSession(flash: Flash): Session {
  return { ...newBasicSession(flash), ...newNetworkSession(), simUp: false, inistat: 0, lastError: 0 };
}

/** What the command groups of an EC20 share. `session` is replaced at every start. */
export interface Ec20State {
  flash: Flash;
  session: Session;
}

/** What an EC20 remembers: in flash, and until it restarts. */
import type { Quirks } from "../options.ts";

/** Survives everything. */
export interface Flash {
  echo: boolean;
  cmee: number;
  baud: number;
  urcport: string;
  /** Automatic time: 0 off, 1 on, 3 on with local time. */
  ctzu: number;
}

export function factoryFlash(quirks: Quirks): Flash {
  // The manual does not state CMEE's default; with 1 the examples of it come out.
  return { echo: true, cmee: 1, baud: 115_200, urcport: quirks.urcport, ctzu: 0 };
}

/** Until the next start. */
export interface Session {
  cmee: number;
  cfun: number;
  /** Whether the card has answered. */
  simUp: boolean;
  /** Bit sum of QINISTAT: 1 CPIN ready, 2 SMS done, 4 phonebook done. */
  inistat: number;
  /** `<n>` of +CREG, +CGREG, +CEREG. */
  reporting: Record<string, number>;
  copsFormat: number;
  flowControl: string;
  /** Of the last QI command, for QIGETERROR. */
  lastError: number;
}

export function newSession(flash: Flash): Session {
  return {
    cmee: flash.cmee,
    cfun: 1,
    simUp: false,
    inistat: 0,
    reporting: { "+CREG": 0, "+CGREG": 0, "+CEREG": 0 },
    copsFormat: 0,
    flowControl: "0,0",
    lastError: 0,
  };
}

/** What the command groups of an EC20 share. `session` is replaced at every start. */
export interface Ec20State {
  flash: Flash;
  session: Session;
}

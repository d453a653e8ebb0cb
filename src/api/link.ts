/** The link: its states, and what a failure is followed by. */
import type { DeviceError, DeviceErrorName } from "./device";

/** What a URC means to the link. */
export const enum Signal {
  /** The module has started: it was switched on, or restarted by itself. */
  Rebooted = 1,
  PoweredDown,
  /** The connection to the broker. */
  ConnectionLost,
  /** The data connection, or the Wi-Fi network. */
  BearerLost,
  Registration,
  Sim,
  /** The module keeps a message that is to be fetched. */
  Stored,
}

/** States in the order of the way up; their names for people are in `src/link/states.ts`. */
export const enum LinkState {
  Off,
  Powering,
  SettingUp,
  Sim,
  Registering,
  Attaching,
  Authorizing,
  Securing,
  Connecting,
  Subscribing,
  Online,
  Waiting,
}

/** How hard the next attempt starts over. */
export const enum Rung {
  Mqtt,
  Bearer,
  Radio,
  Reset,
  Power,
  Board,
}

/** What a module taught us since it was switched on. A new one is made when it restarts. */
export interface Session {
  /** How a publish is written; the dialect numbers its forms. */
  form: number;
  /** Longest payload in bytes. */
  maxPayload: number;
  /** Names of the certificate and key files in the module that were read and are ours, one a line. */
  secured: string;
  /** The module may hold a connection of an earlier life, or of an attempt that failed. */
  found: boolean;
  /** There was a data connection: what is left of it is in the way of the next. */
  attached: boolean;
  /** The connection to the broker stands: its loss is news. */
  opened: boolean;
}

/** How an attempt that failed is followed up. */
export interface Retry {
  startAt: LinkState;
  rung: Rung;
  delayMs: number;
}

/** What a failure means. */
export interface Judgement extends Retry {
  cause: DeviceErrorName;
  /** Somebody has to change something first: what was refused is not used again. */
  isRefusal: boolean;
  /** For the log: what happened and what to check, and what follows. */
  text: string;
  outlook: string;
}

/** The cold module `why`: what to say and to do after a failure (see `Fault` for its text). */
export interface WhyModule {
  /** `failures` in a row, this one included; `random`: 0 <= x < 1. */
  judge(failed: LinkState, failure: string, failures: number, random: number): Judgement;
  /** For an application. */
  errorOf(failure: string): DeviceError;
}

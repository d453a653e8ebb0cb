/** The link: its states, what a failure is followed by, and what it takes for a way to the network. */
import type { Channel, Dialect } from "./channel";
import type { DeviceErrorName } from "./device";
import type { World } from "./world";

/** What a URC means to the link. */
export type Signal = "rebooted" | "powered-down" | "connection-lost" | "bearer-lost" | "registration" | "sim" | "stored";

/** States of the link that are brought up by a script of the cold module. */
export type BringUpState = "powering" | "setting-up" | "sim" | "registering" | "attaching" | "authorizing" | "securing" | "connecting";

export type LinkState = "off" | BringUpState | "subscribing" | "online" | "waiting";

/** How hard the next attempt starts over. */
export type Rung = "mqtt" | "bearer" | "radio" | "reset" | "power" | "board";

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

/** A way to the network. */
export interface Path {
  channel: Channel;
  dialect: Dialect;
  /** Name of the cold module with its scripts. */
  up: string;
  /** Gives the world what this way needs of the board. */
  prepare(world: World): void;
  /** Whether its network is there: looked for beside a session over another path. Absent: nothing tells but trying. */
  isThere?(world: World, then: (isThere: boolean) => void): void;
}

export interface Retry {
  startAt: LinkState;
  rung: Rung;
  delayMs: number;
}

/** The cold module `why`: what to say and to do after a failure. */
export interface WhyModule {
  /** `failures` in a row, this one included; `random`: 0 <= x < 1. */
  next(failed: LinkState, name: DeviceErrorName, failures: number, random: number): Retry;
  explain(name: DeviceErrorName, detail: string): string;
}

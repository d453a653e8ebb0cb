/** A connection typed by hand: the AT lines for one module, in order. */
import type { CloudConfig, ModemConfig } from "../../src/api/config.ts";
import type { CaFile } from "../build/tls.ts";
import { ec20Lines } from "./ec20.ts";
import { luatLines } from "./luat.ts";

export interface Line {
  /** What is typed, without the line end. */
  at: string;
  /** What is waited for before the next line, and what is sent in between. */
  expect: string;
}

export interface Connection {
  modem: ModemConfig;
  cloud: CloudConfig;
  clientId: string;
  username: string;
  password: string;
  /** Filled in: no placeholders. */
  topicBase: string;
  willTopic: string;
  ca?: CaFile;
}

/** What is published as an example: `~/up` is the application's topic. */
export const EXAMPLE = "hello";

const WRITERS: Readonly<Record<ModemConfig["model"], (connection: Connection) => Line[]>> = {
  ec20: ec20Lines,
  air780ep: luatLines,
  air720: luatLines,
};

export function isKnownModel(model: string): model is ModemConfig["model"] {
  return Object.hasOwn(WRITERS, model);
}

export function atLines(connection: Connection): Line[] {
  return WRITERS[connection.modem.model](connection);
}

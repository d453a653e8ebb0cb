/** A connection typed by hand: the AT lines for one module, in order. */
import type { CloudConfig, ModemConfig } from "../../src/api/config.ts";
import type { PemFile } from "../config/tls.ts";
import { ec20Lines } from "./ec20.ts";
import { luatLines } from "./luat.ts";

export interface Line {
  /** What is typed, without the line end. */
  at: string;
  /** What the module says to it in the end; `""`: see the note. */
  answer: string;
  /** What is sent then, without a line end, and what the module says to that. */
  send?: { name: string; bytes: Buffer; answer: string };
  /** It may be answered with an error, which does not matter. */
  mayFail?: boolean;
  note?: string;
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
  ca?: PemFile;
}

/** What is published as an example. */
export const EXAMPLE = "hello";

export function sendCa({ name, pem }: PemFile, answer: string): NonNullable<Line["send"]> {
  return { name: `the ${pem.length} bytes of ${name} as they are`, bytes: pem, answer };
}

export function sendExample(answer: string): NonNullable<Line["send"]> {
  return { name: EXAMPLE, bytes: Buffer.from(EXAMPLE), answer };
}

/** What to wait for, in words. */
export function expectation({ answer, send, note }: Line): string {
  const parts = [answer && (send ? `${answer} (then send ${send.name}), ${send.answer}` : answer), note ?? ""];
  return parts.filter((part) => part).join("; ");
}

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

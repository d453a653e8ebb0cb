/** A connection typed by hand: AT lines, in order. What is in them is in the folders of the modules. */
import type { ConnectionConfig, ModemConfig, TlsConfig } from "../../src/api/config.ts";

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

/** A certificate: the name of its file, and its bytes. */
export interface PemFile {
  name: string;
  pem: Buffer;
}

export interface Connection {
  modem: ModemConfig;
  cloud: ConnectionConfig;
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

/** Commands without `AT` that are answered with `OK`. */
export function settled(commands: readonly string[]): Line[] {
  return commands.map((command) => ({ at: `AT${command}`, answer: "OK" }));
}

/** Where the device would look at its clock, somebody at a keyboard leaves the dates unchecked with `unchecked`. */
export function datesByHand(tls: TlsConfig, unchecked: string): Line[] {
  if (tls.insecure || tls.checkDate != "auto") return [];
  return [{ at: `AT${unchecked}`, answer: "OK", note: "with 1 dates are not checked, 0 needs a clock that is right" }];
}

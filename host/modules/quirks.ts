/** The oddities of real firmware. What a module has by itself is in its folder; the rest is as here; options change any of it. */

/**
 * Quectel: the best form of publishing that a firmware has; the ones after it in this list exist too. Luat: `pubex`
 * has MPUBEX, `pub` only MPUB.
 */
export type PublishForm = "pubex" | "pub-length" | "pub-ctrlz" | "pub";

/** What every module may have. A module adds its own in its folder. */
export interface Quirks {
  /** URCs may come between echo and answer. */
  urcDuringCmd: boolean;
  /** Some firmware leaves out the blank. */
  prompt: "> " | ">";
  /** The boot lines come twice. */
  dupBoot: boolean;
  /** The module restarts by itself, once, so many milliseconds after its first RDY. */
  rebootAt: number | null;
  /** Garbage before RDY. */
  bootNoise: boolean;
  /** An empty line before each echo. */
  extraCrlf: boolean;
  /** A command behind other characters on its line is found, answered by an error, or not answered. */
  beforeAt: "found" | "refused" | "ignored";
  /** What the host sends between a command and the prompt: it becomes data, or the module does not hear it. */
  beforePrompt: "kept" | "lost";
  /** So many bytes of each upload are lost on the way. */
  uplDrop: number;
  /** With echo on, published data is echoed too. */
  payloadEcho: boolean;
  /** Opening a connection does not activate a context by itself. */
  strictPdp: boolean;
  /** The broker's patience between TCP connection and CONNECT, milliseconds. */
  connectTimerMs: number;
  publishForms: PublishForm;
  /** Bytes, for one publish. */
  publishLimit: number;
  /** Characters in a command line. */
  lineLimit: number;
  /** Whether several commands may stand in one line, with `;` between them, as both manuals say. */
  joins: boolean;
  /** Whether the name that a server must have can be set: QSSLCFG's "sni", or whether SSLCFG's "hostname" reaches the greeting. */
  sni: boolean;
  /** With seclevel 2 and a client certificate or key that is not there: the handshake fails, or goes on without. No manual says. */
  clientFileMissing: "fails" | "unsent";
}

/** Where neither the module nor the options say anything. */
export const QUIRKS: Readonly<Partial<Quirks>> = {
  urcDuringCmd: true,
  prompt: "> ",
  dupBoot: false,
  rebootAt: null,
  bootNoise: false,
  extraCrlf: false,
  beforeAt: "found",
  beforePrompt: "kept",
  uplDrop: 0,
  payloadEcho: true,
  strictPdp: false,
  connectTimerMs: 30_000,
  publishForms: "pubex",
  publishLimit: 1548, // the range an EC2x names in its answer to AT+QMTPUB=?
  lineLimit: 2048,
  joins: true,
  sni: true,
  clientFileMissing: "fails",
};

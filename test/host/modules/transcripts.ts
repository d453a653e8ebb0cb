/** Transcripts of real modules: what the host sent, what came, and when. What each needs to be replayed is in the manifest. */
import { readFileSync } from "node:fs";
import type { HostOptions } from "./support.ts";

export interface Message {
  topic: string;
  payload: string;
}

/** What the module does at a line of the log, and what in the log made it do so. */
export interface Cause {
  /** An rx: it comes of this, not of the tx before it. A tx: this comes first. */
  line: number;
  control?: object;
  /** Messages that other clients publish. */
  publish?: Message[];
  /** The broker cuts the connection. */
  kick?: true;
  /** Commands that the log does not show. */
  commands?: Preparation[];
}

/** A command, and what must come before the next: OK if nothing else is said. */
export type Preparation = string | { send: string; until: string };

export interface Transcript {
  file: string;
  profile: "ec20" | "air780ep" | "air720";
  evidence: string;
  /** The log shows commands only by their echo. */
  commandsFromEcho?: boolean;
  /** The log's own clock is late by up to so many milliseconds. */
  coarseMs?: number;
  start: {
    echo: boolean;
    /** How long the module is on when the log starts, milliseconds. Default: until it has nothing more to say. */
    runMs?: number;
    options?: HostOptions;
    commands?: Preparation[];
    files?: { name: string; bytes: number }[];
    broker?: { users?: Record<string, string>; tls?: boolean };
    /** What an HTTP server answers, by path. */
    server?: { tls?: boolean; replies: Record<string, Reply> };
  };
  causes?: Cause[];
  elided?: { line: number; checksum: string }[];
  leftOut: { from: number; to: number; why: string }[];
}

/** A response with status 200: a text, or so many bytes that the log does not hold. */
export interface Reply {
  text?: string;
  bytes?: number;
  /** Without a length. */
  chunked?: true;
}

interface Line {
  line: number;
  dir: "tx" | "rx";
  data: string;
  at_ms?: number;
  elided_bytes?: number;
}

export interface Received {
  line: number;
  data: string;
  /** Milliseconds from what was sent. */
  afterMs: number | null;
}

/** What the host sends or something else causes, and what must come of it before the next. */
export interface Exchange {
  line: number;
  sent: Buffer;
  cause: Cause | null;
  received: Received[];
}

const folder = new URL("../../replay/", import.meta.url);

export function transcripts(): Transcript[] {
  return (JSON.parse(readFileSync(new URL("manifest.json", folder), "utf8")) as { transcripts: Transcript[] }).transcripts;
}

function linesOf({ file }: Transcript): Line[] {
  const text = readFileSync(new URL(`transcripts/${file}`, folder), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line, i) => ({ line: i + 1, ...(JSON.parse(line) as Omit<Line, "line">) }));
}

/** In place of bytes of a body that the log does not hold. */
export function elidedBody(bytes: number): string {
  return "x".repeat(bytes);
}

/** `fill` makes the bytes that the log does not hold, from their number and checksum. */
export function exchangesOf(transcript: Transcript, fill: (size: number, checksum: string) => Buffer): Exchange[] {
  const list: Exchange[] = [];
  let sentAt: number | null = null;
  const begin = (line: number, sent: Buffer, cause: Cause | null): void => {
    const last = list.at(-1);
    // A terminal may send the CR of a command apart.
    if (last && last.received.length === 0 && !cause) last.sent = Buffer.concat([last.sent, sent]);
    else list.push({ line, sent, cause, received: [] });
  };
  for (const { line, dir, data, at_ms, elided_bytes } of linesOf(transcript)) {
    if (transcript.leftOut.some(({ from, to }) => line >= from && line <= to)) continue;
    const cause = transcript.causes?.find((one) => one.line === line) ?? null;
    const elided = transcript.elided?.find((one) => one.line === line);
    if (dir === "tx") {
      begin(line, elided ? fill(elided_bytes as number, elided.checksum) : Buffer.from(data, "latin1"), cause);
      sentAt = at_ms ?? null;
      continue;
    }
    if (transcript.commandsFromEcho && /^at/i.test(data)) begin(line, Buffer.from(data.slice(0, data.indexOf("\r") + 1), "latin1"), null);
    else if (cause || list.length === 0) {
      begin(line, Buffer.alloc(0), cause);
      sentAt = null;
    }
    const afterMs = at_ms === undefined || sentAt === null ? null : at_ms - sentAt;
    (list.at(-1) as Exchange).received.push({ line, data: elided_bytes === undefined ? data : elidedBody(elided_bytes), afterMs });
  }
  return list;
}

/** Without empty lines; garbage bytes, whatever they are, as the logs write them. */
export function linesIn(text: string): string[] {
  return text
    .split(/[\r\n]+/)
    .filter((line) => line !== "")
    .map((line) => line.replace(/^[\x80-\xff]+$/, "?"));
}

/** Data mode: takes bytes as data, whatever they are, until the command has what it wants. */
import type { Collect, Ended } from "./command.ts";
import type { Timers } from "./timers.ts";

const CTRL_Z = 0x1a;
const ESC = 0x1b;
/** Silence before and after `+++` (V.250 guard time), milliseconds. */
const GUARD_MS = 1000;
const PLUS = "+++";

export interface Collector {
  /** Takes what belongs to the data. What comes behind their end is dropped. */
  feed(bytes: Buffer): void;
}

export interface CollectorWorld {
  timers: Timers;
  now(): number;
  /** Sends bytes to the host while data are collected. */
  write(text: string): void;
  echoOn(): boolean;
  ended(data: Buffer, ended: Ended): void;
}

export function collect(spec: Collect, world: CollectorWorld): Collector {
  const kept: Buffer[] = [];
  let size = 0;
  let lose = spec.lose ?? 0;
  let heardAt = world.now();
  let cancel = (): void => {};
  /** `+++` that is an escape only if nothing follows it. */
  let escape = Buffer.alloc(0);

  const end = (how: Ended): void => {
    cancel();
    world.ended(Buffer.concat(kept), how);
  };
  const listen = (ms: number, how: Ended): void => {
    cancel();
    cancel = world.timers.after(ms, () => end(how));
  };
  const keep = (bytes: Buffer): void => {
    if (spec.echo === "always" || (spec.echo && world.echoOn())) world.write(bytes.toString("latin1"));
    const acks = spec.ackEvery ? Math.floor((size + bytes.length) / spec.ackEvery) - Math.floor(size / spec.ackEvery) : 0;
    size += bytes.length;
    kept.push(Buffer.from(bytes));
    if (acks > 0) world.write("A".repeat(acks));
  };
  const feedCounted = (bytes: Buffer, length: number): void => {
    keep(bytes.subarray(0, length - size));
    if (size === length) end("full");
  };
  const feedUntilMark = (bytes: Buffer): void => {
    const mark = bytes.findIndex((byte) => byte === CTRL_Z || (byte === ESC && !spec.noEscape));
    const data = mark < 0 ? bytes : bytes.subarray(0, mark);
    keep(data.subarray(0, Math.max(0, (spec.limit ?? Infinity) - size)));
    if (mark >= 0) end(bytes[mark] === CTRL_Z ? "ctrl-z" : "escape");
  };

  listen(spec.silenceMs, "silence");
  return {
    feed(bytes) {
      const quietMs = world.now() - heardAt;
      heardAt = world.now();
      const lost = Math.min(lose, bytes.length);
      lose -= lost;
      const rest = Buffer.concat([escape, bytes.subarray(lost)]);
      escape = Buffer.alloc(0);
      if (spec.plusEscape && quietMs >= GUARD_MS && rest.toString("latin1") === PLUS) {
        escape = rest;
        return listen(GUARD_MS, "escape");
      }
      if (!spec.fromPrompt) listen(spec.silenceMs, "silence");
      if (spec.length === null) feedUntilMark(rest);
      else feedCounted(rest, spec.length);
    },
  };
}

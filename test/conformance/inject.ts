/** Lines that nobody asked for, put where they do most harm; and answers that are not what the module said. */
import type { Rig } from "../../host/rig/rig.ts";
import { onCommand } from "./device.ts";

/** Where a line comes, seen from a command's answer. */
export const PLACES = ["before the answer", "between answer and final result", "after OK", "after the data"] as const;
export type Place = (typeof PLACES)[number];

/** A final result code in a block of its own. */
const FINAL = /^\r\n(OK|ERROR|\+CM[ES] ERROR: .*)\r\n$/;
const PROMPT = /^\r\n(>|> |CONNECT\r\n|DOWNLOAD\r\n)$/;

/** A whole block that the module sends; with the emulator's whole pieces of output it is one piece on the wire. */
export function blockOf(bytes: Buffer): string {
  return bytes.toString("latin1");
}

/** Has `line` come in `place` of every command while `isTrue()`. Returns the commands that it met. */
export function injectEverywhere(rig: Rig, place: Place, line: string, isTrue: () => boolean): string[] {
  const met: string[] = [];
  let command = "";
  /** The module says it in its turn: in data mode, when that ends. */
  const say = (): void => {
    if (!isTrue()) return;
    met.push(command);
    rig.modem.control({ urc: line });
  };
  onCommand(rig, (_, text) => {
    command = text;
    if (place == "before the answer") say();
  });
  rig.modem.on("event", ({ ev }) => {
    if (ev == "result" && place == "after OK") say();
  });
  rig.wire.toBoard = (bytes) => {
    const block = blockOf(bytes);
    if (place == "after the data" && PROMPT.test(block)) say();
    if (place != "between answer and final result" || !FINAL.test(block) || !isTrue()) return bytes;
    met.push(command);
    return Buffer.from(`\r\n${line}\r\n${block}`, "latin1");
  };
  return met;
}

/** The final result of command number `at` becomes `final`, whatever the module did. */
export function replaceFinal(rig: Rig, at: number, final: string): void {
  let number = 0;
  onCommand(rig, (n) => (number = n));
  let done = false;
  rig.wire.toBoard = (bytes) => {
    if (done || number != at || !FINAL.test(blockOf(bytes))) return bytes;
    done = true;
    return Buffer.from(`\r\n${final}\r\n`, "latin1");
  };
}

/** What becomes of the first line that says a command worked: another line (`$id` is its second number), or `null` for nothing. */
export function replaceResult(rig: Rig, command: RegExp, success: RegExp, by: string | null): void {
  let awaited = false;
  let done = false;
  onCommand(rig, (_, text) => (awaited = command.test(text)));
  rig.wire.toBoard = (bytes) => {
    const line = blockOf(bytes).trim();
    if (done || !awaited || !success.test(line)) return bytes;
    done = true;
    const id = /: \d+,(\d+)/.exec(line)?.[1] ?? "";
    return by === null ? Buffer.alloc(0) : Buffer.from(`\r\n${by.replace("$id", id)}\r\n`, "latin1");
  };
}

/** The result of every such command comes before its `OK`. */
export function resultBeforeOk(rig: Rig, command: RegExp, success: RegExp): void {
  let kept: Buffer | null = null;
  let awaited = false;
  onCommand(rig, (_, text) => (awaited = command.test(text)));
  rig.wire.toBoard = (bytes) => {
    const block = blockOf(bytes);
    if (awaited && block == "\r\nOK\r\n") {
      kept = bytes;
      return Buffer.alloc(0);
    }
    if (!kept || !success.test(block.trim())) return bytes;
    const ok = kept;
    kept = null;
    awaited = false;
    return Buffer.concat([bytes, ok]);
  };
}

/** The module's words no longer reach the board; returns what mends the wire. */
export function cutWire(rig: Rig): () => void {
  const whole = rig.wire.toBoard;
  rig.wire.toBoard = () => Buffer.alloc(0);
  return () => {
    rig.wire.toBoard = whole;
  };
}

/**
 * Slots in the Storage file `slots`: where they are, what is written in them, and how (docs/decisions/0014-over-the-air.md). All is written by address and read
 * back; nothing is ever a Storage file of its own.
 */
import type { SlotRecord, Slots } from "../api/boot";
import type { World } from "../api/world";
import { addressOf, crc32, erasePage, flashText, part as read, program } from "../hal/flash";

const FILE = "slots";
/** Bytes of the description at the start of the file, before the first slot of a chain. */
const DESCRIPTION = 96;
/** Places in a slot. */
export const CONFIRMED = 0;
export const GIVEN_UP = 4;
export const TRIALS = 8;
export const TOLD = 12;
export const STARTS = 16;
export const BLOCKS = 32;
const LENGTH = 96;
export const JOB = 112;
export const RECORD = 352;
/** Where the package begins. */
export const HEAD = 1024;
/** Bytes of a group of state. */
export const GROUP = 4;
/** Room for a text, its length and CRC included. */
export const JOB_SIZE = 240;
export const RECORD_SIZE = 672;
/** A slot's length in a chain is written in five digits, the first of which is not 0. */
const LENGTH_BASE = 10000;
const LONGEST = 65536;

let address = 0;
let slots: Slots;
let running = 0;

/** @returns why there can be no update, or `""`. */
export function open(world: World): string {
  const text = part(0, DESCRIPTION);
  if (!text) return "no slots";
  slots = JSON.parse(text) as Slots;
  running = world.boot.slot;
  address = addressOf(FILE, slots.flash);
  // Compacted by wire, they are no whole pages any more: whatever shares one is not to be erased.
  const isThere =
    address && flashText(address, DESCRIPTION) == text && !(slots.page && (address + (slots.places[0] as number)) % slots.page);
  return isThere ? "" : "slots are not where they should be";
}

export function part(at: number, length: number): string {
  return read(FILE, at, length);
}

export function core(): string {
  return slots ? slots.core : "";
}

/** Writes and reads back. */
export function write(at: number, data: string): boolean {
  program(address + at, data);
  return part(at, data.length) == data;
}

/** Bytes of a group that are not blank. */
export function marks(at: number, size: number): string {
  return part(at, size).split("\xff").join("");
}

/** Puts a byte into the first blank one of a group. */
export function mark(at: number, size: number, byte: string): boolean {
  const free = part(at, size).indexOf("\xff");
  return free >= 0 && write(at + free, byte);
}

/** Every slot there is, oldest first in a chain. */
export function places(): number[] {
  if (slots.page) return slots.places;
  const found: number[] = [];
  for (let at = slots.places[0] as number; +(part(at + LENGTH, 1) || "-") >= 0; at += lengthAt(at)) found.push(at);
  return found;
}

/** As the loader reads it: what is torn is taken for its head alone. */
function lengthAt(at: number): number {
  const text = +part(at + LENGTH, 10);
  return (text % 100001 == 0 && text / 100001 - LENGTH_BASE) || HEAD;
}

/** A text with its length and CRC; `""` unless it is whole. */
export function textAt(at: number): string {
  const head = part(at, 13);
  const text = part(at + 13, +head.substr(0, 3) || 1);
  return crc32(text) == +head.substr(3) ? text : "";
}

/** @returns whether it was written: it may be longer than the `room` for it. */
export function writeText(at: number, text: string, room: number): boolean {
  const crc = "" + crc32(text);
  // Not with zeros: to the interpreter, a number that begins with one is octal.
  return text.length + 13 <= room && write(at, ("" + text.length).padStart(3) + crc.padStart(10) + text);
}

export function recordAt(at: number): SlotRecord | null {
  const text = textAt(at + RECORD);
  return text ? (JSON.parse(text) as SlotRecord) : null;
}

/** Free bytes for one more package, its head included. */
export function room(): number {
  if (slots.page) return slots.room - HEAD;
  const last = places().pop();
  const end = last === undefined ? (slots.places[0] as number) : last + lengthAt(last);
  return Math.max(0, Math.min(slots.room + DESCRIPTION - end, LONGEST) - HEAD);
}

/** Whether files of the running slot must be copied into the next one, because the one after that erases them. */
export function mustCopy(): boolean {
  return slots.page > 0;
}

/**
 * Makes a blank slot for `size` bytes behind its head. `then` gets its place, or 0 if that failed. A page at a time, and the first page last: a slot that is
 * erased in part has lost files before it loses what is written about them.
 */
export function make(world: World, size: number, then: (at: number) => void): void {
  const page = slots.page;
  if (!page) {
    const last = places().pop();
    const at = last === undefined ? (slots.places[0] as number) : last + lengthAt(last);
    const length = "" + (((HEAD + size + 3) & -4) + LENGTH_BASE);
    return then(write(at + LENGTH, length + length) ? at : 0);
  }
  const at = slots.places[running == slots.places[0] ? 1 : 0] as number;
  let left = slots.room;

  function next(): void {
    left -= page;
    erasePage(address + at + left);
    if (left) world.after(next, 10);
    else then(marks(at, HEAD) ? 0 : at);
  }

  next();
}

/**
 * Slots in the Storage file `slots`: where they are, what is written in them, and how (docs/decisions/0014-over-the-air.md). All is written
 * by address and read back; nothing is ever a Storage file of its own.
 */
import { Slot, SlotSize, SlotsFile } from "../api/boot";
import type { SlotRecord, Slots } from "../api/boot";
import type { Script, WaitStep } from "../api/script";
import type { World } from "../api/world";
import { addressOf, crc32, erasePage, flashText, part as read, program } from "../hal/flash";

/** Between two pages that are erased: the UART is served. */
const BREATH_MS = 10;

let address = 0;
let slots: Slots;
let running = 0;

/** @returns why there can be no update, or `""`. */
export function open(world: World): string {
  const text = part(0, SlotSize.Description);
  if (!text) return "no slots";
  slots = JSON.parse(text) as Slots;
  running = world.boot.slot;
  address = addressOf(SlotsFile.Name, slots.flash);
  // Compacted by wire, they are no whole pages any more: whatever shares one is not to be erased.
  const isThere =
    address && flashText(address, SlotSize.Description) == text && !(slots.page && (address + (slots.places[0] as number)) % slots.page);
  return isThere ? "" : "slots are not where they should be";
}

export function part(at: number, length: number): string {
  return read(SlotsFile.Name, at, length);
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
  for (let at = slots.places[0] as number; +(part(at + Slot.Length, 1) || "-") >= 0; at += lengthAt(at)) found.push(at);
  return found;
}

/** As the loader reads it: what is torn is taken for its head alone. */
function lengthAt(at: number): number {
  const text = +part(at + Slot.Length, 10);
  return (text % 100001 == 0 && text / 100001 - SlotSize.LengthBase) || Slot.Head;
}

/** A text with its length and CRC; `""` unless it is whole. */
export function textAt(at: number): string {
  const head = part(at, SlotSize.TextHead);
  const text = part(at + SlotSize.TextHead, +head.substr(0, 3) || 1);
  return crc32(text) == +head.substr(3) ? text : "";
}

/** @returns whether it was written: it may be longer than the `room` for it. */
export function writeText(at: number, text: string, room: number): boolean {
  const crc = "" + crc32(text);
  // Not with zeros: to the interpreter, a number that begins with one is octal.
  return text.length + SlotSize.TextHead <= room && write(at, ("" + text.length).padStart(3) + crc.padStart(10) + text);
}

export function recordAt(at: number): SlotRecord | null {
  const text = textAt(at + Slot.Record);
  return text ? (JSON.parse(text) as SlotRecord) : null;
}

/** Free bytes for one more package, its head included. */
export function room(): number {
  if (slots.page) return slots.room - Slot.Head;
  const last = places().pop();
  const end = last === undefined ? (slots.places[0] as number) : last + lengthAt(last);
  return Math.max(0, Math.min(slots.room + SlotSize.Description - end, SlotSize.Longest) - Slot.Head);
}

/** Whether files of the running slot must be copied into the next one, because the one after that erases them. */
export function mustCopy(): boolean {
  return slots.page > 0;
}

/**
 * Makes a blank slot for `size` bytes behind its head. `then` gets its place, or 0 if that failed. A page at a time, and the first page
 * last: a slot that is erased in part has lost files before it loses what is written about them.
 */
export function make(size: number, then: (at: number) => Script): Script {
  const page = slots.page;
  if (!page) {
    const last = places().pop();
    const at = last === undefined ? (slots.places[0] as number) : last + lengthAt(last);
    const length = "" + (((Slot.Head + size + 3) & -4) + SlotSize.LengthBase);
    return then(write(at + Slot.Length, length + length) ? at : 0);
  }
  const at = slots.places[running == slots.places[0] ? 1 : 0] as number;
  let left = slots.room;
  const erasing: WaitStep = {
    waitMs: BREATH_MS,
    then: () => {
      left -= page;
      erasePage(address + at + left);
      return left ? erasing : then(marks(at, Slot.Head) ? 0 : at);
    },
  };
  return erasing;
}

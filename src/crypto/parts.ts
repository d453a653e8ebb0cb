/** SHA-256 of what is read a block of 64 bytes at a time: memory stays flat whatever its size. Padding: FIPS 180-4, 5.1.1. */
import { initial, registers, slices, words } from "./sha256";
import { reorder } from "../hal/bytes";

const BLOCK = 64;

const state = new Int32Array(8);
/** The block's bytes: the same memory as its words. */
const bytes = new Uint8Array(words.buffer, 0, BLOCK);
/** Big-endian words are turned around. */
const order = new Uint8Array(BLOCK);

let read: (offset: number, length: number) => string;
let size: number;
let at: number;
/** Next slice of the block. */
let slice: number;

export function begin(theSize: number, theRead: (offset: number, length: number) => string): void {
  for (let i = 0; i < BLOCK;) order[i] = i++ ^ 3;
  read = theRead;
  size = theSize;
  at = slice = 0;
  const first = initial();
  state.set(first);
  registers.set(first);
}

function result(): string {
  const view = new DataView(state.buffer);
  let text = "";
  for (let i = 0; i < 32; i += 4) text += (view.getUint32(i, true) + 0x100000000).toString(16).substr(1);
  return text;
}

/** One slice: `""`, or at last the result in lower-case hex. */
export function step(): string {
  if (slice == 0) {
    if (at > size + 8) return result();
    let text = at < size ? read(at, Math.min(BLOCK, size - at)) : "";
    if (at <= size && at + BLOCK > size) text += "\x80";
    reorder(order, bytes, text.padEnd(BLOCK, "\0"));
    at += BLOCK;
    if (at > size + 8) words[15] = size * 8;
  }
  (slices[slice++] as () => void)();
  if (slices[slice]) return "";
  slice = 0;
  for (let i = 0; i < 8; i++) state[i] = (state[i] as number) + (registers[i] as number);
  registers.set(state);
  return "";
}

/**
 * A digest of our own (`#digest`), keyed (HMAC, RFC 2104) or not, on blocks of 64 bytes in slices. The last block of what is digested is
 * padded with 0x80, zeros and the length in bits (RFC 1321, 3.1 and 3.2; FIPS 180-4, 5.1.1).
 */
import { BIG_ENDIAN, initial, registers, slices, words } from "#digest";
import type { ReadBytes } from "../api/hash";
import { reorder, textOf } from "../hal/bytes";

/** What the key is XORed with, four bytes at a time. */
const INNER = 0x36363636;
const OUTER = 0x5c5c5c5c;

const state = new Int32Array(registers);
/** The block's bytes: the same memory as its words. */
const bytes = new Uint8Array(words.buffer, 0, 64);
/**
 * Where each byte of a block comes from: every board's processor is little-endian, so those of big-endian words are turned around. Filled
 * by the first slice of all: `begin` has the digest's constants to make.
 */
let order: Uint8Array | undefined;

let first: readonly number[] | Int32Array;
let key: string;
let messageSize: number;
let readMessage: ReadBytes;
/** `INNER` or `OUTER`; 0 where nothing is keyed: a digest alone, or a key of more than 64 bytes. */
let pad: number;
/** The key itself is digested. */
let isKey: boolean;
/** What is digested behind the key's block. */
let size: number;
let read: ReadBytes;
/** Place in it of the next block; -64 is the key's. */
let at: number;
/** Next slice of the block. */
let slice: number;

function start(thePad: number, theSize: number, theRead: ReadBytes): void {
  pad = thePad;
  size = theSize;
  read = theRead;
  at = pad ? -64 : 0;
  slice = 0;
  state.set(first);
  registers.set(first);
}

function startText(thePad: number, text: string): void {
  start(thePad, text.length, (offset, length) => text.substr(offset, length));
}

export function begin(theKey: string | undefined, theSize: number, theRead: ReadBytes): void {
  first = initial();
  key = theKey || "";
  messageSize = theSize;
  readMessage = theRead;
  isKey = key.length > 64;
  if (isKey) startText(0, key);
  else start(theKey === undefined ? 0 : INNER, theSize, theRead);
}

/** One slice: `""`, or at last the result in lower-case hex. */
export function step(): string {
  "ram";
  let i = 0;
  let value = 0;
  let text = "";
  if (!order) {
    order = new Uint8Array(64);
    while (i < 64) order[i] = i++ ^ (BIG_ENDIAN ? 3 : 0);
    return "";
  }
  if (slice == 0) {
    // Behind the end come 0x80 and eight bytes of length.
    if (at > size + 8) return finish(order);
    text = at < 0 ? key : at < size ? read(at, 64) : "";
    if (at >= 0 && at <= size && at + 64 > size) text = text.substr(0, size - at) + "\x80";
    reorder(order, bytes, text.padEnd(64, "\0"));
    if (at < 0) while (i < 16) (words[i++] as number) ^= pad;
    at += 64;
    if (at > size + 8) words[BIG_ENDIAN ? 15 : 14] = (pad ? size + 64 : size) * 8;
  }
  (slices[slice++] as () => void)();
  if (slices[slice]) return "";
  slice = i = 0;
  for (value of registers) (state[i++] as number) += value;
  registers.set(state);
  return "";
}

/** Begins what is digested next, or returns the result. */
function finish(from: Uint8Array): string {
  words.set(state);
  const digest = new Uint8Array(64);
  reorder(from, digest, bytes);
  let text = textOf(digest).substr(0, state.byteLength);
  if (isKey) {
    isKey = false;
    key = text;
    start(INNER, messageSize, readMessage);
  } else if (pad == INNER) startText(OUTER, text);
  else {
    text = "";
    const view = new DataView(digest.buffer);
    for (let i = 0; i < state.byteLength; i += 4) text += (view.getUint32(i) + 0x100000000).toString(16).substr(1);
    return text;
  }
  return "";
}

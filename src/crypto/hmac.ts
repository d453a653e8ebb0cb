/**
 * HMAC (RFC 2104) with a digest of our own (`#hash`), which works on blocks of 64 bytes in slices. The last block of what is digested is padded with 0x80,
 * zeros and the length in bits (RFC 1321, 3.1 and 3.2; FIPS 180-4, 5.1.1).
 */
import { BIG_ENDIAN, initial, registers, slices, words } from "#hash";
import { reorder, textOf } from "../hal/bytes";

/** What the key is XORed with, four bytes at a time. */
const INNER = 0x36363636;
const OUTER = 0x5c5c5c5c;

const state = new Int32Array(registers);
/** The block's bytes: the same memory as its words. */
const bytes = new Uint8Array(words.buffer, 0, 64);
/**
 * Where each byte of a block comes from: every board's processor is little-endian, so those of big-endian words are turned around. Filled by the first slice
 * of all: `begin` has the digest's constants to make.
 */
let order: Uint8Array | undefined;

let first: readonly number[] | Int32Array;
let key: string;
let message: string;
/** `INNER` or `OUTER`; 0 while a key of more than 64 bytes is digested. */
let pad: number;
/** What is digested behind the key's block, filled up to whole blocks. */
let body: string;
/** Place in the body of the next block; -64 is the key's. */
let at: number;
let bits: number;
/** Next slice of the block. */
let slice: number;

function start(text: string): void {
  at = pad ? -64 : 0;
  bits = (text.length - at) * 8;
  body = (text + "\x80").padEnd((text.length + 72) & -64, "\0");
  slice = 0;
  state.set(first);
  registers.set(first);
}

/** Texts of one character per byte. */
export function begin(secret: string, text: string): void {
  first = initial();
  key = secret.padEnd(64, "\0");
  message = text;
  pad = secret.length > 64 ? 0 : INNER;
  start(pad ? text : secret);
}

/** One slice: `""`, or at last the result in lower-case hex. */
export function step(): string {
  "ram";
  let i = 0;
  let value = 0;
  if (!order) {
    order = new Uint8Array(64);
    while (i < 64) order[i] = i++ ^ (BIG_ENDIAN ? 3 : 0);
    return "";
  }
  if (slice == 0) {
    if (at == body.length) return digested(order);
    reorder(order, bytes, at < 0 ? key : body.substr(at, 64));
    if (at < 0) while (i < 16) (words[i++] as number) ^= pad;
    at += 64;
    if (at == body.length) words[BIG_ENDIAN ? 15 : 14] = bits;
  }
  (slices[slice++] as () => void)();
  if (slices[slice]) return "";
  slice = i = 0;
  for (value of registers) (state[i++] as number) += value;
  registers.set(state);
  return "";
}

/** What is digested next, or the result. */
function digested(from: Uint8Array): string {
  words.set(state);
  const digest = new Uint8Array(64);
  reorder(from, digest, bytes);
  let text = textOf(digest).substr(0, state.byteLength);
  if (pad == OUTER) {
    text = "";
    const view = new DataView(digest.buffer);
    for (let i = 0; i < state.byteLength; i += 4) text += (view.getUint32(i) + 0x100000000).toString(16).substr(1);
    return text;
  }
  if (pad) {
    pad = OUTER;
    start(text);
  } else {
    key = text.padEnd(64, "\0");
    pad = INNER;
    start(message);
  }
  return "";
}

/**
 * HMAC (RFC 2104) with a digest of our own (`#hash`), which works on blocks of 64 bytes in slices. The last block of what is digested is padded with 0x80,
 * zeros and the length in bits (RFC 1321, 3.1 and 3.2; FIPS 180-4, 5.1.1).
 */
import { BIG_ENDIAN, initial, registers, slices, words } from "#hash";
import { bytesOf, gather, textOf } from "../hal/bytes";

/** What the key is XORed with, four bytes at a time. */
const INNER = 0x36363636;
const OUTER = 0x5c5c5c5c;

const first = initial();
const state = new Int32Array(first);

let key: string;
let message: string;
/** `INNER` or `OUTER`; 0 while a key of more than 64 bytes is digested. */
let pad: number;
/** What is being digested behind the key's block, and the 0x80. */
let body: string;
/** Place in the body of the next block; -64 is the key's. */
let at: number;
let bits: number;
/** Next slice of the block. */
let slice: number;

function start(text: string): void {
  at = pad ? -64 : 0;
  bits = (text.length - at) * 8;
  body = text + "\x80";
  slice = 0;
  state.set(first);
  registers.set(first);
}

/** Texts of one character per byte. */
export function begin(secret: string, text: string): void {
  key = secret;
  message = text;
  pad = secret.length > 64 ? 0 : INNER;
  start(pad ? text : secret);
}

/** Every board's processor is little-endian: bytes of big-endian words are turned around, four by four. */
const order = new Uint8Array(BIG_ENDIAN ? 64 : 0);
if (BIG_ENDIAN) for (let i = 0; i < 64;) order[i] = i++ ^ 3;

function swapped(bytes: Uint8Array): Uint8Array {
  if (!BIG_ENDIAN) return bytes;
  const result = new Uint8Array(64);
  gather(order, result, bytes);
  return result;
}

function load(): void {
  words.set(new Int32Array(swapped(bytesOf((at < 0 ? key : body.substr(at, 64)).padEnd(64, "\0"))).buffer));
  if (at < 0) for (let i = 0; i < 16;) (words[i++] as number) ^= pad;
  at += 64;
  if (at >= body.length + 8) words[BIG_ENDIAN ? 15 : 14] = bits;
}

/** One slice: `""`, or at last the result in lower-case hex. */
export function step(): string {
  if (slice == 0) load();
  (slices[slice++] as () => void)();
  if (slice < slices.length) return "";
  slice = 0;
  let i = 0;
  for (const value of registers) (state[i++] as number) += value;
  registers.set(state);
  if (at < body.length + 8) return "";
  if (pad == OUTER) return hex();
  words.set(state);
  const digest = textOf(swapped(new Uint8Array(words.buffer))).substr(0, state.byteLength);
  if (pad) {
    pad = OUTER;
    start(digest);
  } else {
    key = digest;
    pad = INNER;
    start(message);
  }
  return "";
}

function hex(): string {
  const view = new DataView(state.buffer);
  let text = "";
  for (let i = 0; i < state.byteLength; i += 4) text += (view.getUint32(i, BIG_ENDIAN) + 0x100000000).toString(16).substr(1);
  return text;
}

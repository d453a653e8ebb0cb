/**
 * The same with a digest that the board's interpreter has itself: one call for a message of any length, from flash that is mapped into
 * memory, so one slice for all.
 */
import { NAME } from "#digest";
import type { ReadBytes } from "../api/hash";
import { bytesOf, textOf } from "../hal/bytes";
import { digestOf } from "../hal/digest";
import { hex } from "./hex";

let key: string | undefined;
let size: number;
let read: ReadBytes;

export function begin(theKey: string | undefined, theSize: number, theRead: ReadBytes): void {
  key = theKey && theKey.length > 64 ? digestOf(NAME, theKey) : theKey;
  size = theSize;
  read = theRead;
}

/** The key, filled up to a block of 64 bytes and XORed with four times the same byte: the byte order of words does not matter. */
function padded(secret: string, pad: number): string {
  const words = new Int32Array(bytesOf(secret.padEnd(64, "\0")).buffer);
  for (let i = 0; i < 16;) (words[i++] as number) ^= pad;
  return textOf(new Uint8Array(words.buffer));
}

/** The result in lower-case hex. */
export function step(): string {
  let text = read(0, size);
  if (key !== undefined) text = padded(key, 0x5c5c5c5c) + digestOf(NAME, padded(key, 0x36363636) + text);
  return hex(bytesOf(digestOf(NAME, text)));
}

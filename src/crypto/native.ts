/** HMAC (RFC 2104) with a digest that the board's interpreter has itself: one call for a message of any length, so one slice for all. */
import { NAME } from "#hash";
import { bytesOf, textOf } from "../hal/bytes";
import { digestOf } from "../hal/digest";
import { hex } from "./hex";

let key: string;
let message: string;

/** Texts of one character per byte. */
export function begin(secret: string, text: string): void {
  key = secret.length > 64 ? digestOf(NAME, secret) : secret;
  message = text;
}

/** The key, filled up to a block of 64 bytes and XORed with four times the same byte: the byte order of words does not matter. */
function padded(pad: number): string {
  const words = new Int32Array(bytesOf(key.padEnd(64, "\0")).buffer);
  for (let i = 0; i < 16;) (words[i++] as number) ^= pad;
  return textOf(new Uint8Array(words.buffer));
}

/** The result in lower-case hex. */
export function step(): string {
  const digest = digestOf(NAME, padded(0x5c5c5c5c) + digestOf(NAME, padded(0x36363636) + message));
  return hex(bytesOf(digest));
}

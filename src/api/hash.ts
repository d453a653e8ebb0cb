/** The cold modules `hash` and `digest`: a digest, keyed or not. */

/** Gives `length` bytes of a message from `offset` on, one character each. */
export type ReadBytes = (offset: number, length: number) => string;

/** Works in slices short enough for the UART's queue, on 64 bytes at a time: memory stays flat whatever the size. */
export interface HashModule {
  /** HMAC (RFC 2104) with `key`, one character per byte; without one (`undefined`) the digest alone. `size`: bytes of the message. */
  begin(key: string | undefined, size: number, read: ReadBytes): void;
  /** Works for at most 8 M instructions: `""`, or at last the result in lower-case hex. */
  step(): string;
}

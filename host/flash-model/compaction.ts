/**
 * `jsfCompactInternal` and `jsfCompactWriteBuffer` (Espruino 2v29, `src/jsflash.c`): the files of a Storage move to the front,
 * over a ring buffer in memory.
 */
import { align, HEADER, headerAt, nextHeader, nextPage } from "../image/layout.ts";
import type { Header } from "../image/layout.ts";
import type { Flash } from "./flash.ts";

/** A table of names is left out, and what has flags that no file has. */
const KEPT_FLAGS = [0, 64, 128];

export function isRealFile(header: Header): boolean {
  return !header.deleted && KEPT_FLAGS.includes(header.flags);
}

/**
 * Files from `start` on, which begins a page, are written again from there. A page is erased when the first byte is written to it.
 * @param bufferSize enough for a page and a header, or for all files.
 */
export function compact(flash: Flash, start: number, bufferSize: number): void {
  const { bytes } = flash;
  const ring = new Ring(flash, start, bufferSize);
  let header = headerAt(bytes, start);
  let at: number | undefined = start;
  while (header) {
    if (isRealFile(header)) {
      // The size is the one that was read: its place in flash may be erased while the file is copied.
      const { size } = header;
      ring.put(bytes.subarray(header.at, header.at + HEADER));
      let from = header.at + HEADER;
      const end = from + align(size);
      ring.flush(from);
      while (from < end) {
        const part = Math.min(ring.room, end - from);
        ring.put(bytes.subarray(from, from + part));
        from += part;
        ring.flush(from);
      }
    }
    const step = nextHeader(flash, header, true);
    header = step.header;
    at = step.at;
  }
  ring.flush(bytes.length);
  const rest = ring.writeAt == start ? start : nextPage(flash, ring.writeAt - 1);
  if (rest !== undefined) erasePages(flash, rest, at ?? bytes.length);
}

/** `jshFlashErasePages` of the pages that begin from `start`, which does, to `end`. */
export function erasePages(flash: Flash, start: number, end: number): void {
  for (let at = start; at < end; at += flash.pageSize) flash.erasePage(flash.address + at);
}

/** What was read and not written yet. It is written in pieces that end where the ring or a page of flash does. */
class Ring {
  private readonly buffer: Buffer;
  private head = 0;
  private tail = 0;
  private used = 0;

  constructor(
    private readonly flash: Flash,
    public writeAt: number,
    size: number,
  ) {
    this.buffer = Buffer.alloc(size);
  }

  /** Bytes that can be put in one piece. */
  get room(): number {
    const free = Math.min(this.buffer.length - this.used, this.buffer.length - this.head);
    return this.tail > this.head ? Math.min(free, this.tail - this.head) : free;
  }

  put(data: Buffer): void {
    for (const byte of data) {
      this.buffer[this.head] = byte;
      this.head = (this.head + 1) % this.buffer.length;
    }
    this.used += data.length;
  }

  /** Writes what it can: nothing into a page that is still read from. */
  flush(readAt: number): void {
    const { flash } = this;
    while (this.used) {
      const pageEnd = nextPage(flash, this.writeAt) ?? flash.bytes.length;
      if (readAt < pageEnd) return;
      const part = Math.min(this.used, this.buffer.length - this.tail, pageEnd - this.writeAt);
      if (this.writeAt % flash.pageSize == 0) flash.erasePage(flash.address + this.writeAt);
      flash.program(flash.address + this.writeAt, this.buffer.subarray(this.tail, this.tail + part));
      this.writeAt += part;
      this.tail = (this.tail + part) % this.buffer.length;
      this.used -= part;
    }
  }
}

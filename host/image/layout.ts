/**
 * How the interpreter's Storage lies in flash, and how the interpreter walks over it (Espruino 2v29, `src/jsflash.c`). All offsets are from
 * the start of the Storage, which is handed in as a whole.
 *
 * A file is a header of 32 bytes (size in 24 bits and flags in 8, little endian; name of 28 bytes, padded with 0), its data, and erased
 * bytes up to the next multiple of 4. A deleted file has 0 in the first four bytes of its name. Erased flash is 0xFF. There is no checksum.
 */

export const HEADER = 32;
export const NAME_LIMIT = 28;
/** Files begin at multiples of it, and flash is written in such units. */
export const ALIGNMENT = 4;
export const ERASED = 0xff;
/** Sizes have 24 bits. */
export const SIZE_LIMIT = 0xffffff;
/** Of the name in a header: zeros in its first four bytes mean a deleted file. */
export const NAME_OFFSET = 4;
export const DELETED = Buffer.alloc(4, 0);

/** The bytes of a whole Storage. */
export interface StorageBytes {
  bytes: Buffer;
  pageSize: number;
}

export interface Header {
  /** Of the header. */
  at: number;
  /** Bytes of data. */
  size: number;
  /** 0 for a plain file, 32 the interpreter's table of names, 64 a file of `Storage.open`, 128 compressed. */
  flags: number;
  /** All 28 bytes. */
  name: Buffer;
  deleted: boolean;
}

export function align(n: number): number {
  return Math.ceil(n / ALIGNMENT) * ALIGNMENT;
}

/** Bytes that a file takes, its header included. */
export function spaceFor(size: number): number {
  return HEADER + align(size);
}

export function isErased(bytes: Buffer): boolean {
  return bytes.every((byte) => byte == ERASED);
}

export function encodeHeader(name: Buffer, size: number, flags = 0): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(flags * 0x1000000 + size);
  name.copy(header, NAME_OFFSET);
  return header;
}

/** `jsfGetFileHeader`: `undefined` where no header can be, with what is there. */
export function headerAt(bytes: Buffer, at: number): Header | undefined {
  if (at + HEADER > bytes.length) return undefined;
  const word = bytes.readUInt32LE(at);
  const size = word & SIZE_LIMIT;
  if (word == 0xffffffff || word == 0 || at + HEADER + size > bytes.length) return undefined;
  const name = bytes.subarray(at + NAME_OFFSET, at + HEADER);
  return { at, size, flags: word >>> 24, name, deleted: name.readUInt32LE(0) == 0 };
}

/** `jsfGetAddressOfNextPage`: `undefined` behind the last one. */
export function nextPage({ bytes, pageSize }: StorageBytes, at: number): number | undefined {
  const next = (Math.floor(at / pageSize) + 1) * pageSize;
  return next < bytes.length ? next : undefined;
}

export interface Step {
  header?: Header;
  /** Where it is, or where none is; `undefined`: the Storage ends. */
  at?: number;
  /** Where a header was read last. */
  readAt: number;
}

/** `jsfGetNextFileHeader`. `overPages`: behind the last file of a page it looks at the start of the next page, and no further. */
export function nextHeader(storage: StorageBytes, header: Header, overPages: boolean): Step {
  const { bytes } = storage;
  const behind = align(header.at + HEADER + header.size);
  if (behind + HEADER > bytes.length) return { readAt: header.at };
  const next = headerAt(bytes, behind);
  if (next || !overPages) return { header: next, at: behind, readAt: behind };
  const page = nextPage(storage, behind);
  return page === undefined ? { readAt: behind } : { header: headerAt(bytes, page), at: page, readAt: page };
}

/** All files, deleted ones too, in the order of their places. */
export function* headers(storage: StorageBytes): Generator<Header> {
  for (let header = headerAt(storage.bytes, 0); header; header = nextHeader(storage, header, true).header) yield header;
}

/**
 * `jsfIsBankStorageValid` as the start of the interpreter asks it (JSFSTT_NORMAL): `undefined` if it takes the Storage for good, else where
 * the byte is that is neither a file nor erased, for which it erases all.
 */
export function damageAt(storage: StorageBytes): number | undefined {
  const { bytes } = storage;
  let last = headerAt(bytes, 0);
  if (!last) return offsetOfWritten(bytes, 0, isErased(bytes.subarray(0, HEADER)) ? bytes.length : HEADER);
  let step = nextHeader(storage, last, true);
  while (step.header) {
    last = step.header;
    step = nextHeader(storage, last, true);
  }
  if (step.at === undefined) {
    // It reckons with the size that it read last, which may be none of the last file's.
    const end = align(last.at + HEADER + (bytes.readUInt32LE(step.readAt) & SIZE_LIMIT));
    if (end <= bytes.length && end + HEADER > bytes.length) return undefined;
  }
  return offsetOfWritten(bytes, step.readAt, step.readAt + HEADER);
}

function offsetOfWritten(bytes: Buffer, from: number, to: number): number | undefined {
  const at = bytes.subarray(from, to).findIndex((byte) => byte != ERASED);
  return at < 0 ? undefined : from + at;
}

/** One character per byte, up to the first 0. */
export function nameText(name: Buffer): string {
  const end = name.indexOf(0);
  return name.toString("latin1", 0, end < 0 ? name.length : end);
}

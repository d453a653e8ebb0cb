/**
 * The interpreter's Storage as an image: what `require("Storage")` finds in flash. The layout is told in `layout.ts`.
 */
import { align, damageAt, encodeHeader, ERASED, HEADER, headers, nameText, NAME_LIMIT, SIZE_LIMIT, spaceFor } from "./layout.ts";
import type { Geometry } from "../config/board-file.ts";
import type { Header } from "./layout.ts";

export { HEADER, spaceFor } from "./layout.ts";

export interface StoredFile {
  /** One character per byte. The first four of a deleted file's are lost: `?`. */
  name: string;
  /** Bytes of data. */
  size: number;
  /** Of the data, from the start of the image. */
  offset: number;
  /** 0 for a plain file, 32 the interpreter's table of names, 64 a file of `Storage.open`, 128 compressed. */
  flags: number;
  data: Buffer;
  deleted: boolean;
}

/** @throws {Error} naming the file that cannot be stored, and by how many bytes. */
export function buildImage(files: ReadonlyMap<string, Buffer>, geometry: Geometry): Buffer {
  const image = Buffer.alloc(geometry.pageSize * geometry.pages, ERASED);
  let at = 0;
  for (const [name, data] of files) {
    checkFile(name, data);
    const missing = at + spaceFor(data.length) - image.length;
    if (missing > 0) throw new Error(`${name}: does not fit into the Storage of ${image.length} bytes: ${missing} bytes too many`);
    encodeHeader(Buffer.from(name, "latin1"), data.length).copy(image, at);
    data.copy(image, at + HEADER);
    at += spaceFor(data.length);
  }
  return image;
}

/**
 * All files, deleted ones too, in the order they were written: the interpreter's own walk (`jsfIsBankStorageValid`, `jsfGetNextFileHeader`). `pageSize`: behind a
 * gap it goes on at the next page, and no further.
 * @throws {Error} if the interpreter would take the Storage for corrupt, and erase it as a whole.
 */
export function readImage(image: Buffer, pageSize = image.length): StoredFile[] {
  const storage = { bytes: image, pageSize };
  const at = damageAt(storage);
  if (at !== undefined)
    throw new Error(`damaged Storage: at byte ${at} there is neither a file nor erased flash; the interpreter would erase all`);
  return [...headers(storage)].map((header) => fileAt(image, header));
}

/** Bytes behind the last file. */
export function freeBytes(image: Buffer, files: readonly StoredFile[]): number {
  const last = files.at(-1);
  return last ? Math.max(0, image.length - align(last.offset + last.size)) : image.length;
}

function fileAt(image: Buffer, { at, size, flags, name, deleted }: Header): StoredFile {
  const offset = at + HEADER;
  const text = deleted ? `????${nameText(name.subarray(4))}` : nameText(name);
  return { name: text, size, offset, flags, data: image.subarray(offset, offset + size), deleted };
}

function checkFile(name: string, data: Buffer): void {
  if (!name) throw new Error("a file without a name cannot be stored");
  if (/[^\x01-\x7f]/.test(name)) throw new Error(`${name}: names of Storage files are plain ASCII`);
  // The interpreter cuts longer names without a word, and so hits another file.
  if (name.length > NAME_LIMIT) throw new Error(`${name}: a name has at most ${NAME_LIMIT} bytes, this one has ${name.length}`);
  // "C:" names a bank of flash.
  if (name[1] == ":") throw new Error(`${name}: the second character of a name cannot be ":"`);
  if (!data.length) throw new Error(`${name}: an empty file cannot be stored`);
  if (data.length >= SIZE_LIMIT) throw new Error(`${name}: ${data.length} bytes, at most ${SIZE_LIMIT - 1} can be stored`);
}

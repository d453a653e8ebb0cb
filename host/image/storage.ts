/**
 * The interpreter's Storage as an image: what `require("Storage")` finds in flash (Espruino 2v29, `src/jsflash.c`).
 *
 * A file is a header of 32 bytes (size in 24 bits and flags in 8, little endian; name of 28 bytes, padded with 0), its data, and erased bytes up to the
 * next multiple of 4. A deleted file has 0 in the first four bytes of its name. Erased flash is 0xFF. There is no checksum.
 */

/** Bytes in front of a file's data. */
export const HEADER = 32;
const NAME_LIMIT = 28;
const ALIGNMENT = 4;
const ERASED = 0xff;
/** Sizes have 24 bits. */
const SIZE_LIMIT = 0xffffff;

export interface Geometry {
  /** Bytes that are erased together. */
  pageSize: number;
  pages: number;
}

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
    image.writeUInt32LE(data.length, at);
    image.fill(0, at + 4, at + HEADER);
    image.write(name, at + 4, "latin1");
    data.copy(image, at + HEADER);
    at += spaceFor(data.length);
  }
  return image;
}

/** Bytes that a file takes, its header included. */
export function spaceFor(size: number): number {
  return HEADER + align(size);
}

/**
 * All files, deleted ones too, in the order they were written: the interpreter's own walk (`jsfIsBankStorageValid`, `jsfGetNextFileHeader`). `pageSize`: behind a
 * gap it goes on at the next page, and no further.
 * @throws {Error} if the interpreter would take the Storage for corrupt, and erase it as a whole.
 */
export function readImage(image: Buffer, pageSize = image.length): StoredFile[] {
  const files: StoredFile[] = [];
  if (!isValid(image, 0)) {
    checkErased(image, 0, image.length);
    return files;
  }
  let at = 0;
  for (;;) {
    const file = fileAt(image, at, image.readUInt32LE(at) & SIZE_LIMIT);
    files.push(file);
    const behind = align(file.offset + file.size);
    if (behind + HEADER > image.length) return files;
    const nextPage = (Math.floor(behind / pageSize) + 1) * pageSize;
    const next = isValid(image, behind) || nextPage >= image.length ? behind : nextPage;
    if (!isValid(image, next)) {
      checkErased(image, next, next + HEADER);
      return files;
    }
    at = next;
  }
}

/** Bytes behind the last file. */
export function freeBytes(image: Buffer, files: readonly StoredFile[]): number {
  const last = files.at(-1);
  return last ? Math.max(0, image.length - align(last.offset + last.size)) : image.length;
}

function checkErased(image: Buffer, from: number, to: number): void {
  const at = image.subarray(from, to).findIndex((byte) => byte != ERASED);
  if (at >= 0)
    throw new Error(`damaged Storage: at byte ${from + at} there is neither a file nor erased flash; the interpreter would erase all`);
}

function isValid(image: Buffer, at: number): boolean {
  if (at + HEADER > image.length) return false;
  const word = image.readUInt32LE(at);
  return word != 0xffffffff && word != 0 && at + HEADER + (word & SIZE_LIMIT) <= image.length;
}

function fileAt(image: Buffer, at: number, size: number): StoredFile {
  const field = image.subarray(at + 4, at + HEADER);
  const deleted = field.readUInt32LE(0) == 0;
  const bytes = deleted ? field.subarray(4) : field;
  const end = bytes.indexOf(0);
  const name = bytes.toString("latin1", 0, end < 0 ? bytes.length : end);
  return {
    name: deleted ? `????${name}` : name,
    size,
    offset: at + HEADER,
    flags: image.readUInt8(at + 3),
    data: image.subarray(at + HEADER, at + HEADER + size),
    deleted,
  };
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

function align(n: number): number {
  return Math.ceil(n / ALIGNMENT) * ALIGNMENT;
}

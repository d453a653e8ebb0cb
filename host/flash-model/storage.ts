/**
 * `require("Storage")` over a model of the flash: every byte that Espruino 2v29 (`src/jsflash.c`) writes and erases, in its order. Left
 * out: its cache and the Linux port's table of names (`[FILENAME_TABLE]`, after 200 changes), which no board has
 * (`ESPR_STORAGE_FILENAME_TABLE`, `ESPR_USE_STORAGE_CACHE`).
 */
import { buildImage } from "../image/storage.ts";
import {
  damageAt,
  DELETED,
  encodeHeader,
  HEADER,
  headerAt,
  headers,
  isErased,
  nameText,
  NAME_LIMIT,
  NAME_OFFSET,
  nextHeader,
  nextPage,
  spaceFor,
} from "../image/layout.ts";
import type { Header } from "../image/layout.ts";
import { compact, erasePages, isRealFile } from "./compaction.ts";
import { Flash } from "./flash.ts";
import type { FlashHook, Region } from "./flash.ts";

/** Flag of the files that `Storage.open` writes in parts; the first of them ends with this byte and stands for all. */
const PART_FLAG = 64;
const FIRST_PART = 1;

export interface StorageStats {
  totalBytes: number;
  freeBytes: number;
  fileBytes: number;
  fileCount: number;
  trashBytes: number;
  trashCount: number;
}

/** A Storage that holds `files` from the start, as a flashing tool writes them. @throws {Error} naming the file that does not fit. */
export function makeStorage(region: Region, files: ReadonlyMap<string, Buffer> = new Map(), hook?: FlashHook): FlashStorage {
  const flash = new Flash(region, hook);
  buildImage(files, region).copy(flash.bytes);
  return new FlashStorage(flash);
}

export class FlashStorage {
  constructor(readonly flash: Flash) {}

  /** What the interpreter does before anything else at a start. @returns whether the Storage was corrupt, and so was erased as a whole. */
  eraseIfCorrupt(): boolean {
    if (damageAt(this.flash) === undefined) return false;
    this.eraseAll();
    return true;
  }

  /** A copy of each file. */
  files(): Map<string, Buffer> {
    return new Map(this.list().map((name) => [name, this.read(name) as Buffer]));
  }

  list(): string[] {
    const listed = [...headers(this.flash)].filter((header) => isRealFile(header) && !isLaterPart(header));
    return listed.map((header) => nameText(header.name));
  }

  /** A copy. `length` 0: to the end. `undefined` without such a file. */
  read(name: string, offset = 0, length = 0): Buffer | undefined {
    const file = this.find(nameBytes(name));
    if (!file) return undefined;
    const start = Math.min(Math.max(0, offset), file.size);
    const end = length > 0 ? Math.min(start + length, file.size) : file.size;
    return Buffer.from(this.dataOf(file).subarray(start, end));
  }

  /**
   * Writes `data` at `offset`. At offset 0 the file is made anew, with `size` bytes (0: as many as the data), unless it
   * has that size and is blank.
   * @throws {Error} with the interpreter's text. @throws {PowerCut}
   */
  write(name: string, data: Buffer, offset = 0, size = 0): boolean {
    if (offset < 0 || size < 0) return false;
    const wanted = size || data.length;
    if (!wanted) throw new Error("Can't create zero length file");
    const key = nameBytes(name);
    let file = this.find(key);
    if (offset == 0 && !(file?.flags === 0 && file.size == wanted && isErased(this.dataOf(file)))) {
      if (file?.flags === 0 && file.size == wanted && this.dataOf(file).equals(data)) return true;
      if (file) this.markDeleted(file);
      file = this.create(key, wanted);
    }
    if (!file) throw new Error("Unable to find or create file");
    if (offset + data.length > file.size) throw new Error("Too much data for file size");
    const at = file.at + HEADER + offset;
    if (!isErased(this.flash.bytes.subarray(at, at + data.length))) throw new Error("File already written with different data");
    this.flash.programAligned(this.flash.address + at, data);
    return true;
  }

  erase(name: string): void {
    const file = this.find(nameBytes(name));
    if (file) this.markDeleted(file);
  }

  eraseAll(): void {
    erasePages(this.flash, 0, this.flash.bytes.length);
  }

  /** @returns whether there was something to gain. */
  compact(): boolean {
    const { stats, firstPageWithTrash } = this.survey();
    if (firstPageWithTrash === undefined) return false;
    compact(this.flash, firstPageWithTrash, Math.min(stats.fileBytes, this.flash.pageSize + HEADER));
    return true;
  }

  stats(): StorageStats {
    return this.survey().stats;
  }

  /** `jsfGetStorageStats`; and where a compaction begins: the last page with no file over its start, before the first deleted file. */
  private survey(): { stats: StorageStats; firstPageWithTrash?: number } {
    const { flash } = this;
    const totalBytes = flash.bytes.length;
    const stats = { totalBytes, freeBytes: totalBytes, fileBytes: 0, fileCount: 0, trashBytes: 0, trashCount: 0 };
    let unbrokenPage = 0;
    let firstPageWithTrash: number | undefined;
    for (const header of headers(flash)) {
      if (header.at % flash.pageSize == 0) unbrokenPage = header.at;
      const space = spaceFor(header.size);
      stats.freeBytes = totalBytes - (header.at + space);
      if (header.deleted) {
        stats.trashBytes += space;
        stats.trashCount++;
        firstPageWithTrash ??= unbrokenPage;
      } else {
        stats.fileBytes += space;
        stats.fileCount++;
      }
    }
    return { stats, firstPageWithTrash };
  }

  private dataOf(file: Header): Buffer {
    return this.flash.bytes.subarray(file.at + HEADER, file.at + HEADER + file.size);
  }

  private find(name: Buffer): Header | undefined {
    for (const header of headers(this.flash)) if (header.name.equals(name)) return header;
    return undefined;
  }

  private markDeleted(file: Header): void {
    this.flash.program(this.flash.address + file.at + NAME_OFFSET, DELETED);
  }

  /** `_jsfCreateFile`: a compaction if that makes room, and the header in one piece. */
  private create(name: Buffer, size: number): Header | undefined {
    const needed = spaceFor(size);
    let room = this.findRoom(needed);
    if (room.at === undefined) {
      if (needed >= room.free + room.trash || !this.compact()) return undefined;
      room = this.findRoom(needed);
      if (room.at === undefined) return undefined;
    }
    this.flash.program(this.flash.address + room.at, encodeHeader(name, size));
    // As it was meant: the place may not have been blank.
    return { at: room.at, size, flags: 0, name, deleted: false };
  }

  /** The first place behind the files of a page that is large enough. `free` and `trash`: as the interpreter estimates them. */
  private findRoom(needed: number): { at?: number; free: number; trash: number } {
    const { flash } = this;
    let free = 0;
    let trash = 0;
    for (let page: number | undefined = 0; page !== undefined;) {
      let at: number | undefined = page;
      for (let header = headerAt(flash.bytes, page); header;) {
        if (header.deleted) trash += header.size;
        const step = nextHeader(flash, header, false);
        header = step.header;
        at = step.at;
      }
      const space = at === undefined ? this.spaceAtZero(needed) : this.spaceFrom(at);
      free += space;
      if (at !== undefined && space >= needed) return { at, free, trash };
      page = at === undefined ? undefined : nextPage(flash, at);
    }
    return { free, trash };
  }

  /** `jsfGetSpaceLeftInPage`: to the next page; to the end, if that page does not begin with a header. */
  private spaceFrom(at: number): number {
    const { bytes } = this.flash;
    const page = nextPage(this.flash, at);
    return (page !== undefined && headerAt(bytes, page) ? page : bytes.length) - at;
  }

  /**
   * A Storage that is full to its last 31 bytes has no address where room could begin, and the interpreter goes on at 0. Most
   * chips have no flash there. ESP32 has: with the page of its bootloader it finds that page's room, and for more than that
   * searches the pages of its own firmware.
   */
  private spaceAtZero(needed: number): number {
    const { region } = this.flash;
    if (region.chipAddress !== 0) return 0;
    if (needed > region.pageSize)
      throw new Error("the Storage is full to its last bytes: this board's interpreter would write into its own firmware");
    return region.pageSize;
  }
}

/** Cut to 28 bytes; then a drive ("C:") is taken off. */
function nameBytes(name: string): Buffer {
  const text = name.slice(0, NAME_LIMIT);
  const bytes = Buffer.alloc(NAME_LIMIT);
  bytes.write(text[1] == ":" ? text.slice(2) : text, "latin1");
  return bytes;
}

function isLaterPart({ flags, name }: Header): boolean {
  return flags == PART_FLAG && nameText(name).charCodeAt(nameText(name).length - 1) != FIRST_PART;
}

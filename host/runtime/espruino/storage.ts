/**
 * `require("Storage")`: files in flash, with the rules that matter (Espruino 2v29, `src/jsflash.c`): names are cut, a byte is written once,
 * a file that is replaced is erased first, and a write that finds no room compacts. Survives a restart of the board.
 */

const HEADER = 32;
const NAME_LIMIT = 28;
const ALIGNMENT = 4;
const ERASED = 0xff;

interface Entry {
  name: string;
  data: Buffer;
}

export interface StorageStats {
  totalBytes: number;
  freeBytes: number;
  fileBytes: number;
  fileCount: number;
  trashBytes: number;
  trashCount: number;
}

export class FlashStorage {
  /** In the order of their addresses; a deleted one has the name `""`. */
  private entries: Entry[] = [];

  /** @param size bytes of flash. */
  constructor(
    private readonly size: number,
    files: ReadonlyMap<string, Buffer> = new Map(),
  ) {
    for (const [name, data] of files) this.write(name, data);
  }

  /** A copy of each file. */
  files(): Map<string, Buffer> {
    return new Map(this.live().map((entry) => [entry.name, Buffer.from(entry.data)]));
  }

  list(): string[] {
    return this.live().map((entry) => entry.name);
  }

  /** `length` 0: to the end. `undefined` without such a file. */
  read(name: string, offset = 0, length = 0): Buffer | undefined {
    const data = this.find(name)?.data;
    if (!data) return undefined;
    const start = Math.min(Math.max(0, offset), data.length);
    return data.subarray(start, length > 0 ? start + length : undefined);
  }

  /**
   * Writes `data` at `offset`. At offset 0 the file is made anew, with `size` bytes (0: as many as the data), unless it has that size and is blank.
   * @throws {Error} with the interpreter's text.
   */
  write(name: string, data: Buffer, offset = 0, size = 0): boolean {
    if (offset < 0 || size < 0) return false;
    const wanted = size || data.length;
    if (!wanted) throw new Error("Can't create zero length file");
    let entry = this.find(name);
    if (offset == 0) {
      if (entry?.data.length == wanted && data.equals(entry.data)) return true;
      const prepared = entry?.data.length == wanted && isErased(entry.data);
      if (!prepared) {
        this.erase(name);
        entry = this.create(name, wanted);
      }
    }
    if (!entry) throw new Error("Unable to find or create file");
    if (offset + data.length > entry.data.length) throw new Error("Too much data for file size");
    const place = entry.data.subarray(offset, offset + data.length);
    if (!isErased(place)) throw new Error("File already written with different data");
    data.copy(place);
    return true;
  }

  erase(name: string): void {
    const entry = this.find(name);
    if (entry) entry.name = "";
  }

  eraseAll(): void {
    this.entries = [];
  }

  compact(): void {
    this.entries = this.live();
  }

  stats(): StorageStats {
    const live = this.live();
    const fileBytes = space(live);
    const trashBytes = space(this.entries) - fileBytes;
    return {
      totalBytes: this.size,
      freeBytes: this.size - fileBytes - trashBytes,
      fileBytes,
      fileCount: live.length,
      trashBytes,
      trashCount: this.entries.length - live.length,
    };
  }

  private live(): Entry[] {
    return this.entries.filter((entry) => entry.name);
  }

  private find(name: string): Entry | undefined {
    const cut = name.slice(0, NAME_LIMIT);
    return cut ? this.entries.find((entry) => entry.name == cut) : undefined;
  }

  private create(name: string, size: number): Entry | undefined {
    const entry = { name: name.slice(0, NAME_LIMIT), data: Buffer.alloc(size, ERASED) };
    if (this.stats().freeBytes < space([entry])) this.compact();
    if (this.stats().freeBytes < space([entry])) return undefined;
    this.entries.push(entry);
    return entry;
  }
}

function isErased(data: Buffer): boolean {
  return data.every((byte) => byte == ERASED);
}

function space(entries: readonly Entry[]): number {
  return entries.reduce((sum, { data }) => sum + HEADER + Math.ceil(data.length / ALIGNMENT) * ALIGNMENT, 0);
}

/**
 * A region of NOR flash: programming clears bits, only the erase of a whole page sets them. Each call of the interpreter's port (`jshFlashWrite`,
 * `jshFlashErasePage`) is one elementary operation, which the power may fail before, in or after.
 */
import { ALIGNMENT, ERASED } from "../image/layout.ts";
import type { Geometry } from "../config/board-file.ts";
import type { StorageBytes } from "../image/layout.ts";

export interface Region extends Geometry {
  /** Of the first byte, as the interpreter counts. */
  address: number;
  /** Where the chip's flash begins; absent: not at 0. On ESP32 it does, which matters to a full Storage (`storage.ts`). */
  chipAddress?: number;
}

/** The Linux port's file `espruino.flash` (FLASH_START, FLASH_TOTAL and FLASH_PAGE_SIZE of `scripts/build_platform_config.py`). */
export const LINUX_REGION: Region = { address: 0x10000000, pageSize: 1024, pages: 256 };

export interface FlashOperation {
  kind: "program" | "erase";
  address: number;
  /** What is there now. */
  before: Buffer;
  /** What will be there, in the same length. */
  after: Buffer;
}

/**
 * Told before each elementary operation. Returns nothing to let it happen, or what it leaves behind when the power fails: `before`, `after`, or anything
 * whose every bit is one of the two (`power.ts` makes such states).
 */
export type FlashHook = (operation: FlashOperation) => Buffer | undefined;

/** The power failed: whoever was at work does not go on. */
export class PowerCut extends Error {
  constructor() {
    super("the power failed");
  }
}

export class Flash implements StorageBytes {
  /** What is in it. To be changed from outside only as a flashing tool does, or to bring back an earlier state. */
  readonly bytes: Buffer;
  readonly address: number;
  readonly pageSize: number;

  constructor(
    readonly region: Region,
    private readonly hook?: FlashHook,
  ) {
    this.address = region.address;
    this.pageSize = region.pageSize;
    this.bytes = Buffer.alloc(region.pageSize * region.pages, ERASED);
  }

  /** @returns a copy. @throws {RangeError} outside of the region. */
  read(address: number, length: number): Buffer {
    const at = this.offsetOf(address, length);
    return Buffer.from(this.bytes.subarray(at, at + length));
  }

  /** One elementary operation. @throws {RangeError} outside of the region. @throws {PowerCut} if the hook says so. */
  program(address: number, data: Buffer): void {
    const before = this.read(address, data.length);
    this.perform({ kind: "program", address, before, after: Buffer.from(before.map((byte, i) => byte & (data[i] as number))) });
  }

  /** `jshFlashWriteAligned`: up to three operations, whole words each. */
  programAligned(address: number, data: Buffer): void {
    const head = Math.min((ALIGNMENT - (address % ALIGNMENT)) % ALIGNMENT, data.length);
    const tail = (data.length - head) % ALIGNMENT;
    const middle = data.length - head - tail;
    if (head) this.programWord(address, data.subarray(0, head));
    if (middle) this.program(address + head, data.subarray(head, head + middle));
    if (tail) this.programWord(address + head + middle, data.subarray(head + middle));
  }

  /** The page that holds `address`. @throws {RangeError} @throws {PowerCut} */
  erasePage(address: number): void {
    const start = address - (this.offsetOf(address, 1) % this.pageSize);
    const before = this.read(start, this.pageSize);
    this.perform({ kind: "erase", address: start, before, after: Buffer.alloc(this.pageSize, ERASED) });
  }

  private programWord(address: number, data: Buffer): void {
    const start = address - (address % ALIGNMENT);
    const word = this.read(start, ALIGNMENT);
    data.copy(word, address - start);
    this.program(start, word);
  }

  private perform(operation: FlashOperation): void {
    const { address, before, after } = operation;
    const left = this.hook?.(operation);
    if (left && !isBetween(left, before, after)) throw new RangeError(`no ${operation.kind} at ${hex(address)} leaves that behind`);
    (left ?? after).copy(this.bytes, address - this.address);
    if (left) throw new PowerCut();
  }

  private offsetOf(address: number, length: number): number {
    const at = address - this.address;
    const end = this.bytes.length;
    if (!(at >= 0 && at + length <= end))
      throw new RangeError(`flash has no ${length} bytes at ${hex(address)}: it is ${hex(this.address)} to ${hex(this.address + end - 1)}`);
    return at;
  }
}

function isBetween(left: Buffer, before: Buffer, after: Buffer): boolean {
  if (left.length != before.length) return false;
  return left.every((byte, i) => {
    const old = before[i] as number;
    return ((byte ^ old) & ~(old ^ (after[i] as number))) == 0;
  });
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}

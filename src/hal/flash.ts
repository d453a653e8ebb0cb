/** Flash by address, and parts of Storage files: what the interpreter's Storage does not do itself. */
import { bytesOf, textOf } from "./bytes";

declare const E: { CRC32(data: string): number };
declare function require(name: "Flash"): {
  read(length: number, address: number): Uint8Array;
  write(data: string, address: number): void;
  erasePage(address: number): void;
};
declare function require(name: "Storage"): { read(file: string, offset: number, length: number): string | undefined };

/**
 * Storage: 32 bytes of header (size in 24 bits, name from byte 4), data, the next header at a multiple of 4 (Espruino, `src/jsflash.c`).
 */
const HEADER = 32;

/** Address of a file's data, by the Storage's headers from its first address on; 0 without such a file. */
export function addressOf(name: string, start: number): number {
  for (let at = start; ;) {
    const header = require("Flash").read(HEADER, at);
    const size = (header[0] as number) + (header[1] as number) * 0x100 + (header[2] as number) * 0x10000;
    if (size == 0xffffff || !size) return 0;
    at += HEADER;
    if (textOf(header).substr(4, name.length + 1) == name + "\0") return at;
    at += (size + 3) & -4;
  }
}

export function part(file: string, offset: number, length: number): string {
  return require("Storage").read(file, offset, length) || "";
}

export function flashText(address: number, length: number): string {
  return textOf(require("Flash").read(length, address));
}

/** Clears bits: what was written before must be blank, or the same. */
export function program(address: number, data: string): void {
  require("Flash").write(data, address);
}

export function erasePage(address: number): void {
  require("Flash").erasePage(address);
}

export function crc32(data: string): number {
  return E.CRC32(data);
}

/** CRC-16/ARC (polynomial 0x8005 reflected) of some bytes, from an earlier part's. */
export function crc16(data: string, from: number): number {
  "ram";
  const table = TABLE;
  let crc = from;
  let byte = 0;
  for (byte of bytesOf(data)) {
    crc ^= byte;
    crc = (crc >> 4) ^ (table[crc & 15] as number);
    crc = (crc >> 4) ^ (table[crc & 15] as number);
  }
  return crc;
}

const TABLE = new Uint16Array([
  0, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401, 0xa001, 0x6c00, 0x7800, 0xb401, 0x5000, 0x9c01, 0x8801, 0x4400,
]);

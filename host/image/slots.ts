/**
 * The Storage file that updates over the air are written into (docs/decisions/0014-over-the-air.md): made by wire, blank but for a description of its slots. On boards
 * with small pages it must be the first file of the Storage: its slots are whole pages then.
 */
import type { Slots } from "../../src/api/boot.ts";
import { spaceFor } from "./storage.ts";
import type { Geometry } from "./storage.ts";

export const SLOTS = "slots";
/** Bytes of the description. */
const DESCRIPTION = 96;
/** Of a Storage file. */
const HEADER = 32;
/** Pages of this size are erased in the time of some lines on the UART (45 ms on an ESP32); 16 KiB and more stop the processor for half a second to two. */
const SMALL_PAGE = 4096;
/** No slot is longer: places in it are kept in 64 marks of 1 KiB. */
const LARGEST_SLOT = 65536;
/** Of the whole Storage, for each of two slots. */
const SHARE = 0.16;
/** Left free behind a chain of slots, for what a device keeps (a secret that a cloud gave it, a PIN that was tried). */
const RESERVE = 2048;

export interface SlotsPlan extends Geometry {
  /** Of the Storage. */
  address: number;
  /** Version of the core that is flashed with it. */
  core: string;
}

/** Slots that are erased in turn, or a chain. */
export function hasSmallPages({ pageSize }: Geometry): boolean {
  return pageSize <= SMALL_PAGE;
}

/** `files`: the others, which a chain leaves room for. @throws {Error} if they leave none. */
export function slotsFile(plan: SlotsPlan, files: ReadonlyMap<string, Buffer>): Buffer {
  const { pageSize, pages, address, core } = plan;
  const total = pageSize * pages;
  const isPaged = hasSmallPages(plan);
  const others = [...files.values()].reduce((sum, data) => sum + spaceFor(data.length), 0);
  const size = isPaged
    ? Math.min(LARGEST_SLOT, Math.floor((total * SHARE) / pageSize) * pageSize)
    : Math.floor((total - others - RESERVE - HEADER - DESCRIPTION) / 4) * 4;
  const first = isPaged ? pageSize - HEADER : DESCRIPTION;
  const slots: Slots = {
    core,
    page: isPaged ? pageSize : 0,
    room: Math.max(0, size),
    places: isPaged ? [first, first + size] : [first],
    flash: address,
  };
  const data = Buffer.alloc(isPaged ? first + 2 * size : first + Math.max(0, size), 0xff);
  data.write(JSON.stringify(slots).padEnd(DESCRIPTION), "latin1");
  return data;
}

/** What the first bytes of the file say. */
export function slotsOf(file: Buffer): Slots {
  return JSON.parse(file.toString("latin1", 0, DESCRIPTION)) as Slots;
}

/** All files in their order in the image. */
export function withSlots(files: ReadonlyMap<string, Buffer>, plan: SlotsPlan): Map<string, Buffer> {
  const slots = slotsFile(plan, files);
  return new Map(hasSmallPages(plan) ? [[SLOTS, slots], ...files] : [...files, [SLOTS, slots]]);
}

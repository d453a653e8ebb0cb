/**
 * The Storage file that updates over the air are written into (docs/decisions/0014-over-the-air.md): made by wire, blank but for a
 * description of its slots. On boards with small pages it must be the first file of the Storage: its slots are whole pages then.
 */
import { SlotSize, SlotsFile as SlotsName } from "../../src/api/boot.ts";
import type { Slots } from "../../src/api/boot.ts";
import { join } from "node:path";
import type { BoardFile, Geometry, UpdatePromise } from "../config/board-file.ts";
import { ROOT } from "../project/root.ts";
import { readJson } from "../config/validate.ts";
import { LOADER, loaderLast } from "./order.ts";
import { spaceFor } from "./storage.ts";

export const SLOTS = SlotsName.Name;
/** Of a Storage file. */
const HEADER = 32;
/**
 * Pages of this size are erased in the time of some lines on the UART (45 ms on an ESP32); 16 KiB and more stop the
 * processor for half a second to two.
 */
const SMALL_PAGE = 4096;
/** Of the whole Storage, for each of two slots. */
const SHARE = 0.16;
/**
 * Left free: for a unit's identity with certificate and key, and what the device keeps (a secret that a cloud
 * gave it, a PIN that was tried).
 */
const RESERVE = 6144;

export interface SlotsPlan extends Geometry {
  /** Of the Storage. */
  address: number;
  /** Version of the core that is flashed with it. */
  core: string;
}

/** What the image has for updates over the air. */
export function slotsPlan({ storage }: Pick<BoardFile, "storage">): SlotsPlan {
  const { version } = readJson(join(ROOT, "package.json")) as { version: string };
  return { address: Number(storage.address), pageSize: storage.pageSize, pages: storage.pages, core: version };
}

/** Slots that are erased in turn, or a chain. */
export function hasSmallPages({ pageSize }: Geometry): boolean {
  return pageSize <= SMALL_PAGE;
}

export interface SlotsFile {
  /** What is written; all behind it stays blank. */
  description: Buffer;
  /** Bytes of the file. */
  size: number;
}

/**
 * `address`: of the file's data; `free`: bytes for header and data, the reserve included. On small pages the slots
 * begin where the next page does.
 * @throws {Error} if they do not fit.
 */
export function slotsAt(plan: SlotsPlan, address: number, free: number): SlotsFile {
  const { pageSize, pages, core } = plan;
  const isPaged = hasSmallPages(plan);
  const most = Math.floor((free - RESERVE - HEADER) / 4) * 4;
  const first = isPaged ? firstPage(address - plan.address, pageSize) : SlotSize.Description;
  const room = isPaged ? Math.min(SlotSize.Longest, Math.floor((pageSize * pages * SHARE) / pageSize) * pageSize) : chainRoom(most - first);
  const size = isPaged ? first + 2 * room : first + room;
  if (size > most) throw new Error(`${SLOTS}: ${size} bytes for updates over the air do not fit: there are ${Math.max(0, most)}`);
  const slots: Slots = { core, page: isPaged ? pageSize : 0, room, places: isPaged ? [first, first + room] : [first], flash: plan.address };
  return { description: Buffer.from(JSON.stringify(slots).padEnd(SlotSize.Description), "latin1"), size };
}

/** Of a package: what a slot has before it, and its own head. */
const HEADS = 2048;
const APPLICATION = 4096;
/** Product, board, certificate, and headers of files. */
const BESIDE = 4096;

/** `firmware`: bytes of all modules at most. */
export function promiseOf(geometry: Geometry, firmware: number): UpdatePromise {
  if (hasSmallPages(geometry)) return { application: null, whole: null };
  const room = chainRoom(geometry.pageSize * geometry.pages - firmware - BESIDE - RESERVE - HEADER - SlotSize.Description);
  return { application: Math.floor(room / (HEADS + APPLICATION)), whole: Math.floor(room / (HEADS + firmware)) };
}

/** Less than the smallest update is no room. */
function chainRoom(bytes: number): number {
  return bytes < HEADS ? 0 : Math.floor(bytes / 4) * 4;
}

/** From data at `offset` of the Storage to the next page behind the description. */
function firstPage(offset: number, pageSize: number): number {
  const left = pageSize - (offset % pageSize);
  return left < SlotSize.Description ? left + pageSize : left;
}

/**
 * All files in their order in the image, the loader last. Slots that are among them are made anew. @throws {Error}
 * if there is no room for them.
 */
export function withSlots(files: ReadonlyMap<string, Buffer>, plan: SlotsPlan): Map<string, Buffer> {
  const rest = [...loaderLast(files)].filter(([name]) => name != SLOTS);
  const others = rest.reduce((sum, [, data]) => sum + spaceFor(data.length), 0);
  const isFirst = hasSmallPages(plan);
  const { description, size } = slotsAt(plan, plan.address + HEADER + (isFirst ? 0 : others), plan.pageSize * plan.pages - others);
  const slots = Buffer.alloc(size, 0xff);
  description.copy(slots);
  const behind = isFirst ? rest : rest.filter(([name]) => name == LOADER);
  return new Map([...rest.filter((entry) => !behind.includes(entry)), [SLOTS, slots], ...behind]);
}

/** What the first bytes of the file say. */
export function slotsOf(file: Buffer): Slots {
  return JSON.parse(file.toString("latin1", 0, SlotSize.Description)) as Slots;
}

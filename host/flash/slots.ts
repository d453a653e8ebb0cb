/** Makes the room for updates over the air through the console: a Storage file that is blank but for its description. */
import { crc32 } from "node:zlib";
import type { BoardFile } from "../config/board-file.ts";
import type { Slots } from "../../src/api/boot.ts";
import type { Repl } from "../console/repl.ts";
import { SLOTS, slotsAt, slotsPlan } from "../image/slots.ts";
import { HEADER } from "../image/storage.ts";

/** Of a slot: what is written about it. */
const HEAD = 1024;
const DESCRIPTION = 96;
const BLANK = crc32(Buffer.alloc(HEAD, 0xff));
const ERASE_MS = 60_000;
const STORAGE = 'require("Storage")';

/** Where the file's data are (0: there is no such file), and where the next file would begin: the interpreter itself does not say. */
async function places(repl: Repl, { address, pageSize, pages }: BoardFile["storage"]): Promise<[data: number, end: number]> {
  const start = Number(address);
  const walk = `(function(a,e,f,h,z,s){for(;a<e;a+=32+(z+3&-4)){h=f.read(32,a);z=h[0]|h[1]<<8|h[2]<<16;if(z==16777215)break;if(E.toString(h).substr(4,${SLOTS.length + 1})=="${SLOTS}\\0")s=a+32}return[s||0,a]})(${start},${start + pageSize * pages},require("Flash"))`;
  return (await repl.evaluate(walk)) as [number, number];
}

/** Whether there are slots of this core, where they belong, that no update has used. */
export async function areFresh(repl: Repl, board: BoardFile): Promise<boolean> {
  const [data] = await places(repl, board.storage);
  if (!data) return false;
  const { core, page, places: starts, flash } = await describe(repl);
  const plan = slotsPlan(board);
  if (core != plan.core || flash != plan.address || (page && (data + (starts[0] as number)) % page)) return false;
  for (const at of starts) if ((await repl.evaluate(`E.CRC32(${STORAGE}.read("${SLOTS}",${at},${HEAD})||"")>>>0`)) != BLANK) return false;
  return true;
}

async function describe(repl: Repl): Promise<Slots> {
  const text = String(await repl.evaluate(`${STORAGE}.read("${SLOTS}",0,${DESCRIPTION})`));
  try {
    return JSON.parse(text) as Slots;
  } catch {
    return { core: "", page: 0, room: 0, places: [], flash: 0 };
  }
}

/** `behind`: bytes that are written behind them. @throws {Error} if they do not fit. */
export async function makeSlots(repl: Repl, board: BoardFile, behind: number): Promise<void> {
  if (await areFresh(repl, board)) return;
  await repl.evaluate(`${STORAGE}.erase("${SLOTS}")`);
  try {
    await write(repl, board, behind);
  } catch {
    // What was erased takes its room until then.
    await repl.evaluate(`${STORAGE}.compact()`, { timeoutMs: ERASE_MS });
    await write(repl, board, behind);
  }
  if (!(await areFresh(repl, board))) throw new Error(`${SLOTS}: the room for updates over the air reads back wrong`);
}

async function write(repl: Repl, board: BoardFile, behind: number): Promise<void> {
  const free = Number(await repl.evaluate(`${STORAGE}.getStats().freeBytes`));
  const [, end] = await places(repl, board.storage);
  const { description, size } = slotsAt(slotsPlan(board), end + HEADER, free - behind);
  await repl.evaluate(`${STORAGE}.write("${SLOTS}",atob("${description.toString("base64")}"),0,${size})`);
}

/**
 * Files into a Storage through the interpreter's console. The loader is taken away first and written last, after all others were read back:
 * whatever happens in between, the board starts into the bare interpreter and can be flashed again.
 */
import { crc32 } from "node:zlib";
import type { Repl } from "../console/repl.ts";
import { LOADER, loaderLast } from "../image/order.ts";
import { spaceFor } from "../image/storage.ts";

/**
 * Bytes of a file in one line: as text a line must fit into half of the input queue of 1,024 bytes (STM32, Linux), and into memory twice.
 */
const CHUNK = 192;
/**
 * A sector of 128 KiB is erased in up to two seconds, and compaction erases all (ST STM32F405 datasheet, table "Flash memory programming").
 */
const ERASE_MS = 60_000;

const STORAGE = 'require("Storage")';

/** Times that what reads back wrong is written again. */
const ROUNDS = 3;

class DifferentError extends Error {}

export interface PutOptions {
  /** Names that must not be there afterwards. */
  stale: readonly string[];
  /** For each file that is written. */
  tell(text: string): void;
  /** Done when all but the loader is there. `behind`: bytes that the loader will take. */
  beforeLoader?(behind: number): Promise<void>;
}

export interface PutResult {
  written: string[];
  same: string[];
  compacted: boolean;
}

/** The names that the Storage lists. */
export async function listFiles(repl: Repl): Promise<string[]> {
  return (await repl.evaluate(`${STORAGE}.list()`)) as string[];
}

/** Whether the board has exactly this file, judged by size and CRC-32. */
export async function isSame(repl: Repl, name: string, data: Buffer): Promise<boolean> {
  const state = await repl.evaluate(`(s=>s===undefined?0:[s.length,E.CRC32(s)])(${STORAGE}.read(${JSON.stringify(name)}))`);
  return Array.isArray(state) && state[0] == data.length && Number(state[1]) >>> 0 == crc32(data) >>> 0;
}

export async function readFile(repl: Repl, name: string, size: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let at = 0; at < size; at += CHUNK) {
    const text = await repl.evaluate(`btoa(${STORAGE}.read(${JSON.stringify(name)},${at},${Math.min(CHUNK, size - at)})||"")`);
    parts.push(Buffer.from(String(text), "base64"));
  }
  return Buffer.concat(parts);
}

/** @throws {Error} naming the file that does not fit or reads back wrong. */
export async function putFiles(repl: Repl, files: ReadonlyMap<string, Buffer>, options: PutOptions): Promise<PutResult> {
  for (let round = 1; ; round++) {
    try {
      return await putOnce(repl, files, options);
    } catch (error) {
      // A line that came twice may have spoilt what was written before: what differs is written again.
      if (!(error instanceof DifferentError) || round == ROUNDS) throw error;
      options.tell(`${error.message}; once more`);
    }
  }
}

async function putOnce(repl: Repl, files: ReadonlyMap<string, Buffer>, options: PutOptions): Promise<PutResult> {
  const present = await listFiles(repl);
  const same: string[] = [];
  for (const [name, data] of files) if (present.includes(name) && (await isSame(repl, name, data))) same.push(name);
  const stale = options.stale.filter((name) => present.includes(name));
  const isChanged = same.length < files.size || stale.length > 0;
  const changed = new Map([...loaderLast(files)].filter(([name]) => !same.includes(name) || (name == LOADER && isChanged)));

  if (isChanged) {
    if (present.includes(LOADER)) await erase(repl, LOADER);
    for (const name of present) if (name != LOADER && (stale.includes(name) || changed.has(name))) await erase(repl, name);
  }
  const compacted = changed.size ? await makeRoom(repl, changed) : false;
  for (const [name, data] of changed) {
    if (name == LOADER) continue;
    await putFile(repl, name, data);
    options.tell(`${name}: ${data.length} bytes`);
  }
  for (const [name, data] of files) if (name != LOADER) await compare(repl, name, data);
  const loader = files.get(LOADER);
  await options.beforeLoader?.(loader && changed.has(LOADER) ? spaceFor(loader.length) : 0);
  if (loader) {
    if (changed.has(LOADER)) await putFile(repl, LOADER, loader);
    await compare(repl, LOADER, loader);
  }
  return { written: [...changed.keys()], same: same.filter((name) => !changed.has(name)), compacted };
}

export async function erase(repl: Repl, name: string): Promise<void> {
  await repl.evaluate(`${STORAGE}.erase(${JSON.stringify(name)})`);
}

/** Writes a file that is not there. */
export async function putFile(repl: Repl, name: string, data: Buffer): Promise<void> {
  for (let at = 0; at < data.length; at += CHUNK) {
    const text = data.subarray(at, at + CHUNK).toString("base64");
    const size = at == 0 ? data.length : 0;
    // What is there already was written by an attempt whose answer was lost: flash cannot be written twice.
    const done = await repl.evaluate(
      `((s,n,d)=>s.read(n,${at},d.length)===d||s.write(n,d,${at},${size}))(${STORAGE},${JSON.stringify(name)},atob("${text}"))`,
    );
    if (done !== true) throw new Error(`${name}: the interpreter could not write it`);
  }
}

/** @throws {DifferentError} */
export async function compare(repl: Repl, name: string, data: Buffer): Promise<void> {
  const read = await readFile(repl, name, data.length);
  const at = read.findIndex((byte, i) => byte != data[i]);
  if (at >= 0 || read.length != data.length) throw new DifferentError(`${name}: reads back wrong at byte ${at < 0 ? read.length : at}`);
}

/** Compaction is not safe against a power cut, but here the files are on the PC. The interpreter would do it by itself inside a write. */
async function makeRoom(repl: Repl, files: ReadonlyMap<string, Buffer>): Promise<boolean> {
  const needed = [...files.values()].reduce((sum, data) => sum + spaceFor(data.length), 0);
  const free = async (): Promise<number> => Number(await repl.evaluate(`${STORAGE}.getStats().freeBytes`));
  if ((await free()) >= needed) return false;
  await repl.evaluate(`${STORAGE}.compact()`, { timeoutMs: ERASE_MS });
  const now = await free();
  if (now < needed)
    throw new Error(`the Storage has ${now} bytes free, ${needed} are needed; see what is there with require("Storage").list()`);
  return true;
}

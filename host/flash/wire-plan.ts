/** Flashing a whole Storage image by a tool, which needs no interpreter on the board. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFile } from "../config/secret-file.ts";
import { IDENTITY } from "../config/identity-files.ts";
import { loaderLast } from "../image/order.ts";
import { SLOTS, slotsPlan, withSlots } from "../image/slots.ts";
import { buildImage, readImage } from "../image/storage.ts";
import { APPLICATION_FILES, checkFirmware } from "./job.ts";
import type { FlashJob } from "./job.ts";
import { keptFiles } from "./kept.ts";
import { SEAL_FILE } from "./seal.ts";
import { commandText, runCommand } from "./tools.ts";
import type { Command } from "./tools.ts";
import type { Step } from "./steps.ts";
import type { Region, Wire } from "./wire.ts";

/** An ESP32's 896 KiB take 30 s at 460,800 baud; an STM32's sectors two seconds each to erase. */
const TOOL_MS = 300_000;
const LIST_MS = 20_000;
const NOT_KEPT =
  "Nothing was written, because its identity and its secret may be in there. If nothing of it is wanted, as on a board that has never run this firmware, use --fresh";

export interface WirePlan {
  steps: Step[];
  restart: Command;
  /** Removes what was written to this PC: images hold secrets. */
  close(): void;
}

export interface WireOptions {
  /** What the tool says. */
  tell(text: string): void;
  /** Limit of each run of the tool; default five minutes. */
  toolMs?: number;
  /** Ends the tool at once. */
  stop?: AbortSignal;
}

export function wirePlan(job: FlashJob, wire: Wire, options: WireOptions): WirePlan {
  const folder = mkdtempSync(join(tmpdir(), "espruino-flash-"));
  const { storage } = job.board;
  const region: Region = { address: storage.address, bytes: storage.pageSize * storage.pages };
  const path = (name: string): string => join(folder, name);
  const run = (command: Command): Promise<string> =>
    runCommand(command, {
      timeoutMs: options.toolMs ?? TOOL_MS,
      // One space in front: what the tool says, not what we say.
      tell: (text) => options.tell(text.replace(/^/gm, " ").trimEnd()),
      ...(options.stop === undefined ? {} : { stop: options.stop }),
    });
  const read = { before: wire.read(region, path("before.bin")), after: wire.read(region, path("after.bin")) };
  const write = wire.write(region, path("storage.bin"));
  let before: Buffer | undefined;
  let image: Buffer;

  const steps: Step[] = [];
  if (wire.enter !== undefined) {
    const list = { program: (read.before as Command).program, args: ["-l"] };
    steps.push({
      title: `find the board in DFU mode (${wire.enter})`,
      shows: [commandText(list)],
      run: async () => {
        const output = await runCommand(list, { timeoutMs: LIST_MS, tell: () => {} });
        if (!output.includes("0483:df11")) throw new Error(`no board in DFU mode: ${wire.enter}, and run this again`);
        return undefined;
      },
    });
  }
  steps.push(
    {
      title: "read the Storage, for what the device must keep",
      shows: [commandText(read.before)],
      run: async () => {
        await run(read.before);
        before = job.restore === undefined ? sized(path("before.bin"), region) : sized(job.restore, region);
        const kept = [...keptOf(job, before).keys()];
        job.hadIdentity = kept.includes(IDENTITY);
        if (!kept.length) return `nothing to keep${job.own.size ? "" : ": the board has no identity; give it one with --identity"}`;
        // Its only copy from here on.
        writeFile(job.rescue, before, true);
        return `kept: ${kept.join(", ")}`;
      },
    },
    // Some interpreters' binaries lie over the Storage: not before it was read.
    ...(job.firmware === undefined ? [] : firmwareSteps(job, job.firmware, wire, run, path("interpreter.bin"))),
    {
      title: "write the Storage image",
      shows: [commandText(write)],
      run: async () => {
        image = imageFor(job, before);
        writeFileSync(path("storage.bin"), image, { mode: 0o600 });
        await run(write);
        return undefined;
      },
    },
    {
      title: "read it back and compare",
      shows: [commandText(read.after)],
      run: async () => {
        await run(read.after);
        compareImages(image, sized(path("after.bin"), region));
        rmSync(job.rescue, { force: true });
        return `${region.bytes} bytes are the same`;
      },
    },
  );
  return {
    steps,
    restart: wire.restart(path("scratch.bin")),
    close: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** `scratch`: a file that may be written. */
function firmwareSteps(job: FlashJob, firmware: string, wire: Wire, run: (command: Command) => Promise<string>, scratch: string): Step[] {
  const version = checkFirmware(wire, job);
  const write = wire.writeFirmware(firmware);
  const { verifyFirmware: verify } = wire;
  const name = `the interpreter${version === undefined ? "" : ` ${version}`}`;
  const steps: Step[] = [{ title: `write ${name}`, shows: [commandText(write)], run: async () => void (await run(write)) }];
  if (verify.by == "tool") {
    const command = verify.command(firmware);
    return [...steps, { title: `verify ${name}`, shows: [commandText(command)], run: async () => void (await run(command)) }];
  }
  const data = readFileSync(firmware);
  const region = { address: verify.address, bytes: data.length };
  const read = wire.read(region, scratch);
  const compare = async (): Promise<string> => {
    await run(read);
    const at = sized(scratch, region).findIndex((byte, i) => byte != data[i]);
    if (at >= 0) throw new Error(`the interpreter reads back wrong at byte ${at}`);
    return `${data.length} bytes are the same`;
  };
  return [...steps, { title: `read ${name} back and compare`, shows: [commandText(read)], run: compare }];
}

/** The image that the board gets. `before`: what is in it now. @throws {Error} naming the file that does not fit. */
export function imageFor(job: FlashJob, before: Buffer | undefined): Buffer {
  const files = new Map(job.files);
  if (job.appOnly) {
    const there = new Map(read(job, before ?? Buffer.alloc(0)).map(({ name, data }) => [name, data]));
    for (const [name, data] of files)
      if (!APPLICATION_FILES.includes(name) && name != SLOTS && !there.get(name)?.equals(data))
        throw new Error(`--app-only: "${name}" on the board is another one; flash the whole firmware`);
    // All that is there stays, but for a seal: the console is needed to see the device get online.
    for (const [name, data] of there) if (!files.has(name) && name != SEAL_FILE) files.set(name, data);
  } else {
    for (const [name, data] of before ? keptOf(job, before) : []) files.set(name, data);
    for (const [name, data] of job.own) files.set(name, data);
  }
  // Blank: an update that ran would hide what is written now.
  return buildImage(files.has(SLOTS) ? withSlots(files, slotsPlan(job.board)) : loaderLast(files), job.board.storage);
}

function keptOf(job: FlashJob, before: Buffer): Map<string, Buffer> {
  if (job.fresh) return new Map<string, Buffer>();
  const files = read(job, before);
  try {
    return keptFiles(files, job.own.size > 0);
  } catch (error) {
    throw new Error(`${(error as Error).message}. ${NOT_KEPT}`);
  }
}

/** @throws {Error} if it is no Storage: what it held of the device's own would be lost for good. */
function read(job: FlashJob, image: Buffer): ReturnType<typeof readImage> {
  try {
    return readImage(image, job.board.storage.pageSize).filter((file) => !file.deleted);
  } catch (error) {
    const place = job.restore === undefined ? "the board" : job.restore;
    throw new Error(`${place}: ${(error as Error).message}. ${NOT_KEPT}`);
  }
}

function sized(path: string, region: Region): Buffer {
  let data: Buffer;
  try {
    data = readFileSync(path);
  } catch {
    throw new Error("the tool said that it read the flash, but wrote no file");
  }
  if (data.length != region.bytes) throw new Error(`the tool read ${data.length} bytes of flash, not ${region.bytes}`);
  return data;
}

/** @throws {Error} naming the file that differs. */
export function compareImages(written: Buffer, found: Buffer): void {
  if (written.equals(found)) return;
  const at = written.findIndex((byte, i) => byte != found[i]);
  const file = readImage(written).find(({ offset, size }) => at < offset + size);
  throw new Error(`the flash reads back wrong at byte ${at} of the Storage${file ? `, in file "${file.name}"` : ""}`);
}

/**
 * The longest pieces of work between two looks at the input queue, by phase of the link: the image as it is built runs under callgrind, its UART is a
 * pseudo-terminal with an emulated EC20, and its counts are cut at each packet that the interpreter takes from its queue and at each turn of its idle loop.
 * What the firmware prints says in which phase it was.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { callgrind, callgrindMissing, readParts, slowClockMissing } from "./callgrind.ts";
import type { Part as Counted } from "./callgrind.ts";
import { startDevice } from "./device.ts";
import type { BenchDevice } from "./device.ts";
import type { BenchContext, Part } from "./figure.ts";
import { RIG } from "./origin.ts";
import { table } from "./table.ts";

/** A turn of the idle loop begins, a packet of input is handed over, a line is printed, the boot code is run. */
const TURN = "jsiIdle";
const PACKET = "jsiHandleIOEventForSerial";
const PRINT = "jsiConsolePrintStringVar";
const BOOT = "jsfLoadBootCodeFromFlash";

/** A message as long as they come, taken and answered by the default application, so often and back to back. */
export const MESSAGE = `[${"x".repeat(1498)}]`;
const MESSAGES = 5;
/** Real milliseconds: valgrind is slow, and the machine may be busy. */
const LIMIT_MS = 240_000;
const QUIET_MS = 1500;

const LONGEST = { name: "slice", title: "instructions, longest slice in any phase", target: 8_000_000, unit: "" };

export interface Slice {
  /** The state of the link when it began; the one that it ends in, if that is another. */
  phase: string;
  next: string;
  instructions: number;
  /** It began with a packet of input. */
  packet: boolean;
  /** Timers that ran. */
  timers: number;
  /** Pieces that it wrote to the module, and what they were where that is known. */
  writes: number;
  wrote: readonly string[];
  printed: readonly string[];
}

export const slices: Part = {
  name: "slices",
  title: "Longest slices, between two looks at the input queue: EC20, Aliyun, signed in JavaScript, TLS",
  figures: [LONGEST],
  on: "ESPRUINO64, callgrind; the image with an emulated EC20",
  sources: RIG,
  counts: true,
  missing: ({ espruino64 }) => callgrindMissing(espruino64) || slowClockMissing(),
  run: async (context) => {
    const found = await measureSlices(context);
    const worst = found.reduce((a, b) => (b.instructions > a.instructions ? b : a));
    return { values: { [LONGEST.name]: worst.instructions }, details: byPhase(found) };
  },
};

let measured: Promise<Slice[]> | undefined;

/** Of one run, which is made once for all who ask. */
export function measureSlices(context: BenchContext): Promise<Slice[]> {
  return (measured ??= runSlices(context));
}

async function runSlices({ espruino64, progress }: BenchContext): Promise<Slice[]> {
  const folder = mkdtempSync(join(tmpdir(), "espruino-bench-"));
  const file = join(folder, "callgrind.out");
  try {
    const device = await startDevice({
      binary: espruino64 as string,
      runner: callgrind(file, [TURN, PACKET, PRINT, BOOT], true),
      // The board has no digests of its own: it is the one whose slices are longest.
      hashes: [],
    });
    const commands: string[] = [];
    device.modem.on("event", (event) => {
      if (event.ev == "command") commands.push(String(event["command"]));
    });
    try {
      await play(device, progress);
    } finally {
      await device.close();
    }
    progress("reading callgrind's file");
    return withCommands(slicesOf(readParts(readFileSync(file, "latin1")), device.lines), commands);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A life: getting online, messages back to back, a lost connection, online again, a module that restarts, online again. */
async function play(device: BenchDevice, progress: (text: string) => void): Promise<void> {
  progress("booting");
  await device.line(/-> online/, LIMIT_MS);
  await device.until(() => device.received.length > 0, LIMIT_MS, "the first publish");
  await sleep(QUIET_MS);
  progress("messages");
  await Promise.all(Array.from({ length: MESSAGES }, () => device.send(MESSAGE)));
  await device.until(() => device.received.filter((one) => one.length > MESSAGE.length).length == MESSAGES, LIMIT_MS, "the answers");
  await sleep(QUIET_MS);
  for (const [name, act] of [
    ["a lost connection", () => device.kick()],
    ["a module that restarts", () => device.modem.control({ fault: "reboot" })],
  ] as const) {
    progress(name);
    const from = device.lines.length;
    await act();
    await device.line(/-> online/, LIMIT_MS, from);
    await sleep(QUIET_MS);
  }
  const from = device.lines.length;
  device.type("E.reboot()");
  await device.line(/^restarted$/, LIMIT_MS, from);
}

/** `lines`: what was printed, in order; `parts` end where the interpreter called one of the functions above. */
export function slicesOf(parts: readonly Counted[], lines: readonly string[]): Slice[] {
  const found: Slice[] = [];
  let printedLines = 0;
  let phase = "boot";
  const fresh = (packet: boolean): Slice => ({
    ...{ phase, next: phase, instructions: 0, packet, timers: 0, writes: 0 },
    ...{ wrote: [], printed: [] },
  });
  let slice = fresh(false);
  for (const { end, instructions, calls } of parts) {
    slice.instructions += instructions;
    slice.timers += calls.jsiExecuteEventCallbackArgsArray ?? 0;
    slice.writes += calls.jswrap_serial_write ?? 0;
    if (end == PRINT) {
      const line = lines[printedLines++] ?? "";
      slice.printed = [...slice.printed, line];
      slice.next = /^link: \S+ -> (\S+)/.exec(line)?.[1] ?? slice.next;
    } else if (end == TURN || end == PACKET || end == BOOT) {
      // What ran before the boot code is the start of a program on the PC.
      if (end != BOOT) found.push(slice);
      phase = slice.next;
      slice = fresh(end == PACKET);
    }
  }
  return found;
}

/** Bytes that go out at a time (`src/cellular/at/channel.ts`). */
const PIECE = 256;

/** What a command writes, piece by piece: its line, then its data (FILE, QFUPL; MQTT, QMTPUBEX: the length is the last but one or the last argument). */
function piecesOf(command: string): string[] {
  const data = Number(/^AT\+QFUPL=.*,(\d+),\d+$/.exec(command)?.[1] ?? /^AT\+QMTPUBEX=.*",(\d+)$/.exec(command)?.[1] ?? 0);
  const name = command.split(/[=,]/, 1)[0] as string;
  const lines = Array.from({ length: Math.ceil((command.length + 1) / PIECE) }, () => command.slice(0, 32));
  return [...lines, ...Array.from({ length: Math.ceil(data / PIECE) }, () => `data of ${name}`)];
}

/**
 * Says what was written, by the commands that the module got. From `setting-up` to the next `powering` it hears all that is written; before, it may be off.
 * A life whose writes are not as many as its commands have stays without names.
 */
export function withCommands(found: readonly Slice[], commands: readonly string[]): Slice[] {
  const lives = splitBefore(found, (slice, before) => slice.phase == "setting-up" && before?.phase != "setting-up");
  const heard = splitBefore(commands, (command) => command == "ATE0");
  return lives.flatMap((life, i) => {
    const end = life.findIndex((slice) => slice.phase == "powering");
    const isLife = life[0]?.phase == "setting-up";
    const own = isLife ? life.slice(0, end < 0 ? life.length : end) : [];
    // The slice that enters `setting-up` writes its first command, and is the last of the life before.
    const pieces = (heard[i] ?? []).flatMap(piecesOf).slice(1);
    const isKnown = own.reduce((sum, slice) => sum + slice.writes, 0) <= pieces.length;
    return life.map((slice) => (isKnown && own.includes(slice) ? { ...slice, wrote: pieces.splice(0, slice.writes) } : slice));
  });
}

function splitBefore<T>(list: readonly T[], begins: (item: T, before: T | undefined) => boolean): T[][] {
  const groups: T[][] = [[]];
  list.forEach((item, i) => {
    if (begins(item, list[i - 1])) groups.push([]);
    (groups.at(-1) as T[]).push(item);
  });
  return groups;
}

/** Fewer instructions than this are a look at timers that are not due. */
export const WORK = 50_000;

function byPhase(found: readonly Slice[]): string {
  const busy = found.filter((slice) => slice.instructions > WORK);
  const phases = [...new Set(busy.map((slice) => slice.phase))];
  const rows = phases.map((phase) => {
    const own = busy.filter((slice) => slice.phase == phase).sort((a, b) => b.instructions - a.instructions);
    const [longest, second] = own as [Slice, Slice | undefined];
    return [phase, own.length, longest.instructions, second?.instructions ?? "-", describe(longest)];
  });
  return table(["phase", "slices", "longest", "next", "what the longest did"], rows);
}

function describe(slice: Slice): string {
  const writes = slice.wrote.length ? slice.wrote.map((text) => `writes ${text}`) : slice.writes ? [`writes ${slice.writes} times`] : [];
  const entered = slice.next == slice.phase ? [] : [`enters ${slice.next}`];
  const printed = slice.printed.filter((line) => !line.startsWith("link: ")).map((line) => `prints "${line.slice(0, 32)}"`);
  const began = [...(slice.packet ? ["input"] : []), ...(slice.timers ? [`${slice.timers} timer${slice.timers == 1 ? "" : "s"}`] : [])];
  return [began.join(" and "), ...entered, ...writes, ...printed].filter(Boolean).join("; ");
}

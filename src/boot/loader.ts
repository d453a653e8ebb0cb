/**
 * Picks the image that runs, and starts it under the watchdog: the newest slot whose record and files are whole, that was not given
 * up and that is confirmed or still on trial; without one, the files flashed by wire (docs/decisions/0014-over-the-air.md). Devices
 * in the field keep this code.
 */
import { RESIDENT } from "#product";
import { Slot, SlotSize, SlotsFile, Trial } from "../api/boot";
import type { Boot, SlotRecord, Slots } from "../api/boot";

declare const E: {
  CRC32(data: string): number;
  enableWatchdog(seconds: number, auto: boolean): void;
  kickWatchdog(): void;
  reboot(): void;
};
declare const Modules: { getCached(): string[]; addCached(name: string, text: string): void };
declare let boot: Boot;
declare function require(name: "Storage"): {
  read(file: string, offset?: number, length?: number): string | undefined;
  write(file: string, data: string, offset: number): void;
};
declare function require(name: string): unknown;
declare function print(text: unknown, more?: unknown): void;
declare function setTimeout(fn: () => void, ms: number): void;
declare function setInterval(fn: () => void, ms: number): void;

/** STM32's watchdog takes 26 s at most. */
const WATCHDOG_S = 25;
const KICK_MS = 5000;
/** Kicks of a trial: 15 minutes. */
const KICKS = 180;
/** A slice ends: the UART is served. */
const BREATH_MS = 9;

const storage = require("Storage");

const image: Boot = (boot = {
  slot: 0,
  record: '{"files":{}}',
  file: (name) => {
    const file = (JSON.parse(image.record) as SlotRecord).files[name];
    return file ? storage.read(SlotsFile.Name, file[0], file[1]) : storage.read(name);
  },
  module: (name) => {
    if (!Modules.getCached().includes(name)) Modules.addCached(name, image.file(name) as string);
    return require(name);
  },
});

/** Finds the image and starts it. A function of its own: nothing of it stays in memory. */
function start(modules: string[]): void {
  let newest = 0;
  let trial = 0;
  let kicks = 0;

  function part(offset: number, length: number): string {
    return storage.read(SlotsFile.Name, offset, length) || "";
  }

  function isConfirmed(at: number): boolean {
    return part(at, 4).includes("\0");
  }

  /** What is good and newer than what was found so far is taken. */
  function look(at: number): void {
    const head = part(at, Slot.Head);
    const text = head.substr(Slot.Record + SlotSize.TextHead, +head.substr(Slot.Record, 3));
    const tried = isConfirmed(at) ? 0 : at + head.indexOf("\xff", Slot.Trials);
    if (head[4] == "\xff" && tried < at + (Slot.Trials + Trial.Boots) && text && E.CRC32(text) == +head.substr(Slot.Record + 3, 10)) {
      const found = JSON.parse(text) as SlotRecord;
      const files = Object.values(found.files);
      if (found.nr < newest || files.find((file) => E.CRC32(part(file[0], file[1])) != file[2])) return;
      newest = found.nr;
      image.slot = at;
      image.record = text;
      trial = tried;
    }
  }

  /** Loads the modules, each in a slice of its own, and starts the last. */
  function next(): void {
    try {
      const module = image.module(modules.shift() as string);
      if (modules[0]) setTimeout(next, BREATH_MS);
      else (module as { start(): void }).start();
    } catch (e) {
      print("no image", e);
      if (trial) E.reboot();
    }
  }

  try {
    const slots = JSON.parse(part(0, SlotSize.Description)) as Slots;
    for (let at of slots.places) {
      let text: string;
      do {
        look(at);
        text = part(at + Slot.Length, 10);
        // Five digits twice: its length, and 10,000.
        at += (+text % 100001 == 0 && +text / 100001 - 1e4) || Slot.Head;
      } while (!slots.page && +(text[0] as string) >= 0);
    }
    if (trial) storage.write(SlotsFile.Name, "\0", trial);
  } catch (e) {
    print(e);
  }
  E.enableWatchdog(WATCHDOG_S, !trial);
  if (trial)
    setInterval(() => {
      if (isConfirmed(boot.slot) || kicks++ < KICKS) E.kickWatchdog();
      else E.reboot();
    }, KICK_MS);
  next();
}

start(RESIDENT);

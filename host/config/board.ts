/** Board files: `boards/*.json`, and what a command line changes in them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Board, PinWiring } from "../../src/api/config.ts";
import { boardMistakes } from "./board-checks.ts";
import { ROOT } from "./root.ts";
import { ConfigError, OptionError, readJson, validated } from "./validate.ts";

export interface Geometry {
  /** Bytes that are erased together. */
  pageSize: number;
  pages: number;
}

/** Updates that a board takes until it is flashed by wire again; `null`: no end. */
export interface UpdatePromise {
  /** Of an application of 4 KiB. */
  application: number | null;
  /** Of all modules. */
  whole: number | null;
}

export interface BoardFile {
  title: string;
  /** `tested`: its images and all commands of its flashing are run by the tests, without the hardware; `data-only`: facts, nothing was run. */
  support: "tested" | "data-only";
  chip: string;
  /** `null`: as fast as the PC. */
  clockMHz: number | null;
  /** Of the chip, where the Storage lies. `address`: hex. */
  flash: { address: string; bytes: number };
  interpreter: {
    /** What `process.env.BOARD` may say. */
    boards: string[];
    /** Oldest `process.env.VERSION` that is taken. */
    oldest: string;
    note: string;
  };
  /** JsVars: how many, and how many bytes each. */
  variables: { count: number; bytes: number; note?: string };
  /** Flash that holds the Storage. `address`: hex. */
  storage: Geometry & { address: string };
  uarts: { name: string; tx: string; rx: string; use: string }[];
  /** Bytes of the queue that all inputs share. */
  inputQueue: number;
  modem: {
    uart: string;
    options: Record<string, string>;
    maxBaud: number;
    pins: Board["pins"];
    /** Level of the board's pins; the module's are 1.8 V. */
    volts: number;
    levelShifter: "needed" | "on-board" | "in-cable";
    supply: string;
  };
  /** Levels that the board's own wiring needs before the firmware starts. */
  startup: { pin: string; level: 0 | 1; why: string }[];
  console: {
    /** Where the console goes for good; `null` leaves it where it is. */
    device: "USB" | "Serial1" | "Serial2" | null;
    /** The UART that it takes by itself where no USB host is. */
    withoutUsb: "Serial1" | "Serial2" | null;
    /** Of the line that reaches it from a PC. */
    baud: number;
    /** The interpreter must be busy while a line arrives (`host/console/repl.ts`). */
    hold?: boolean;
    note: string;
  };
  /** Hashes that the interpreter has itself. */
  hashes: string[];
  /** The interpreter's own Wi-Fi and TLS; absent: none. `tls`: whether there is memory for it, and whether it verifies servers. */
  wifi?: { tls: "none" | "unverified" | "verified" };
  /** Version of the interpreter that images are pretokenised for, unless the build is told otherwise; absent: they are not. */
  pretokenise?: string;
  flashing: {
    /** In order of preference. */
    methods: FlashMethod[];
    /** Typed on the console, starts the firmware. */
    restart: "E.reboot()" | "load()";
  };
  /** Over the air. */
  update: UpdatePromise & { space: string };
  warnings: { text: string; source: string }[];
  /** Where the numbers of each part come from. */
  sources: Record<string, string>;
}

export type FlashMethod =
  | { by: "esptool"; chip: string; baud: number; options: string[]; firmware: { file: string; address: string }[] }
  | { by: "st-flash"; firmwareAddress: string }
  | { by: "dfu-util"; firmwareAddress: string; enter: string }
  | { by: "bootloader"; enter: string }
  | { by: "console" };

export const METHODS: readonly FlashMethod["by"][] = ["esptool", "st-flash", "dfu-util", "bootloader", "console"];

const FOLDER = join(ROOT, "boards");
export const PIN_NAMES = ["powerKey", "reset", "status"] as const;

export function boardNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json") && !name.endsWith(".schema.json"))
    .map((name) => name.replace(".json", ""))
    .sort();
}

/** @throws {ConfigError} */
export function loadBoard(name: string): BoardFile {
  const path = join(FOLDER, `${name}.json`);
  if (!/^[\w-]+$/.test(name) || !existsSync(path)) throw new ConfigError(`board "${name}": unknown; there are ${boardNames().join(", ")}`);
  const file = validated(readJson(path), join(FOLDER, "board.schema.json"), `boards/${name}.json`) as BoardFile;
  const mistakes = boardMistakes(file);
  if (mistakes.length) throw new ConfigError(mistakes.map((mistake) => `boards/${name}.json: ${mistake}`).join("\n"));
  return file;
}

export interface Wiring {
  /** Path of the module's UART on a board whose UARTs are paths. */
  uart?: string;
  /** `PIN` or `PIN:LEVEL` by name of the module's pin; the level (default 1) is what presses the key. */
  pins?: Readonly<Record<string, string>>;
}

/** What the firmware reads as `board`. @throws {OptionError} */
export function wiredBoard(name: string, file: BoardFile, wiring: Wiring): Board {
  const { uart, options } = file.modem;
  if (wiring.uart !== undefined && !("path" in options)) {
    throw new OptionError(`--uart: the UART of board "${name}" is ${uart}, not a path; its pins are in boards/${name}.json`);
  }
  return {
    uart,
    uartOptions: wiring.uart === undefined ? options : { ...options, path: wiring.uart },
    pins: { ...file.modem.pins, ...Object.fromEntries(Object.entries(wiring.pins ?? {}).map(([key, pin]) => [key, wiringOf(key, pin)])) },
  };
}

/**
 * The Storage file `.boot0`, which the interpreter runs before `.bootcde`: the console first, because it may sit on the module's UART
 * and answer it. `""` where nothing is to be done.
 */
export function bootPreamble(file: BoardFile): string {
  const console = file.console.device ? `E.setConsole("${file.console.device}",{force:true});` : "";
  return console + file.startup.map(({ pin, level }) => `digitalWrite(${pin},${level});`).join("");
}

/** `text`: `PIN` or `PIN:LEVEL`. @throws {OptionError} */
export function wiringOf(name: string, text: string): PinWiring {
  if (!(PIN_NAMES as readonly string[]).includes(name))
    throw new OptionError(`--pin ${name}: unknown pin; there are ${PIN_NAMES.join(", ")}`);
  const [, pin, level] = /^(.+?)(?::([01]))?$/.exec(text) ?? [];
  if (!pin) throw new OptionError(`--pin ${name}: wants a pin, as ${name}=D18 or ${name}=D18:0`);
  return { pin, active: level == "0" ? 0 : 1 };
}

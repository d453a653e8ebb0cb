/** What a file of `boards/` says. */
import type { Board } from "../../src/api/config.ts";

/** Flash that holds a Storage. */
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
    /** Published releases that work, as `process.env.VERSION` has them; none may. */
    releases: string[];
    /** The oldest build that works with all that are newer. */
    builds: string;
    /** Why not the others. */
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

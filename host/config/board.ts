/** Board files: `boards/*.json`, and what a command line changes in them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Board, PinWiring } from "../../src/api/config.ts";
import { boardMistakes } from "./board-checks.ts";
import type { BoardFile } from "./board-file.ts";
import { ROOT } from "../project/root.ts";
import { readJson, validated } from "./validate.ts";
import { ConfigError, OptionError } from "../project/mistakes.ts";

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

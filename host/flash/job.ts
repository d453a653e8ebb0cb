/** What is to be flashed: gathered and checked before anything touches a board. */
import { existsSync, readFileSync, statSync } from "node:fs";
import type { Identity, Product } from "../../src/api/config.ts";
import type { BoardFile, FlashMethod } from "../config/board-file.ts";
import { MODULES } from "../compile/modules.ts";
import { UsageError } from "../command-line/run.ts";
import { IDENTITY } from "../config/identity-files.ts";
import { SLOTS } from "../image/slots.ts";
import { SEAL_FILE } from "./seal.ts";
import type { SealKind } from "./seal.ts";
import { findTool, howToGet } from "./tools.ts";
import type { Wire } from "./wire.ts";
import { wireOf } from "./wire.ts";
import { versionIn, versionMistake } from "../config/interpreter-version.ts";

export interface FlashJob {
  boardName: string;
  board: BoardFile;
  port: string;
  product: Product;
  /** The firmware's Storage files, loader included. */
  files: ReadonlyMap<string, Buffer>;
  /** The unit's: identity, certificate, key. Empty: the board keeps what it has. */
  own: ReadonlyMap<string, Buffer>;
  /** The interpreter: a file, or for esptool a folder. */
  firmware?: string;
  /** The version of the interpreter whose tokens the firmware is made of; absent: it is text, for any. */
  pretokenised?: string;
  appOnly: boolean;
  /** Nothing of what the device wrote itself is kept. */
  fresh: boolean;
  seal?: SealKind;
  /** Of a sealed console: the one it has, and the one it gets. */
  password?: string;
  /** 0: it is not waited for. */
  onlineMs: number;
  /** Where what the device must keep is saved while its Storage is written; it stays there after a failure. */
  rescue: string;
  /** Such a file of a run that failed: what it holds is kept instead of what is on the board. */
  restore?: string;
  /** Set by the steps: whether the board had an identity to keep. */
  hadIdentity?: boolean;
}

/** What says by which methods a board can be flashed. */
export type FlashTarget = Pick<FlashJob, "boardName" | "board" | "port" | "firmware">;

export type Chosen = { by: "wire"; wire: Wire } | { by: "console" } | { by: "bootloader"; enter: string };

/**
 * The board's first method that can be used here. `wanted`: its name, if somebody wants it; `tell`: why another was passed over.
 * @throws {UsageError} if none can be meant; {Error} saying how to get a tool.
 */
export function chooseMethod(job: FlashJob, wanted: string | undefined, dryRun: boolean, tell: (text: string) => void): Chosen {
  const missing: string[] = [];
  for (const method of methodsFor(job, wanted)) {
    if (method.by == "console") {
      for (const text of missing) tell(`${text}; going over the console instead`);
      return { by: "console" };
    }
    if (method.by == "bootloader") return { by: "bootloader", enter: method.enter };
    const program = findTool(method.by);
    const wire = wireOf(method, program ?? method.by, job.port);
    if (dryRun && program === undefined) tell(`missing: ${howToGet(method.by)}`);
    if (wire && (program !== undefined || dryRun)) return { by: "wire", wire };
    missing.push(howToGet(method.by));
  }
  throw new Error(missing.join("; "));
}

/**
 * The board's methods that can be meant: `wanted`, or those that need not be asked for. A network port reaches the console only, the bootloader takes nothing
 * but an interpreter, the console takes none.
 * @throws {UsageError} if there is none.
 */
export function methodsFor({ boardName, board, port, firmware }: FlashTarget, wanted: string | undefined): FlashMethod[] {
  const { methods } = board.flashing;
  const all = `board "${boardName}" is flashed by ${methods.map(({ by }) => by).join(", ")}`;
  const isNetwork = port.startsWith("tcp:");
  if (wanted !== undefined && !methods.some(({ by }) => by == wanted)) throw new UsageError(`--method ${wanted}: ${all}`);
  if (isNetwork && (wanted == "esptool" || wanted == "bootloader"))
    throw new UsageError(`--method ${wanted}: it does not go over a network port (${port}); only the console does`);
  if (wanted == "bootloader" && firmware === undefined)
    throw new UsageError("--method bootloader writes nothing but an interpreter: give one with --firmware");
  const meant = methods.filter(({ by }) => {
    if (by == "console" && firmware !== undefined) return false;
    if (wanted !== undefined) return by == wanted;
    return isNetwork ? by == "console" : by != "bootloader" || firmware !== undefined;
  });
  if (!meant.length)
    throw new UsageError(`--firmware: the console cannot write an interpreter; ${all}${isNetwork ? ", not by network" : ""}`);
  return meant;
}

/** @throws {Error} if the interpreter's files are not there, or known not to work, or of other tokens than the firmware's. */
export function checkFirmware(wire: Wire | undefined, { firmware = "", board, pretokenised }: FlashJob): string | undefined {
  const paths = wire ? wire.firmwareFiles(firmware) : [firmware];
  for (const path of paths)
    if (!existsSync(path) || !statSync(path).isFile())
      throw new Error(`--firmware: ${path}: no such file; --firmware names ${what(paths)}`);
  // The interpreter itself is the last of a release's files.
  const version = versionIn(readFileSync(paths.at(-1) as string));
  if (version === undefined) return undefined;
  const mistake = versionMistake(version, board.interpreter);
  if (mistake !== undefined) throw new Error(`--firmware: ${firmware} is ${mistake}`);
  checkTokens(version, pretokenised);
  return version;
}

/** @throws {Error} if the firmware is made of tokens of another interpreter than this. */
export function checkTokens(version: string, pretokenised: string | undefined): void {
  if (pretokenised !== undefined && version != pretokenised && !version.startsWith(`${pretokenised}.`))
    throw new Error(
      `the firmware is made of tokens of ${pretokenised}, and the interpreter is ${version}: build it for that (--pretokenise), or as text`,
    );
}

function what(paths: readonly string[]): string {
  return paths.length > 1 ? `the folder of a release with ${paths.map((path) => path.split("/").at(-1)).join(", ")}` : "a binary";
}

/** What `--app-only` replaces: the application, and its configuration. */
export const APPLICATION_FILES: readonly string[] = ["app", "product"];

/** Files of any firmware of this project that this one has not: they must go. */
export function staleNames(job: FlashJob): string[] {
  const known = [...MODULES.map(({ name }) => name), ".boot0", SEAL_FILE, SLOTS, "board", "product"];
  return [...known, ...(job.fresh ? [IDENTITY] : [])].filter((name) => !job.files.has(name) && !job.own.has(name));
}

/** The only thing of an identity that may be shown. */
export function deviceNameOf(own: ReadonlyMap<string, Buffer>): string | null {
  const identity = own.get(IDENTITY);
  return identity ? ((JSON.parse(identity.toString("utf8")) as Identity).deviceName ?? null) : null;
}

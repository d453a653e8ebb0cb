/** What is to be flashed: gathered and checked before anything touches a board. */
import { existsSync, readFileSync, statSync } from "node:fs";
import type { Identity, Product } from "../../src/api/config.ts";
import type { BoardFile, FlashMethod } from "../build/board.ts";
import { MODULES } from "../build/modules.ts";
import { IDENTITY } from "../identity/files.ts";
import { SEAL_FILE } from "./seal.ts";
import type { SealKind } from "./seal.ts";
import { findTool, howToGet } from "./tools.ts";
import type { Wire } from "./wire.ts";
import { wireOf } from "./wire.ts";
import { compareVersions, versionIn } from "./version.ts";

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

export type Chosen = { by: "wire"; wire: Wire } | { by: "console" } | { by: "bootloader"; enter: string };

/**
 * The board's first method that can be used here. `wanted`: its name, if somebody wants it; `tell`: why another was passed over.
 * @throws {Error} saying how to get a tool.
 */
export function chooseMethod(job: FlashJob, wanted: string | undefined, dryRun: boolean, tell: (text: string) => void): Chosen {
  const { methods } = job.board.flashing;
  const missing: string[] = [];
  for (const method of methods) {
    if (wanted !== undefined ? method.by != wanted : !isFitting(method, job)) continue;
    if (method.by == "console") {
      if (job.firmware !== undefined) continue;
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
  if (missing.length) throw new Error(missing.join("; "));
  const names = methods.map(({ by }) => by).join(", ");
  if (wanted !== undefined && !methods.some(({ by }) => by == wanted))
    throw new Error(`--method ${wanted}: board "${job.boardName}" is flashed by ${names}`);
  throw new Error(`--firmware: the console cannot write an interpreter; board "${job.boardName}" is flashed by ${names}`);
}

/** Without being asked for: a network port reaches the console only, the bootloader takes nothing but an interpreter. */
function isFitting(method: FlashMethod, job: FlashJob): boolean {
  if (job.port.startsWith("tcp:")) return method.by == "console";
  return method.by != "bootloader" || job.firmware !== undefined;
}

/** @throws {Error} if the interpreter's files are not there, or known to be too old, or of other tokens than the firmware's. */
export function checkFirmware(wire: Wire | undefined, { firmware = "", board, pretokenised }: FlashJob): string | undefined {
  const paths = wire ? wire.firmwareFiles(firmware) : [firmware];
  for (const path of paths)
    if (!existsSync(path) || !statSync(path).isFile())
      throw new Error(`--firmware: ${path}: no such file; --firmware names ${what(paths)}`);
  // The interpreter itself is the last of a release's files.
  const version = versionIn(readFileSync(paths.at(-1) as string));
  const { oldest, note } = board.interpreter;
  if (version !== undefined && compareVersions(version, oldest) < 0)
    throw new Error(`--firmware: ${firmware} is ${version}, wanted is ${oldest} or newer (${note})`);
  if (version !== undefined) checkTokens(version, pretokenised);
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
  const known = [...MODULES.map(({ name }) => name), ".boot0", SEAL_FILE, "board", "product"];
  return [...known, ...(job.fresh ? [IDENTITY] : [])].filter((name) => !job.files.has(name) && !job.own.has(name));
}

/** The only thing of an identity that may be shown. */
export function deviceNameOf(own: ReadonlyMap<string, Buffer>): string | null {
  const identity = own.get(IDENTITY);
  return identity ? ((JSON.parse(identity.toString("utf8")) as Identity).deviceName ?? null) : null;
}

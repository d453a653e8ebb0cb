/** Small programs on the interpreter around modules of the firmware, booted from flash as the firmware is. */
import { loadBoard } from "../config/board.ts";
import { MODULES } from "../compile/modules.ts";
import type { Choice } from "../compile/modules.ts";
import { pretokenise } from "../compile/pretokenise.ts";
import { ROOT } from "../project/root.ts";
import { shortNamer } from "../compile/short-names.ts";
import { buildImage } from "../image/storage.ts";
import { cachedBundle } from "../compile/bundle-cache.ts";
import type { Part } from "./callgrind.ts";

/** A name that modules share, as the finished text has it. */
export const short = shortNamer(ROOT, MODULES);

export type ModuleFiles = ReadonlyMap<string, Buffer>;

/** Whose text is run: as the minifier wrote it, or pretokenised. */
export type Form = "minified" | "pretokenised";

/** A native that does next to nothing, called between the things to be counted: `mark()` of a program. */
export const MARK = "jswrap_espruino_getErrorFlags";
/** Declares `mark`. */
export const PROLOGUE = "var mark=E.getErrorFlags;";

/** The firmware with `src/bench.ts` in the place of `src/main.ts`. */
export async function benchModules(choice: Choice, form: Form = "minified"): Promise<ModuleFiles> {
  const specs = MODULES.map((module) => (module.name == "core" ? { ...module, entry: "src/bench.ts" } : module));
  const bundles = await cachedBundle(choice, specs);
  return new Map(bundles.map(({ module, code }) => [module.name, Buffer.from(inForm(code, form), "latin1")]));
}

export function inForm(code: string, form: Form): string {
  return form == "pretokenised" ? pretokenise(code) : code;
}

/** What the loader leaves, of files flashed by wire (`src/api/boot.ts`). */
const LOADER = `boot={slot:0,record:'{"files":{}}',file:require("Storage").read,module:require};`;

/** A Storage image that boots `program`, whose UART is the global `Fake`. The program ends with `E.reboot()`. */
export function programImage(modules: ModuleFiles, program: string): Buffer {
  const files = new Map([...modules, [".bootcde", Buffer.from(LOADER + program, "latin1")]]);
  files.set("board", Buffer.from(JSON.stringify({ uart: "Fake", uartOptions: {}, pins: {} })));
  return buildImage(files, loadBoard("linux").storage);
}

/** The statements with marks around each, for `perTurn`. */
export function marked(statements: readonly string[]): string {
  return `mark();${["", ...statements].map((statement) => `${statement}mark();`).join("\n")}`;
}

/**
 * The instructions of `count` statements that a program runs between marks, again and again: of each the mean over the last `turns` turns, without the
 * mark itself.
 */
export function perTurn(parts: readonly Part[], count: number, turns: number): number[] {
  // A mark ends what was before it: the loop itself, then nothing (what a mark costs), then each statement.
  const size = count + 2;
  const all = parts.filter((part) => part.end == MARK).map((part) => part.instructions);
  if (all.length < turns * size) throw new Error(`${all.length} marks were counted, ${turns * size} expected`);
  const last = all.slice(-turns * size);
  const means = Array.from({ length: size }, (_, i) => last.filter((_, k) => k % size == i).reduce((sum, n) => sum + n, 0) / turns);
  return means.slice(2).map((mean) => Math.round(mean - (means[1] as number)));
}

/** From a product to a signed package: the files are the build's, byte for byte. */
import { join } from "node:path";
import { Slot } from "../../src/api/boot.ts";
import type { Product } from "../../src/api/config.ts";
import { UsageError } from "../command-line/run.ts";
import type { BoardFile } from "../config/board-file.ts";
import { assemble } from "../image/assemble.ts";
import type { Assembled, AssembleOptions } from "../image/assemble.ts";
import { choiceOf, linkName } from "../compile/modules.ts";
import type { Source } from "../config/product.ts";
import { ROOT } from "../project/root.ts";
import { ConfigError } from "../project/mistakes.ts";
import { SLOTS, slotsOf, slotsPlan, withSlots } from "../image/slots.ts";
import { otaKey } from "./key.ts";
import { encodePackage, nameRefusal, readPackage } from "./format.ts";
import type { Package } from "./format.ts";

export interface PackageOptions extends Pick<AssembleOptions, "board" | "product" | "directory" | "pretokenise" | "version" | "now"> {
  /** For its `otaKey`. */
  identity: Source;
  /** Names of Storage files, or `all` that a package may hold; default: the application alone. */
  files?: readonly string[] | "all";
  /** Versions of the core that the files run on; default: that of this project alone. */
  core?: [from: string, to: string];
  /** Devices take it in the place of a newer version too. */
  older?: boolean;
}

export interface MadePackage extends Package {
  product: Product;
  room: Room;
  warnings: string[];
}

/** What a board has for updates, bytes. */
export interface Room {
  /** For each of two slots, or for the whole chain. */
  bytes: number;
  /** Slots are erased and used in turn. */
  isPaged: boolean;
}

const DEFAULT_FILES: readonly string[] = ["app"];

/** @throws {UsageError} about the options, {ConfigError} about product, identity, board and size, {CheckError} about the sources. */
export async function makePackage(options: PackageOptions): Promise<MadePackage> {
  const { identity, files: wanted = DEFAULT_FILES, core, older = false, ...building } = options;
  if (wanted != "all") checkNames(wanted);
  const key = otaKey(identity);
  const assembled = await assemble(building);
  const { product, board, warnings } = assembled;
  const choice = choiceOf(product, board.hashes);
  if (!choice.updates)
    throw new ConfigError(
      `${sourceName(options)}: ${product.ota ? `cloud.type: "${product.cloud.type}" has` : "ota: false:"} no updates over the air`,
    );
  const files = chosen(assembled, wanted);
  const own = slotsPlan(board).core;
  if (core && files.has("core")) throw new UsageError(`--core: the files include the core, so they run on its version ${own} alone`);
  const data = encodePackage(
    {
      ...{
        product: product.name,
        board: product.board,
        link: linkName(choice.links),
        model: product.modem.model,
        cloud: product.cloud.type,
      },
      ...{ core: core ?? [own, own], version: product.version, older },
    },
    files,
    key,
  );
  const room = roomOf(board, assembled.files);
  const most = room.bytes - Slot.Head;
  if (data.length > most)
    throw new ConfigError(
      `package: ${data.length} bytes, but a slot of board "${product.board}" has room for ${most}; put fewer files into it`,
    );
  return { ...readPackage(data, "package"), product, room, warnings };
}

function checkNames(names: readonly string[]): void {
  for (const name of names) {
    const refusal = nameRefusal(name);
    if (refusal) throw new UsageError(`--files: ${refusal}`);
  }
}

/** In the order of the image. */
function chosen({ files, product }: Assembled, wanted: readonly string[] | "all"): Map<string, Buffer> {
  const possible = [...files.keys()].filter((name) => !nameRefusal(name));
  const names = wanted == "all" ? possible : wanted;
  const unknown = names.filter((name) => !possible.includes(name));
  if (unknown.length)
    throw new UsageError(`--files: product "${product.name}" has no "${unknown.join('", "')}"; it has ${possible.join(", ")}`);
  return new Map([...files].filter(([name]) => names.includes(name)));
}

/** As the image that was flashed by wire has it; a chain takes what its other files leave. */
export function roomOf(board: BoardFile, files: ReadonlyMap<string, Buffer>): Room {
  const { page, room } = slotsOf(withSlots(files, slotsPlan(board)).get(SLOTS) as Buffer);
  return { bytes: room, isPaged: page > 0 };
}

function sourceName({ product }: PackageOptions): string {
  return typeof product == "string" ? product : product ? "product" : join(ROOT, "product.json");
}

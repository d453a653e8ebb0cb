/** From sources and configuration to a board's Storage: bundle, check, and write the files and the image. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Product } from "../../src/api/config.ts";
import { withSlots } from "./slots.ts";
import { buildImage, spaceFor } from "./storage.ts";
import { bootPreamble, loadBoard, slotsPlan, wiredBoard } from "../config/board.ts";
import type { BoardFile } from "../config/board.ts";
import { loadBudget, overruns } from "../compile/budget.ts";
import { cachedBundle } from "../compile/bundle-cache.ts";
import type { Bundle } from "../compile/bundles.ts";
import { ROOT } from "../config/root.ts";
import { clientFiles, placeOf } from "../config/client.ts";
import { choiceOf } from "../compile/modules.ts";
import { pretokenise } from "../compile/pretokenise.ts";
import { checkVersion } from "../config/tokens-version.ts";
import { loadIdentity, loadProduct } from "../config/product.ts";
import type { Source } from "../config/product.ts";
import { writeFile } from "../config/secret-file.ts";
import { measure, sizeTable } from "../compile/size.ts";
import type { ModuleSize } from "../compile/size.ts";
import { treemapSvg } from "../compile/treemap.ts";
import { ConfigError } from "../config/validate.ts";

export interface BuildOptions {
  /** Name of a file of `boards/`; default: the product's. */
  board?: string;
  /** Replaces the product's. */
  version?: string;
  /** Path or content of the product; default: the project's `product.json`. */
  product?: Source;
  /** Folder of the CA file where the product is given as content. */
  directory?: string;
  identity?: Source;
  /** The module's UART on a board whose UARTs are paths. */
  uart?: string;
  /** Pins by name of the module's pin: `PIN` or `PIN:LEVEL`. */
  pins?: Readonly<Record<string, string>>;
  /** Writes pretokenised text, for this version of the interpreter (`2v29`) and no other; default: the board's, which may have none. */
  pretokenise?: string;
  /** Path of what the firmware may take; default: the project's `budget.json`. */
  budget?: string;
  /** Default: `dist/<board>` in the project. */
  out?: string;
  /** For the validity of certificates; default: now. */
  now?: Date;
}

export interface BuildResult {
  out: string;
  /** As the firmware reads it: defaults filled in. */
  product: Product;
  /** Storage files in their order in the image. */
  files: Map<string, Buffer>;
  image: Buffer;
  /** File name of the image in `out`. */
  imageName: string;
  sizes: ModuleSize[];
  /** Warnings about the product, the table of sizes and what grew. */
  report: string;
  /** What takes more than `budget.json` allows; everything is written all the same. */
  overruns: string[];
}

/** @throws {ConfigError} about a link that the board does not have. */
function checkWifi({ link, board, cloud }: Product, { wifi }: BoardFile): void {
  if (![link].flat().includes("wifi")) return;
  if (!wifi) throw new ConfigError(`link: board "${board}" has no Wi-Fi of its own; use "cellular"`);
  if (cloud.tls && wifi.tls == "none")
    throw new ConfigError(
      `cloud.tls: board "${board}" has no memory for TLS over Wi-Fi, which takes 3,000 variables; use "link": "cellular"`,
    );
}

export interface Assembled {
  /** As the firmware reads it: defaults filled in. */
  product: Product;
  board: BoardFile;
  /** Storage files in their order in the image, without the slots of updates. */
  files: Map<string, Buffer>;
  bundles: Bundle[];
  /** Bytes of the modules' texts as they are stored. */
  stored: number;
  /** The interpreter's version that they are pretokenised for; `null`: they run on any. */
  pretokenised: string | null;
  warnings: string[];
}

/**
 * The files of one product on one board.
 * @throws {CheckError} about the sources, {ConfigError} about the product, identity or board.
 */
export async function assemble(options: BuildOptions): Promise<Assembled> {
  const { product, certificates, warnings } = loadProduct(options.product ?? join(ROOT, "product.json"), {
    root: ROOT,
    now: options.now ?? new Date(),
    ...(options.board === undefined ? {} : { board: options.board }),
    ...(options.version === undefined ? {} : { version: options.version }),
    ...(options.directory === undefined ? {} : { directory: options.directory }),
  });
  const boardFile = loadBoard(product.board);
  checkWifi(product, boardFile);
  const { maxBaud } = boardFile.modem;
  if (product.modem.baud > maxBaud) {
    warnings.push(`modem.baud: board "${product.board}" keeps up with ${maxBaud} bit/s, so the module is set to that`);
    product.modem.baud = maxBaud;
  }
  if (product.ota && boardFile.update.application === 0) {
    warnings.push(`ota: board "${product.board}" has no room for updates over the air; their modules are left out`);
    product.ota = false;
  }
  const wiring = {
    ...(options.uart === undefined ? {} : { uart: options.uart }),
    ...(options.pins === undefined ? {} : { pins: options.pins }),
  };
  const board = wiredBoard(product.board, boardFile, wiring);
  const identity = options.identity === undefined ? undefined : loadIdentity(options.identity, product);
  const client =
    identity &&
    clientFiles(
      identity,
      placeOf(options.identity as Source, options.directory),
      options.now ?? new Date(),
      certificates.map((one) => one.name),
    );
  const version = options.pretokenise ?? boardFile.pretokenise;
  if (version !== undefined) checkVersion(version);

  const bundles = await cachedBundle(choiceOf(product, boardFile.hashes));
  const files = new Map<string, Buffer>();
  const preamble = bootPreamble(boardFile);
  if (preamble) files.set(".boot0", Buffer.from(preamble, "latin1"));
  const texts = bundles.map(({ module, code }) => [module.name, version === undefined ? code : pretokenise(code)] as const);
  for (const [name, text] of texts) files.set(name, Buffer.from(text, "latin1"));
  files.set("board", json(board));
  files.set("product", json(product));
  for (const { name, pem } of certificates) files.set(name, pem);
  if (identity) files.set("identity", json(identity));
  for (const { name, pem } of client ?? []) files.set(name, pem);
  const stored = texts.reduce((sum, [, text]) => sum + text.length, 0);
  return { product, board: boardFile, files, bundles, stored, pretokenised: version ?? null, warnings };
}

/** @throws {CheckError} about the sources, {ConfigError} about the product, identity or board. */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const budget = loadBudget(options.budget);
  const { product, board: boardFile, files, bundles, stored, pretokenised, warnings } = await assemble(options);
  const all = withSlots(files, slotsPlan(boardFile));
  const image = buildImage(all, boardFile.storage);
  const imageName = product.board == "linux" ? "espruino.flash" : "storage.bin";
  const out = resolve(options.out ?? join(ROOT, "dist", product.board));
  const sizes = bundles.map(measure);
  const before = readSizes(out);
  write(out, { files: all, image, imageName, sizes, pretokenised });
  const used = [...all.values()].reduce((total, data) => total + spaceFor(data.length), 0);
  const storage = `Storage: ${all.size} files, ${used} of ${image.length} bytes`;
  const tokens = pretokenised === null ? [] : [`pretokenised for ${pretokenised} and no other: ${stored} bytes`];
  const report = [...warnings.map((warning) => `warning: ${warning}`), sizeTable(sizes, before), ...tokens, storage].join("\n");
  return { out, product, files: all, image, imageName, sizes, report, overruns: overruns(sizes, budget) };
}

/** Text above 0x7F stays UTF-8: `\u4e2d` would become one byte on a board. JSON itself only escapes control characters, and lone surrogates. */
function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), "utf8");
}

interface Written extends Pick<BuildResult, "files" | "image" | "imageName" | "sizes"> {
  /** The interpreter's version; `null`: the text runs on any. */
  pretokenised: string | null;
}

function write(out: string, { files, image, imageName, sizes, pretokenised }: Written): void {
  const folder = join(out, "files");
  for (const name of namesOfLastBuild(out)) rmSync(join(folder, name), { force: true });
  mkdirSync(folder, { recursive: true });
  const list = [...files].map(([name, data]) => {
    // An identity is secret: for its owner's eyes only.
    writeFile(join(folder, name), data, name == "identity");
    return { name, size: data.length, sha256: createHash("sha256").update(data).digest("hex") };
  });
  writeFile(join(out, imageName), image, files.has("identity"));
  const sha256 = createHash("sha256").update(image).digest("hex");
  const record = { image: imageName, size: image.length, sha256, pretokenised, files: list };
  writeFileSync(join(out, "image.json"), `${JSON.stringify(record, null, 2)}\n`);
  writeFileSync(join(out, "size.json"), `${JSON.stringify(sizes, null, 2)}\n`);
  writeFileSync(join(out, "size.svg"), treemapSvg(sizes));
}

function namesOfLastBuild(out: string): string[] {
  const path = join(out, "image.json");
  if (!existsSync(path)) return [];
  const record = JSON.parse(readFileSync(path, "utf8")) as { files: { name: string }[] };
  return record.files.map((file) => file.name).filter((name) => dirname(join(out, name)) == out);
}

function readSizes(out: string): ModuleSize[] {
  const path = join(out, "size.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as ModuleSize[]) : [];
}

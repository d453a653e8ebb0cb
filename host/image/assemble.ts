/**
 * From a product to the files of one board's Storage and their image, whoever asks: a build, a run, a test, a package. Here a product's wishes meet what
 * the board has.
 */
import { join } from "node:path";
import type { Product } from "../../src/api/config.ts";
import { cachedBundle } from "../compile/bundle-cache.ts";
import type { Bundle } from "../compile/bundles.ts";
import { choiceOf } from "../compile/modules.ts";
import type { Choice } from "../compile/modules.ts";
import { pretokenise } from "../compile/pretokenise.ts";
import { checkVersion } from "../project/tokens-version.ts";
import { bootPreamble, loadBoard, wiredBoard } from "../config/board.ts";
import type { BoardFile } from "../config/board-file.ts";
import { clientFiles, placeOf } from "../config/client.ts";
import { loadIdentity, loadProduct } from "../config/product.ts";
import type { Source } from "../config/product.ts";
import { ROOT } from "../project/root.ts";
import { ConfigError } from "../project/mistakes.ts";
import { slotsPlan, withSlots } from "./slots.ts";
import { buildImage } from "./storage.ts";

export interface AssembleOptions {
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
  /** Digests that the interpreter has itself; default: the board's. */
  hashes?: readonly string[];
  /** The interpreter verifies TLS servers; default: it does not. */
  tlsVerifies?: boolean;
  /** For the validity of certificates; default: now. */
  now?: Date;
}

export interface Assembled {
  /** As the firmware reads it: defaults filled in. */
  product: Product;
  board: BoardFile;
  /** Storage files in their order in the image. */
  files: Map<string, Buffer>;
  image: Buffer;
  bundles: Bundle[];
  /** Bytes of the modules' texts as they are stored. */
  stored: number;
  /** The interpreter's version that they are pretokenised for; `null`: they run on any. */
  pretokenised: string | null;
  warnings: string[];
}

/** @throws {CheckError} about the sources, {ConfigError} about the product, identity or board, {Error} if the board has no room. */
export async function assemble(options: AssembleOptions): Promise<Assembled> {
  const { now = new Date() } = options;
  const { product, certificates, warnings } = loadProduct(options.product ?? join(ROOT, "product.json"), {
    now,
    ...(options.board === undefined ? {} : { board: options.board }),
    ...(options.version === undefined ? {} : { version: options.version }),
    ...(options.directory === undefined ? {} : { directory: options.directory }),
    ...(options.tlsVerifies === undefined ? {} : { tlsVerifies: options.tlsVerifies }),
  });
  const board = loadBoard(product.board);
  checkWifi(product, board);
  warnings.push(...fitted(product, board));
  const wiring = wiredBoard(product.board, board, {
    ...(options.uart === undefined ? {} : { uart: options.uart }),
    ...(options.pins === undefined ? {} : { pins: options.pins }),
  });
  const identity = options.identity === undefined ? undefined : loadIdentity(options.identity, product);
  const taken = certificates.map((one) => one.name);
  const client = identity && clientFiles(identity, placeOf(options.identity as Source, options.directory), now, taken);
  const version = options.pretokenise ?? board.pretokenise;
  if (version !== undefined) checkVersion(version);

  const bundles = await bundled(choiceOf(product, options.hashes ?? board.hashes));
  const files = new Map<string, Buffer>();
  const preamble = bootPreamble(board);
  if (preamble) files.set(".boot0", Buffer.from(preamble, "latin1"));
  const texts = bundles.map(({ module, code }) => [module.name, version === undefined ? code : pretokenise(code)] as const);
  for (const [name, text] of texts) files.set(name, Buffer.from(text, "latin1"));
  files.set("board", json(wiring));
  files.set("product", json(product));
  for (const { name, pem } of certificates) files.set(name, pem);
  if (identity) files.set("identity", json(identity));
  for (const { name, pem } of client ?? []) files.set(name, pem);
  const all = withSlots(files, slotsPlan(board));
  const image = buildImage(all, board.storage);
  const stored = texts.reduce((sum, [, text]) => sum + text.length, 0);
  return { product, board, files: all, image, bundles, stored, pretokenised: version ?? null, warnings };
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

/** Takes back what the board does not keep up with, or has no room for. @returns warnings. */
function fitted(product: Product, { modem, update }: BoardFile): string[] {
  const warnings: string[] = [];
  if (product.modem.baud > modem.maxBaud) {
    warnings.push(`modem.baud: board "${product.board}" keeps up with ${modem.maxBaud} bit/s, so the module is set to that`);
    product.modem.baud = modem.maxBaud;
  }
  if (product.ota && update.application === 0) {
    warnings.push(`ota: board "${product.board}" has no room for updates over the air; their modules are left out`);
    product.ota = false;
  }
  return warnings;
}

/** Sources do not change while a process runs: what it has bundled it keeps. */
const running = new Map<string, Promise<Bundle[]>>();

function bundled(choice: Choice): Promise<Bundle[]> {
  const key = JSON.stringify(choice);
  const bundles = running.get(key) ?? cachedBundle(choice);
  running.set(key, bundles);
  return bundles;
}

/** Text above 0x7F stays UTF-8: `\u4e2d` would become one byte on a board. JSON itself only escapes control characters, and lone surrogates. */
function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), "utf8");
}

/** The firmware as Storage files for one run on this PC: bundled once per process, dressed in a product, an identity and a wiring. */
import type { Identity } from "../../src/api/config.ts";
import { loadBoard, slotsPlan, wiredBoard } from "../config/board.ts";
import type { BoardFile } from "../config/board.ts";
import type { Bundle } from "../compile/bundles.ts";
import { clientFiles, placeOf } from "../config/client.ts";
import { ROOT } from "../config/root.ts";
import { choiceOf } from "../compile/modules.ts";
import type { Choice } from "../compile/modules.ts";
import { loadIdentity, loadProduct } from "../config/product.ts";
import type { Source } from "../config/product.ts";
import { withSlots } from "../image/slots.ts";
import { buildImage } from "../image/storage.ts";
import { cachedBundle } from "../compile/bundle-cache.ts";

/** The board that this PC is. */
const BOARD = "linux";

export interface FirmwareOptions {
  /** Path or content; the board is replaced. */
  product: Source;
  /** Folder of the CA file where the product is given as content. */
  directory: string;
  identity: Source;
  /** Path of the module's UART. */
  uart: string;
  /** Paths by name of the module's pin; 1 presses. */
  pins: Readonly<Record<string, string>>;
  /** Digests that the interpreter has itself; default: those of the board. */
  hashes?: readonly string[];
  /** The interpreter verifies TLS servers; default: it does not. */
  tlsVerifies?: boolean;
}

const bundles = new Map<string, Promise<Bundle[]>>();

/** @throws {ConfigError} about product and identity, {CheckError} about the sources. */
export async function firmwareFiles(options: FirmwareOptions): Promise<Map<string, Buffer>> {
  const { product, certificates } = loadProduct(options.product, {
    root: ROOT,
    now: new Date(),
    board: BOARD,
    directory: options.directory,
    tlsVerifies: options.tlsVerifies ?? false,
  });
  const identity = loadIdentity(options.identity, product);
  const client = clientFiles(
    identity,
    placeOf(options.identity, options.directory),
    new Date(),
    certificates.map((one) => one.name),
  );
  const files = new Map<string, Buffer>();
  for (const { module, code } of await bundled(choiceOf(product, options.hashes ?? linuxBoard().hashes)))
    files.set(module.name, Buffer.from(code, "latin1"));
  files.set("board", json(wiredBoard(BOARD, loadBoard(BOARD), { uart: options.uart, pins: options.pins })));
  files.set("product", json(product));
  for (const { name, pem } of certificates) files.set(name, pem);
  files.set("identity", json(identity satisfies Identity));
  for (const { name, pem } of client) files.set(name, pem);
  return withSlots(files, slotsPlan(linuxBoard()));
}

/** The same as a Storage image, which the interpreter boots from. */
export function firmwareImage(files: ReadonlyMap<string, Buffer>): Buffer {
  return buildImage(files, linuxBoard().storage);
}

export function linuxBoard(): BoardFile {
  return loadBoard(BOARD);
}

function bundled(choice: Choice): Promise<Bundle[]> {
  const key = JSON.stringify(choice);
  const running = bundles.get(key) ?? cachedBundle(choice);
  bundles.set(key, running);
  return running;
}

/** Bytes above 0x7F are UTF-8; the interpreter would cut `\u4e2d` to one byte. */
function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), "utf8");
}

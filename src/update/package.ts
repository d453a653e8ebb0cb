/**
 * The head of a package: what it is for, and the fleet's signature (docs/decisions/0014-over-the-air.md).
 *
 *     ECU1 LLLL manifest signature
 */
import type { Manifest } from "../api/boot";
import type { Product } from "../api/config";
import { parsed } from "../text/read-json";

const MAGIC = "ECU1";
/** Hex digits of the signature. */
const SIGNATURE = 64;
/** What a package may not bring: whose device it is, and what starts it. */
const KEPT = ["identity", "board", "secret", "slots"];

/** What runs. */
export interface Running {
  product: Product;
  version: string;
  core: string;
}

/** The head's length; 0 if this is none. */
export function headLength(text: string): number {
  const length = parseInt(text.substr(4, 4), 16);
  return text.startsWith(MAGIC) && length > 0 ? 8 + length + SIGNATURE : 0;
}

export function manifestOf(head: string): Manifest {
  return parsed(head.slice(8, -SIGNATURE)) as unknown as Manifest;
}

/** Number by number; below 0: `a` is older. */
export function compare(a: string, b: string): number {
  const left = a.split(".");
  const right = b.split(".");
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (parseInt(left[i] as string) || 0) - (parseInt(right[i] as string) || 0);
    if (difference) return difference;
  }
  return 0;
}

/** Why this package is not for this device, or `""`. `size`: bytes of the package. */
export function objection(manifest: Manifest, size: number, head: number, running: Running): string {
  const all = manifest as unknown as Record<string, unknown>;
  const product = running.product;
  const link = Array.isArray(product.link) ? product.link.join("-") : product.link;
  const wanted = [product.name, product.board, link, product.modem.model, product.cloud.type];
  const names = ["product", "board", "link", "model", "cloud"];
  const other = names.find((name, i) => all[name] != wanted[i]);
  if (other) return "for " + other + " " + all[other];
  const files = manifest.files;
  let sum = head;
  let isCore = false;
  for (const file of files) {
    if (!file[0] || file[0][0] == "." || KEPT.indexOf(file[0]) >= 0) return "must not bring " + file[0];
    if (!(file[1] > 0)) return "no size of " + file[0];
    sum += file[1];
    isCore = isCore || file[0] == "core";
  }
  if (!files.length || sum != size) return sum + " bytes, not " + size;
  const core = manifest.core;
  if (!isCore && (compare(running.core, core[0]) < 0 || compare(running.core, core[1]) > 0))
    return "for core " + core.join(" to ") + ", not " + running.core;
  if (manifest.version == running.version) return "version runs already";
  if (!manifest.older && compare(manifest.version, running.version) < 0) return "older than " + running.version;
  return "";
}

/** The product of a command line that may name none. */
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Product } from "../../src/api/config.ts";
import { ROOT } from "../project/root.ts";

export const PRODUCT_OPTION = [
  "--product <file>",
  "what the device is and where it connects (default: product.json of this folder, else the project's own, a demonstration)",
] as const;

const FILE = "product.json";

export interface ChosenProduct {
  path: string;
  /** Which one it is, and why if nobody named it. */
  told: string;
}

/** `named`: by the option. What is taken in the place of it must be told: an image of another product looks the same. */
export function chosenProduct(named: string | undefined): ChosenProduct {
  if (named !== undefined) return { path: named, told: `product ${named}` };
  const own = join(ROOT, FILE);
  if (!existsSync(FILE))
    return { path: own, told: `product ${own}, a demonstration: this folder has no ${FILE}, and --product names no other` };
  return { path: FILE, told: `product ${FILE}, ${resolve(FILE) == own ? "the project's own, a demonstration" : `of this folder`}` };
}

export function productText({ name, version, board, link, modem, cloud }: Product): string {
  const links = [link].flat();
  const model = links.includes("cellular") ? [modem.model] : [];
  return `"${name}", version ${version}, for ${[board, ...links, ...model, cloud.type].join(", ")}`;
}

/** A path as a person would type it. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short || ".";
}

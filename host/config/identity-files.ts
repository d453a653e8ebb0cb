/** An identity as Storage files: what is added to the files of a product for one unit. */
import type { Product } from "../../src/api/config.ts";
import { clientFiles, placeOf } from "./client.ts";
import { loadIdentity } from "./product.ts";

/** Name of the Storage file that holds a unit's secrets. */
export const IDENTITY = "identity";

/**
 * `path`: an identity file; `files`: the product's Storage files, which it must fit.
 * @throws {ConfigError} naming file and field, never a value.
 */
export function identityFiles(path: string, files: ReadonlyMap<string, Buffer>, now = new Date()): Map<string, Buffer> {
  const text = files.get("product");
  const product = text && (JSON.parse(text.toString("utf8")) as Product);
  const identity = loadIdentity(path, product);
  const taken = [...files.keys()].filter((name) => name.endsWith(".pem"));
  const client = clientFiles(identity, placeOf(path), now, taken);
  return new Map([
    [IDENTITY, Buffer.from(JSON.stringify(identity), "utf8")] as const,
    ...client.map(({ name, pem }) => [name, pem] as const),
  ]);
}

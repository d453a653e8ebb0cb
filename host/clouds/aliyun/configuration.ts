/** Remote configuration of a product: a file that its devices fetch (Aliyun IoT Platform, "Remote configuration"). */
import { createHash, randomUUID } from "node:crypto";
import type { World } from "./world.ts";

/** Bytes (document 30527). */
const LONGEST_CONFIG = 64 * 1024;

/** What devices are told about it. */
export interface ConfigFile {
  configId: string;
  configSize: number;
  sign: string;
  signMethod: "Sha256";
  url: string;
  getType: "file";
}

type Stored = Pick<ConfigFile, "configId" | "configSize" | "sign"> & { file: number };

/** `null`: switched on, but nothing in it. @throws {Error} when it is not JSON or too long. */
export function setConfig(productKey: string, content: unknown, { db, files, registry }: World): void {
  if (!registry.product(productKey)) throw new Error(`there is no product "${productKey}"`);
  const bytes = Buffer.from(JSON.stringify(content), "utf8");
  if (bytes.length > LONGEST_CONFIG) throw new Error(`a configuration has at most ${LONGEST_CONFIG} bytes, this one ${bytes.length}`);
  const stored: Stored | null =
    content === null ? null : { configId: randomUUID(), configSize: bytes.length, sign: sha256(bytes), file: files.add(bytes) };
  db.run("UPDATE product SET config = ? WHERE product_key = ?", JSON.stringify(stored), productKey);
}

/** @returns `undefined`: switched off; `null`: nothing in it. */
export function configOf(productKey: string, { db, files }: World): ConfigFile | null | undefined {
  const text = db.get("SELECT config FROM product WHERE product_key = ?", productKey)?.["config"];
  if (typeof text != "string") return undefined;
  const stored = JSON.parse(text) as Stored | null;
  if (!stored) return null;
  const { file, ...known } = stored;
  return { ...known, signMethod: "Sha256", url: files.url(file), getType: "file" };
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

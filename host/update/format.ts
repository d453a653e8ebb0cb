/**
 * The file that an update over the air is: what is on the wire and in a device's slot (docs/decisions/0014-over-the-air.md, "The package").
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { SlotsFile } from "../../src/api/boot.ts";
import { CLOUD_NAMES, cloudNamed } from "../clouds/find.ts";
import { validated } from "../config/validate.ts";
import { ConfigError } from "../project/mistakes.ts";

/** In the order of its keys on the wire. */
export interface Manifest {
  product: string;
  board: string;
  /** In order of preference, joined by `-`. */
  link: string;
  model: string;
  cloud: string;
  /** Lowest and highest version of the core that the files run on. */
  core: [from: string, to: string];
  version: string;
  /** It may be older than what runs. */
  older: boolean;
  files: [name: string, bytes: number][];
  /** Of the content: 64 hex digits. */
  sha256: string;
}

export interface Package {
  manifest: Manifest;
  /** In the order of the manifest. */
  files: Map<string, Buffer>;
  /** Bytes in front of the files. */
  headBytes: number;
  /** As it is sent. */
  data: Buffer;
}

const MAGIC = "ECU1";
/** Hex digits of the manifest's length. */
const LENGTH_DIGITS = 4;
/** Hex digits of HMAC-SHA256. */
const SIGNATURE_DIGITS = 64;
const START = MAGIC.length + LENGTH_DIGITS;
/** Bytes in front of the files that a device takes. */
export const HEAD_LIMIT = 1024;
/** What is each device's own. */
const DEVICE_FILES: readonly string[] = ["identity", "board", "secret", SlotsFile.Name];
const SCHEMA = join(import.meta.dirname, "package.schema.json");

/** @returns why a package may not hold a file of this name, or `""`. */
export function nameRefusal(name: string): string {
  if (name.startsWith(".")) return `"${name}": the loader and its start are flashed by wire alone; devices refuse them`;
  if (DEVICE_FILES.includes(name)) return `"${name}" is each device's own; devices refuse it`;
  return "";
}

/** `key`: the fleet's. @throws {ConfigError} about what devices would refuse. */
export function encodePackage(about: Omit<Manifest, "files" | "sha256">, files: ReadonlyMap<string, Buffer>, key: string): Buffer {
  const content = Buffer.concat([...files.values()]);
  const sizes = [...files].map(([name, data]): [string, number] => [name, data.length]);
  const manifest = check({ ...about, files: sizes, sha256: sha256(content) }, "package");
  const text = Buffer.from(JSON.stringify(manifest), "utf8");
  const length = START + text.length + SIGNATURE_DIGITS;
  if (length > HEAD_LIMIT)
    throw new ConfigError(
      `package: its head has ${length} bytes, devices take ${HEAD_LIMIT}: ${length - HEAD_LIMIT} too many; put fewer of the ${files.size} files into it`,
    );
  const signed = Buffer.concat([Buffer.from(MAGIC + text.length.toString(16).padStart(LENGTH_DIGITS, "0"), "latin1"), text]);
  return Buffer.concat([signed, Buffer.from(signature(signed, key), "latin1"), content]);
}

/** All but the signature is checked, which needs the key. `name`: what messages call it. @throws {ConfigError} */
export function readPackage(data: Buffer, name: string): Package {
  const wrong = (what: string): ConfigError => new ConfigError(`${name}: ${what}`);
  const start = /^ECU1([0-9a-f]{4})$/.exec(data.toString("latin1", 0, START));
  if (!start) throw wrong(`this is no package: it does not begin with ${MAGIC} and ${LENGTH_DIGITS} hex digits`);
  const end = START + parseInt(start[1] as string, 16);
  const headBytes = end + SIGNATURE_DIGITS;
  if (headBytes > HEAD_LIMIT) throw wrong(`its head has ${headBytes} bytes, devices take ${HEAD_LIMIT}`);
  if (data.length < headBytes) throw wrong(`cut off: ${data.length} bytes, and the head alone has ${headBytes}`);
  if (!/^[0-9a-f]{64}$/.test(data.toString("latin1", end, headBytes))) throw wrong("the signature is not 64 hex digits");
  const text = data.toString("utf8", START, end);
  const manifest = check(parsed(text, name), name);
  if (JSON.stringify(manifest) != text) throw wrong("manifest: blanks, or keys in another order than devices expect");

  const files = new Map<string, Buffer>();
  let at = headBytes;
  for (const [file, size] of manifest.files) files.set(file, data.subarray(at, (at += size)));
  if (at != data.length) throw wrong(`${data.length} bytes, but the manifest says ${at}`);
  if (sha256(data.subarray(headBytes)) != manifest.sha256) throw wrong("the content does not match the manifest's SHA-256");
  return { manifest, files, headBytes, data };
}

/** Whether it was signed with this key. */
export function isSignedWith({ data, headBytes }: Package, key: string): boolean {
  const end = headBytes - SIGNATURE_DIGITS;
  return timingSafeEqual(data.subarray(end, headBytes), Buffer.from(signature(data.subarray(0, end), key), "latin1"));
}

/** Number by number; what is missing is 0. @returns below 0 if `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference) return difference;
  }
  return 0;
}

/** What it is entered with in a cloud's console. */
export function digests(data: Buffer): { sha256: string; md5: string } {
  const hex = (algorithm: string): string => createHash(algorithm).update(data).digest("hex");
  return { sha256: hex("sha256"), md5: hex("md5") };
}

function signature(signed: Buffer, key: string): string {
  return createHmac("sha256", key).update(signed).digest("hex");
}

function sha256(data: Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError(`${name}: manifest: this is not valid JSON`);
  }
}

/** @returns it with its keys in their order. @throws {ConfigError} */
function check(value: unknown, name: string): Manifest {
  const manifest = validated(value, SCHEMA, `${name}: manifest`) as Manifest;
  const mistakes: string[] = [];
  for (const [i, [file]] of manifest.files.entries()) {
    const refusal = nameRefusal(file);
    if (refusal) mistakes.push(`files.${i}: ${refusal}`);
    if (manifest.files.findIndex(([other]) => other == file) < i) mistakes.push(`files.${i}: "${file}" is there twice`);
  }
  const clouds = CLOUD_NAMES.filter((one) => cloudNamed(one).updates);
  if (!clouds.includes(manifest.cloud)) mistakes.push(`cloud: must be one of ${clouds.map((one) => `"${one}"`).join(", ")}`);
  const [from, to] = manifest.core;
  if (compareVersions(from, to) > 0) mistakes.push(`core: ${from} is newer than ${to}`);
  if (manifest.files.some(([file]) => file == "core") && from != to)
    mistakes.push(`core: ${from} to ${to}, but the files include the core: both must be its own version`);
  if (mistakes.length) throw new ConfigError(mistakes.map((mistake) => `${name}: manifest: ${mistake}`).join("\n"));
  const { product, board, link, model, cloud, core, version, older, files, sha256: digest } = manifest;
  return { product, board, link, model, cloud, core, version, older, files, sha256: digest };
}

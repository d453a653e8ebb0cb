/** Identities of several units: each whole in itself, and none the same as another. Messages name fields and places, never a value. */
import { readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { CsvError, parse } from "csv-parse/sync";
import type { Identity, Product } from "../../src/api/config.ts";
import { clientFiles, placeOf } from "../config/client.ts";
import { loadIdentity } from "../config/product.ts";
import { ConfigError } from "../project/mistakes.ts";

export interface Unit {
  /** Where it comes from, for messages: a file, or a file and a line. */
  place: string;
  identity: Identity;
}

/** What no two units may have in common: by it a cloud tells them apart, or one could pass for the other. */
export const UNIQUE_FIELDS = ["deviceName", "deviceSecret", "clientId", "password", "clientKey"] as const satisfies (keyof Identity)[];
export type UniqueField = (typeof UNIQUE_FIELDS)[number];

/** Of file names. */
const NAME = /^[\w@.:-]{1,100}$/;
const FILES = ["clientCert", "clientKey"] as const;

/**
 * One unit for each line of a CSV file whose first line names the fields; empty cells are fields that the unit has not.
 * Paths in it are seen from its folder, those of the units from `folder`.
 * @throws {ConfigError} one line for each mistake, with its line in the file.
 */
export function unitsOf(path: string, folder: string, product: Product | undefined): Unit[] {
  const units: Unit[] = [];
  const mistakes: string[] = [];
  const [header, ...rows] = rowsOf(path);
  const names = header?.cells ?? [];
  // Without a header its first line is a unit's, and what is in it must not be shown.
  if (header && !names.includes("deviceName"))
    throw new ConfigError(
      `${path}:${header.line}: the first line must name the fields, separated by commas, and "deviceName" among them; it does not`,
    );
  const twice = names.find((name, i) => names.indexOf(name) != i);
  if (twice !== undefined) throw new ConfigError(`${path}:${header?.line}: column "${twice}" is there twice`);
  for (const { cells, line } of rows) {
    const place = `${path}:${line}`;
    const record = Object.fromEntries(names.map((name, i) => [name, cells[i] as string]));
    const fields = Object.fromEntries(Object.entries(record).filter(([, value]) => value !== ""));
    for (const name of FILES)
      if (fields[name] !== undefined) fields[name] = relative(folder, resolve(dirname(path), fields[name])) || fields[name];
    if (fields["deviceName"] === undefined) mistakes.push(`${place}: deviceName: missing; the unit's file is named after it`);
    else if (!NAME.test(fields["deviceName"])) mistakes.push(`${place}: deviceName: cannot be the name of a file`);
    try {
      units.push({ place, identity: loadIdentity(fields, product) });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      mistakes.push(...error.message.split("\n").map((message) => message.replace(/^identity/, place)));
    }
  }
  if (mistakes.length) throw new ConfigError(mistakes.join("\n"));
  if (!units.length) throw new ConfigError(`${path}: no units in it: the first line names the fields, each other line is one unit`);
  return units;
}

interface Row {
  cells: string[];
  /** Where it begins. */
  line: number;
}

/** @throws {ConfigError} naming the line; what is in it may be a secret. */
function rowsOf(path: string): Row[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8").replace(/^\ufeff/, "");
  } catch (error) {
    throw new ConfigError(`${path}: ${(error as NodeJS.ErrnoException).code == "ENOENT" ? "no such file" : (error as Error).message}`);
  }
  const bytes = Buffer.from(text);
  try {
    const read = parsed(text);
    return read.map(({ record }, i) => ({ cells: record, line: lineFrom(bytes, read[i - 1]?.info.bytes_records ?? 0) }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const good = Number(error["records"]);
    const line = lineFrom(bytes, good ? (parsed(text, good).at(-1)?.info.bytes_records ?? 0) : 0);
    throw new ConfigError(`${path}:${line}: ${CSV_MISTAKES[error.code] ?? "this is not valid CSV (commas, quotes)"}`);
  }
}

interface Parsed {
  record: string[];
  /** `bytes_records`: where it ends. */
  info: { bytes_records: number };
}

/** `rows`: how many of them. @throws {CsvError} */
function parsed(text: string, rows = -1): Parsed[] {
  return parse(text, { info: true, skip_empty_lines: true, trim: true, to: rows }) as unknown as Parsed[];
}

/** Number of the first line with something in it, from the end of the row before. The parser's own number is that of a row's end, and of an open quote's file. */
function lineFrom(bytes: Buffer, end: number): number {
  const blank = /^\s*/.exec(bytes.toString("utf8", end))?.[0] ?? "";
  return (bytes.toString("utf8", 0, end) + blank).split("\n").length;
}

const CSV_MISTAKES: Readonly<Partial<Record<string, string>>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: "another number of cells than the first line",
  CSV_QUOTE_NOT_CLOSED: "a quote is opened and not closed",
};

/** An identity file. @throws {ConfigError} */
export function unitAt(path: string, product: Product | undefined, now = new Date()): Unit {
  const identity = loadIdentity(path, product);
  const { clientKey } = identity;
  clientFiles(identity, placeOf(path), now);
  // The checks leave the key's Storage name, which many units may have in common.
  return { place: path, identity: clientKey === undefined ? identity : { ...identity, clientKey: resolve(dirname(path), clientKey) } };
}

/** `shared`: fields that units may have in common here. */
export function duplicates(units: readonly Unit[], shared: readonly string[] = []): string[] {
  const mistakes: string[] = [];
  for (const field of UNIQUE_FIELDS) {
    if (shared.includes(field)) continue;
    const seen = new Map<string, string>();
    for (const { place, identity } of units) {
      const value = identity[field];
      if (value === undefined) continue;
      const before = seen.get(value);
      if (before !== undefined) mistakes.push(`${place}: ${field}: the same as in ${before}`);
      else seen.set(value, place);
    }
  }
  return mistakes;
}

/** Of an identity file. */
export function contentOf({ identity }: Unit): string {
  return `${JSON.stringify(identity, null, 2)}\n`;
}

export function fileFor({ identity }: Unit, folder: string): string {
  return join(folder, `${identity.deviceName as string}.json`);
}

/** Who it is and which fields it has. */
export function unitText({ place, identity }: Unit): string {
  const fields = Object.keys(identity).filter((name) => name != "deviceName" && !name.endsWith("Checksum"));
  return `${basename(place)}: ${identity.deviceName ?? "named by the module's IMEI"}${fields.length ? `, with ${fields.join(", ")}` : ""}`;
}

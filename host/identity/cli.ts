/** `npm run identity`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Command } from "commander";
import type { Identity, Product } from "../../src/api/config.ts";
import { loadIdentity, loadProduct } from "../config/product.ts";
import { writeFile } from "../config/secret-file.ts";
import { ConfigError } from "../project/mistakes.ts";
import { runCommandLine, UsageError } from "../command-line/run.ts";
import { collectedFrom } from "../command-line/values.ts";
import { contentOf, duplicates, fileFor, UNIQUE_FIELDS, unitAt, unitsOf, unitText } from "./units.ts";
import type { Unit } from "./units.ts";
import { valueOf } from "./values.ts";

interface Options {
  product?: string;
  out: string;
  shared: string[];
}

function productOf(path: string | undefined): Product | undefined {
  return path === undefined ? undefined : loadProduct(path, { now: new Date() }).product;
}

/** Written once: an identity that a unit may have already is not replaced. For its owner's eyes only. */
function write(path: string, unit: Unit): void {
  try {
    writeFileSync(path, contentOf(unit), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code == "EEXIST") throw new ConfigError(`${path}: is there already; an identity is not replaced`);
    throw error;
  }
}

function make(fields: string[], { product, out }: Options): void {
  const values = fields.map(valueOf);
  const names = values.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) != i);
  if (twice !== undefined) throw new UsageError(`${twice}: given twice`);
  const unit = { place: out, identity: identityOf(Object.fromEntries(values), productOf(product)) };
  mkdirSync(dirname(resolve(out)), { recursive: true, mode: 0o700 });
  write(out, unit);
  console.log(unitText(unit));
}

/** @throws {UsageError} about what the command line says. */
function identityOf(fields: Record<string, string>, product: Product | undefined): Identity {
  try {
    return loadIdentity(fields, product);
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error;
  }
}

function fromCsv(path: string, { product, out, shared }: Options): void {
  const units = unitsOf(path, resolve(out), productOf(product));
  const begun = new Set(units.filter((unit) => isBegun(fileFor(unit, out), unit)).map((unit) => fileFor(unit, out)));
  const there = existsSync(out) ? readdirSync(out).filter((name) => name.endsWith(".json")) : [];
  const others = there.map((name) => join(out, name)).filter((file) => !begun.has(file));
  const mistakes = duplicates([...others.map((file) => unitAt(file, undefined)), ...units], shared);
  if (mistakes.length) throw new ConfigError(mistakes.join("\n"));
  mkdirSync(out, { recursive: true, mode: 0o700 });
  for (const unit of units) {
    const file = fileFor(unit, out);
    if (begun.has(file)) writeFile(file, contentOf(unit), true);
    else write(file, unit);
  }
  console.log(`${out}: ${units.length} identities${begun.size ? `, ${begun.size} of them were there already` : ""}`);
}

/** A run before this one, which was killed, has written this unit's file, or the start of it. */
function isBegun(path: string, unit: Unit): boolean {
  return existsSync(path) && contentOf(unit).startsWith(readFileSync(path, "utf8"));
}

function check(paths: string[], { product, shared }: Options): void {
  const loaded = productOf(product);
  const mistakes: string[] = [];
  const units: Unit[] = [];
  for (const path of paths) {
    try {
      units.push(unitAt(path, loaded));
      if (statSync(path).mode & 0o077) mistakes.push(`${path}: others can read it; chmod 600 '${path}'`);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      mistakes.push(error.message);
    }
  }
  mistakes.push(...duplicates(units, shared));
  if (mistakes.length) throw new ConfigError(mistakes.join("\n"));
  for (const unit of units) console.log(unitText(unit));
}

const PRODUCT = ["--product <file>", "the product that the units are of: their fields must fit it"] as const;
const SHARED = [
  "--shared <field>",
  `a field that units may have in common, which is else refused (${UNIQUE_FIELDS.join(", ")}); repeatable`,
  collectedFrom(UNIQUE_FIELDS),
  [] as string[],
] as const;
const program = new Command("npm run identity --").description("Makes and checks identity files. No secret is shown.");
program
  .command("make")
  .description(
    "writes one identity: deviceName=meter-1 username=u password=@FILE (or @- for standard input, or random for password and otaKey)",
  )
  .argument("[fields...]", "NAME=VALUE")
  .requiredOption("--out <file>", "identity file to write; one that is there is not replaced")
  .option(...PRODUCT)
  .action(make);
program
  .command("csv")
  .description("writes an identity for each line of a CSV file, whose first line names the fields, as FOLDER/<deviceName>.json")
  .argument("<file>")
  .requiredOption("--out <folder>", "where the identities are; they too must be different from the new ones")
  .option(...PRODUCT)
  .option(...SHARED)
  .action(fromCsv);
program
  .command("check")
  .description("checks identities, each by itself and against the others")
  .argument("<files...>")
  .option(...PRODUCT)
  .option(...SHARED)
  .action(check);

await runCommandLine("identity", program);

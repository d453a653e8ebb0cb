/** `npm run identity`. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Command, CommanderError } from "commander";
import type { Product } from "../../src/api/config.ts";
import { loadIdentity, loadProduct } from "../build/product.ts";
import { ConfigError } from "../build/validate.ts";
import { duplicates, fileFor, UNIQUE_FIELDS, unitAt, unitsOf, unitText } from "./units.ts";
import type { Unit } from "./units.ts";
import { ValueError, valueOf } from "./values.ts";

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
    writeFileSync(path, `${JSON.stringify(unit.identity, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code == "EEXIST") throw new ConfigError(`${path}: is there already; an identity is not replaced`);
    throw error;
  }
}

function make(fields: string[], { product, out }: Options): void {
  const values = fields.map(valueOf);
  const names = values.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) != i);
  if (twice !== undefined) throw new ValueError(`${twice}: given twice`);
  const unit = { place: out, identity: loadIdentity(Object.fromEntries(values), productOf(product)) };
  mkdirSync(dirname(resolve(out)), { recursive: true, mode: 0o700 });
  write(out, unit);
  console.log(unitText(unit));
}

function fromCsv(path: string, { product, out, shared }: Options): void {
  const there = existsSync(out) ? readdirSync(out).filter((name) => name.endsWith(".json")) : [];
  const before = there.map((name) => unitAt(join(out, name), undefined));
  const units = unitsOf(path, resolve(out), productOf(product));
  const mistakes = duplicates([...before, ...units], shared);
  if (mistakes.length) throw new ConfigError(mistakes.join("\n"));
  mkdirSync(out, { recursive: true, mode: 0o700 });
  for (const unit of units) write(fileFor(unit, out), unit);
  console.log(`${out}: ${units.length} identities`);
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
  (field: string, before: string[]): string[] => [...before, field],
  [] as string[],
] as const;
const program = new Command("npm run identity --").description("Makes and checks identity files. No secret is shown.").exitOverride();
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
program.addHelpText("after", "\nExit codes: 0 done, 1 failed (the last line says why), 2 wrong usage.");
for (const command of program.commands) command.allowExcessArguments(false);

try {
  program.parse();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode == 0 ? 0 : 2;
  } else if (error instanceof ValueError) {
    console.error(`error: ${error.message}`);
    process.exitCode = 2;
  } else {
    const lines = (error as Error).message.split("\n");
    for (const line of lines.slice(0, -1)) console.error(line);
    console.error(`identity failed: ${lines.at(-1) ?? ""}`);
    process.exitCode = 1;
  }
}

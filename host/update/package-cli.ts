/** `npm run package`: the signed file that an update over the air is. */
import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Command, Option } from "commander";
import { Slot } from "../../src/api/boot.ts";
import { cloudNamed } from "../clouds/find.ts";
import { shortPath } from "../command-line/product.ts";
import { runCommandLine, UsageError } from "../command-line/run.ts";
import { tokensVersion } from "../command-line/values.ts";
import { boardNames } from "../config/board.ts";
import { ROOT } from "../project/root.ts";
import { readBytes } from "../config/validate.ts";
import { ConfigError } from "../project/mistakes.ts";
import { digests, isSignedWith, readPackage } from "./format.ts";
import type { Manifest, Package } from "./format.ts";
import type { MadePackage } from "./package.ts";

interface Options {
  product?: string;
  identity?: string;
  board?: string;
  files?: string[];
  all?: true;
  version?: string;
  core?: [string, string];
  older?: true;
  pretokenise?: string;
  out?: string;
}

const VERSION = /^\d{1,9}(\.\d{1,9})*$/;

function version(text: string): string {
  if (!VERSION.test(text)) throw new UsageError(`--version ${text}: wants numbers with dots between them, as 1.0.1`);
  return text;
}

function coreRange(text: string): [string, string] {
  const [from = "", to = from, ...rest] = text.split("..");
  if (rest.length || !VERSION.test(from) || !VERSION.test(to)) throw new UsageError(`--core ${text}: wants FROM..TO, as 0.1.0..0.2.0`);
  return [from, to];
}

function names(text: string): string[] {
  const list = text.split(",").map((name) => name.trim());
  if (list.some((name) => !name)) throw new UsageError(`--files ${text}: wants names with commas between them, as app,core`);
  return list;
}

const program = new Command("npm run package --")
  .description("Makes the signed package of an update over the air: the application alone, unless told otherwise.")
  .option("--product <file>", "what the device is; its version is the package's (required)")
  .option("--identity <file>", "for its otaKey, which the package is signed with and which is never shown (required)")
  .addOption(new Option("--board <name>", "board (default: the product's)").choices(boardNames()))
  .option("--files <names>", "files of the update, e.g. app,core,product (default: app)", names)
  .option("--all", "all files that an update may bring: all but the loader, and what is each device's own")
  .option("--version <version>", "version that devices report afterwards, e.g. 1.0.1 (default: the product's)", version)
  .option("--core <from..to>", "versions of the core that the files run on (default: this project's alone)", coreRange)
  .option("--older", "devices take it even if they run a newer version")
  .option(
    "--pretokenise <version>",
    "pretokenised text, which only this version of the interpreter runs (default: as the board's image)",
    tokensVersion,
  )
  .option("--out <file>", "where to write (default: dist/<board>/<product>-<version>.ecu)")
  .enablePositionalOptions()
  .action(async () => make(program.opts<Options>()));

program
  .command("show <file>")
  .description("shows what is in a package; with --identity whether it was signed with that otaKey")
  .option("--identity <file>", "for its otaKey")
  .action(async (file: string, { identity }: { identity?: string }) => show(file, identity));

async function make({ product, identity, out, all, ...options }: Options): Promise<void> {
  if (program.args.length) throw new UsageError(`unexpected argument "${program.args.join(" ")}"`);
  if (product === undefined) throw new UsageError("required option '--product <file>' not specified");
  if (identity === undefined) throw new UsageError("required option '--identity <file>' not specified");
  if (all && options.files) throw new UsageError("--all and --files: only one of them");
  // Compiler and bundler are slow to load: not for --help.
  const { makePackage } = await import("./package.ts");
  const { withTypes } = await import("../compile/types.ts");
  const { writeFile } = await import("../config/secret-file.ts");
  const made = await withTypes(() => makePackage({ product, identity, ...options, ...(all && { files: "all" }) }));
  const { manifest } = made;
  const path = resolve(out ?? join(ROOT, "dist", manifest.board, `${manifest.product.replace(/[^\w.-]+/g, "_")}-${manifest.version}.ecu`));
  mkdirSync(dirname(path), { recursive: true });
  writeFile(path, made.data, false);
  for (const warning of made.warnings) console.log(`warning: ${warning}`);
  printPackage(made);
  printRoom(made);
  console.log(`written: ${shortPath(path)}`);
}

async function show(file: string, identity: string | undefined): Promise<void> {
  const found = readPackage(readBytes(file), file);
  printPackage(found);
  if (identity === undefined) return console.log("signature: not checked; --identity FILE checks it");
  const { otaKey } = await import("./key.ts");
  if (!isSignedWith(found, otaKey(identity))) throw new ConfigError(`${file}: signed with another key than the otaKey of ${identity}`);
  console.log(`signature: by the otaKey of ${identity}`);
}

function printPackage({ manifest, files, headBytes, data }: Package): void {
  const { sha256, md5 } = digests(data);
  console.log(
    `package of product "${manifest.product}", version ${manifest.version}${manifest.older ? ", taken in the place of a newer one too" : ""}`,
  );
  console.log(
    `for board ${manifest.board}, link ${manifest.link}, module ${manifest.model}, cloud ${manifest.cloud}, ${coreText(manifest)}`,
  );
  for (const [name, { length }] of files) console.log(`  ${name.padEnd(28)}${bytes(length)}`);
  console.log(`  ${"head with signature".padEnd(28)}${bytes(headBytes)}`);
  console.log(`  ${"package".padEnd(28)}${bytes(data.length)}`);
  const entered = cloudNamed(manifest.cloud).updates?.console?.(manifest.version);
  console.log(entered?.heading ?? "the file as a whole:");
  const facts = { ...entered?.facts, size: data.length, sha256, md5 };
  for (const [name, value] of Object.entries(facts)) console.log(`  ${name.padEnd(11)}${value}`);
}

function coreText({ core: [from, to] }: Manifest): string {
  return from == to ? `core ${from}` : `core ${from} to ${to}`;
}

function bytes(count: number): string {
  return `${count.toLocaleString("en").padStart(9)} bytes`;
}

function printRoom({ manifest, data, room }: MadePackage): void {
  const free = room.bytes - Slot.Head - data.length;
  if (room.isPaged)
    console.log(
      `fits: a slot of ${manifest.board} has ${room.bytes - Slot.Head} bytes for packages; ${free} are left for files that earlier updates brought`,
    );
  else
    console.log(
      `fits: ${manifest.board} has ${room.bytes} bytes for all updates until it is flashed by wire again; ${Math.floor(room.bytes / (Slot.Head + data.length))} like this one`,
    );
}

await runCommandLine("package", program);

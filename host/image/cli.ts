/** `npm run image`. */
import { Command, Option } from "commander";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { boardNames, loadBoard } from "../config/board.ts";
import { writeFile } from "../config/secret-file.ts";
import { runCommandLine } from "../command-line/run.ts";
import { IDENTITY, identityFiles } from "../config/identity-files.ts";
import { loaderLast } from "./order.ts";
import { SLOTS, slotsOf, slotsPlan, withSlots } from "./slots.ts";
import { buildImage, freeBytes, HEADER, readImage } from "./storage.ts";
import type { StoredFile } from "./storage.ts";

interface Image {
  files: StoredFile[];
  bytes: Buffer;
}

function read(path: string, board?: string): Image {
  const storage = board === undefined ? undefined : loadBoard(board).storage;
  try {
    const bytes = readFileSync(path);
    const size = storage && storage.pageSize * storage.pages;
    if (bytes.length < HEADER) throw new Error(`${bytes.length} bytes are no Storage image: the header of one file has ${HEADER}`);
    if (size !== undefined && bytes.length != size) throw new Error(`${bytes.length} bytes; the Storage of board "${board}" has ${size}`);
    return { files: readImage(bytes, storage?.pageSize), bytes };
  } catch (error) {
    throw new Error(`${path}: ${(error as NodeJS.ErrnoException).code == "ENOENT" ? "no such file" : (error as Error).message}`);
  }
}

function live({ files }: Image): Map<string, StoredFile> {
  return new Map(files.filter((file) => !file.deleted).map((file) => [file.name, file]));
}

function filesOf(folder: string): Map<string, Buffer> {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  } catch (error) {
    throw new Error(`${folder}: ${(error as NodeJS.ErrnoException).code == "ENOENT" ? "no such folder" : (error as Error).message}`);
  }
  if (!names.length) throw new Error(`${folder}: no files in it`);
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name))]));
}

function buildFrom(folder: string, options: { board: string; out: string; identity?: string }): void {
  const board = loadBoard(options.board);
  const { storage } = board;
  const files = filesOf(folder);
  const own = options.identity === undefined ? [] : identityFiles(options.identity, files);
  for (const [name, data] of own) files.set(name, data);
  const slots = files.get(SLOTS);
  const all = slots ? withSlots(files, { ...slotsPlan(board), core: slotsOf(slots).core }) : loaderLast(files);
  const image = buildImage(all, storage);
  // With an identity it is secret: for its owner's eyes only.
  writeFile(options.out, image, files.has(IDENTITY));
  console.log(`${options.out}: ${files.size} files in ${image.length} bytes, to be written at ${storage.address}`);
}

function list(path: string, options: { board?: string }): void {
  const image = read(path, options.board);
  for (const file of image.files) {
    const remarks = [file.deleted ? "deleted" : "", file.flags ? `flags ${file.flags}` : ""].filter(Boolean).join(", ");
    console.log(
      `${String(file.size).padStart(8)}  ${file.offset.toString(16).padStart(6, "0")}  ${file.name.padEnd(28)}  ${remarks}`.trimEnd(),
    );
  }
  const free = freeBytes(image.bytes, image.files);
  console.log(`${live(image).size} files, ${image.bytes.length - free} of ${image.bytes.length} bytes used`);
}

function print(path: string, name: string, options: { board?: string }): void {
  const file = live(read(path, options.board)).get(name);
  if (!file) throw new Error(`${path}: there is no file "${name}"`);
  process.stdout.write(file.data);
}

function compare(first: string, second: string, options: { board?: string }): void {
  const before = live(read(first, options.board));
  const after = live(read(second, options.board));
  let differences = 0;
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const a = before.get(name);
    const b = after.get(name);
    if (a && b && a.data.equals(b.data)) continue;
    differences++;
    if (!a) console.log(`+ ${name} (${b?.size} bytes)`);
    else if (!b) console.log(`- ${name} (${a.size} bytes)`);
    else console.log(`! ${name} (${a.size} -> ${b.size} bytes, first difference at byte ${firstDifference(a.data, b.data)})`);
  }
  console.log(differences ? "images differ" : "images hold the same files");
  if (differences) throw new Error(`${first} and ${second} differ in ${differences} file${differences == 1 ? "" : "s"}`);
}

function firstDifference(a: Buffer, b: Buffer): number {
  const at = a.findIndex((byte, i) => byte != b[i]);
  return at < 0 ? a.length : at;
}

const BOARD = new Option(
  "--board <name>",
  "board, for the size of its flash and of its pages: an interpreter leaves gaps at their ends",
).choices(boardNames());
const program = new Command("npm run image --").description("Storage images: what the interpreter finds in a board's flash.");
program
  .command("build")
  .description("makes an image of a folder's files, such as the folder files/ that npm run build writes")
  .argument("<folder>")
  .addOption(new Option("--board <name>", "board").choices(boardNames()).makeOptionMandatory())
  .option("--identity <file>", "adds the secrets of one unit, checked against the product in the folder")
  .requiredOption("--out <file>", "image to write")
  .action(buildFrom);
program.command("ls").description("lists an image's files").argument("<image>").addOption(BOARD).action(list);
program
  .command("cat")
  .description("writes a file's bytes to standard output")
  .argument("<image>")
  .argument("<name>")
  .addOption(BOARD)
  .action(print);
program
  .command("diff")
  .description("compares the files of two images; it fails if they differ")
  .argument("<first>")
  .argument("<second>")
  .addOption(BOARD)
  .action(compare);

await runCommandLine("image", program);

/** `npm run image`. */
import { Command, CommanderError } from "commander";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boardNames, loadBoard } from "../build/board.ts";
import { buildImage, readImage, spaceFor } from "./storage.ts";
import type { StoredFile } from "./storage.ts";

/** Exit code of `diff` (and of whatever failed). */
const FAILED = 1;
let exitCode = 0;

function pageSizeOf(board: string | undefined): number | undefined {
  return board === undefined ? undefined : loadBoard(board).storage.pageSize;
}

function read(path: string, board?: string): StoredFile[] {
  try {
    return readImage(readFileSync(path), pageSizeOf(board));
  } catch (error) {
    throw new Error(`${path}: ${(error as NodeJS.ErrnoException).code == "ENOENT" ? "no such file" : (error as Error).message}`);
  }
}

function live(files: readonly StoredFile[]): Map<string, StoredFile> {
  return new Map(files.filter((file) => !file.deleted).map((file) => [file.name, file]));
}

function buildFrom(folder: string, options: { board: string; out: string }): void {
  const { storage } = loadBoard(options.board);
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  const image = buildImage(new Map(names.sort().map((name) => [name, readFileSync(join(folder, name))])), storage);
  writeFileSync(options.out, image);
  console.log(`${options.out}: ${names.length} files in ${image.length} bytes`);
}

function list(path: string, options: { board?: string }): void {
  const files = read(path, options.board);
  for (const file of files) {
    const remarks = [file.deleted ? "deleted" : "", file.flags ? `flags ${file.flags}` : ""].filter(Boolean).join(", ");
    console.log(
      `${String(file.size).padStart(8)}  ${file.offset.toString(16).padStart(6, "0")}  ${file.name.padEnd(28)}  ${remarks}`.trimEnd(),
    );
  }
  const used = files.reduce((sum, file) => sum + spaceFor(file.size), 0);
  console.log(`${live(files).size} files, ${used} of ${statSync(path).size} bytes used`);
}

function print(path: string, name: string, options: { board?: string }): void {
  const file = live(read(path, options.board)).get(name);
  if (!file) throw new Error(`${path}: there is no file "${name}"`);
  process.stdout.write(file.data);
}

function compare(first: string, second: string, options: { board?: string }): void {
  const before = live(read(first, options.board));
  const after = live(read(second, options.board));
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const a = before.get(name);
    const b = after.get(name);
    if (a && b && a.data.equals(b.data)) continue;
    exitCode = FAILED;
    if (!a) console.log(`+ ${name} (${b?.size} bytes)`);
    else if (!b) console.log(`- ${name} (${a.size} bytes)`);
    else console.log(`! ${name} (${a.size} -> ${b.size} bytes, first difference at byte ${firstDifference(a.data, b.data)})`);
  }
  console.log(exitCode ? "images differ" : "images hold the same files");
}

function firstDifference(a: Buffer, b: Buffer): number {
  const at = a.findIndex((byte, i) => byte != b[i]);
  return at < 0 ? a.length : at;
}

const BOARD = "board, for the size of its flash pages: an interpreter leaves gaps at their ends";
const program = new Command("npm run image --")
  .description("Storage images: what the interpreter finds in a board's flash.")
  .exitOverride();
program
  .command("build")
  .description("makes an image of a folder's files")
  .argument("<folder>")
  .requiredOption("--board <name>", `board: ${boardNames().join(", ")}`)
  .requiredOption("--out <file>", "image to write")
  .action(buildFrom);
program.command("ls").description("lists an image's files").argument("<image>").option("--board <name>", BOARD).action(list);
program
  .command("cat")
  .description("writes a file's bytes to standard output")
  .argument("<image>")
  .argument("<name>")
  .option("--board <name>", BOARD)
  .action(print);
program
  .command("diff")
  .description("compares the files of two images; exit code 1 if they differ")
  .argument("<first>")
  .argument("<second>")
  .option("--board <name>", BOARD)
  .action(compare);
program.addHelpText("after", "\nExit codes: 0 done, 1 failed or different (the last line says why), 2 wrong usage.");

try {
  program.parse();
  process.exitCode = exitCode;
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode == 0 ? 0 : 2;
  } else {
    console.error(`image failed: ${(error as Error).message}`);
    process.exitCode = FAILED;
  }
}

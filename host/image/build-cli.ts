/** `npm run build`. */
import { Command, InvalidArgumentError, Option } from "commander";
import { chosenProduct, PRODUCT_OPTION, productText, shortPath } from "../command-line/product.ts";
import { FAILED, runCommandLine } from "../command-line/run.ts";
import { asArgument, tokensVersion } from "../command-line/values.ts";
import { boardNames, PIN_NAMES, wiringOf } from "../config/board.ts";
import { CheckError, throwProblems } from "../compile/problem.ts";
import { startTypeCheck } from "../compile/types.ts";

interface Options {
  board?: string;
  product?: string;
  identity?: string;
  uart?: string;
  pin?: Record<string, string>;
  pretokenise?: string;
  budget?: string;
  out?: string;
}

function addPin(text: string, pins: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be NAME=PIN.");
  const [name, pin] = [text.slice(0, at), text.slice(at + 1)];
  asArgument(() => wiringOf(name, pin));
  return { ...pins, [name]: pin };
}

const program = new Command("npm run build --")
  .description("Bundles the firmware, checks that the interpreter can run it, and writes a board's Storage files and image.")
  .addOption(new Option("--board <name>", "board (default: the product's)").choices(boardNames()))
  .option(...PRODUCT_OPTION)
  .option("--identity <file>", "secrets of one unit; without it the image is the same for all")
  .option("--uart <path>", "path of the module's UART, on board linux")
  .option("--pin <name=pin>", `wires ${PIN_NAMES.join(", ")}, e.g. powerKey=D18 or powerKey=D18:0 (level that presses); repeatable`, addPin)
  .option("--pretokenise <version>", "writes pretokenised text, which only this version of the interpreter runs, e.g. 2v29", tokensVersion)
  .option("--budget <file>", "bytes that the modules may take; more is a failure (default: budget.json of the project)")
  .option("--out <folder>", "where to write (default: dist/<board>)")
  .action(run);

function count(n: number, what: string): string {
  return n == 1 ? `1 ${what}` : `${n} ${what}s`;
}

async function run({ pin, product: named, ...options }: Options): Promise<void> {
  // Compiler, bundler and linter are slow to load: not for --help.
  const { build } = await import("./build.ts");
  const types = startTypeCheck();
  try {
    const { path, told } = chosenProduct(named);
    // Before it takes seconds, and may fail for a file that nobody meant.
    if (named === undefined) console.error(told);
    const result = await build({ ...options, product: path, ...(pin && { pins: pin }) });
    console.log(result.report);
    console.log(`${told}: ${productText(result.product)}`);
    console.log(
      `written: ${shortPath(result.out)}/${result.imageName}, ${shortPath(result.out)}/files and size.svg (a picture of the sizes)`,
    );
    for (const overrun of result.overruns) console.error(`build failed: ${overrun}`);
    if (result.overruns.length) process.exitCode = FAILED;
    // The image is there already: types change nothing in it.
    throwProblems(await types.problems);
  } catch (error) {
    if (!(error instanceof CheckError)) throw error;
    throw new Error(`${error.message}\n${count(error.problems.length, "mistake")} in the sources`);
  } finally {
    types.stop();
  }
}

await runCommandLine("build", program);

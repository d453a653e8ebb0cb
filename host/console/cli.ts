/** `npm run console`. It only listens: nothing is sent to the device. */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { boardNames, loadBoard } from "../build/board.ts";
import { identityFiles } from "../identity/files.ts";
import { LineReader } from "../runtime/interpreter.ts";
import { decodedLine } from "./logs.ts";
import { openPort } from "./port.ts";
import type { Port } from "./port.ts";
import { secretMask } from "./secrets.ts";

interface Options {
  port: string;
  board?: string;
  baud?: number;
  identity?: string;
  seconds?: number;
}

/** A board that restarts takes its USB away for a second or two. */
const REOPEN_MS = 500;
const BAUD = 115_200;

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0)) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}

const program = new Command("npm run console --")
  .description("Shows what a running device prints: decoded, with the time, without secrets. Nothing is sent to it. Ctrl-C ends it.")
  .requiredOption("--port <port>", "the device's console: /dev/ttyUSB0, a pseudo-terminal, or tcp:HOST:PORT")
  .option("--board <name>", `for the rate of its console: ${boardNames().join(", ")}`)
  .option("--baud <rate>", `of a serial device (default: the board's, or ${BAUD})`, positive)
  .option("--identity <file>", "its secrets are shown as ***; others are known by their names only")
  .option("--seconds <n>", "ends after this long", positive)
  .addHelpText("after", "\nExit codes: 0 done, 1 failed (the last line says why), 2 wrong usage.")
  .allowExcessArguments(false)
  .exitOverride();

async function show(options: Options): Promise<void> {
  const baud = options.baud ?? (options.board === undefined ? BAUD : loadBoard(options.board).console.baud);
  const mask = secretMask(
    options.identity === undefined ? new Map<string, Buffer>() : identityFiles(options.identity, new Map<string, Buffer>()),
  );
  const reader = new LineReader((line) => console.log(`${new Date().toISOString().slice(11, 23)} ${mask(decodedLine(line))}`));
  let isOver = false;
  let port: Port | null = null;
  let wake: () => void = () => {};
  const end = (): void => {
    isOver = true;
    wake();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  const timer = options.seconds === undefined ? undefined : setTimeout(end, options.seconds * 1000);

  // The first time a port that cannot be opened is a mistake; later it is a device that restarts.
  port = await openPort(options.port, baud);
  while (!isOver) {
    const closed = new Promise<void>((resolve) => {
      wake = resolve;
      port?.onClose(() => resolve());
    });
    port?.onData((bytes) => reader.feed(bytes.toString("latin1")));
    await closed;
    if (isOver) break;
    console.log(`-- ${options.port} was closed; waiting for it`);
    port = null;
    while (!isOver && !port) {
      await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
      port = await openPort(options.port, baud).catch(() => null);
    }
  }
  clearTimeout(timer);
  await port?.close();
}

async function main(): Promise<number> {
  try {
    program.parse();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode == 0 ? 0 : 2;
  }
  try {
    await show(program.opts<Options>());
    return 0;
  } catch (error) {
    console.error(`console failed: ${(error as Error).message}`);
    return 1;
  }
}

process.exitCode = await main();

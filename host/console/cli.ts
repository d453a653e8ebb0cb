/** `npm run console`. It only listens: nothing is sent to the device. */
import { Command, Option } from "commander";
import { boardNames, loadBoard } from "../config/board.ts";
import { runCommandLine } from "../command-line/run.ts";
import { nextSignal } from "../command-line/signals.ts";
import { numberAbove, portName, wholeNumber } from "../command-line/values.ts";
import { identityFiles } from "../config/identity-files.ts";
import { LineReader } from "../interpreter/interpreter.ts";
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
const MAX_BAUD = 10_000_000;
/** A day; without it there is no end. */
const MAX_SECONDS = 86_400;

const program = new Command("npm run console --")
  .description("Shows what a running device prints: decoded, with the time, without secrets. Nothing is sent to it. Ctrl-C ends it.")
  .requiredOption("--port <port>", "the device's console: /dev/ttyUSB0, a pseudo-terminal, or tcp:HOST:PORT", portName)
  .addOption(new Option("--board <name>", "for the rate of its console").choices(boardNames()))
  .option("--baud <rate>", `of a serial device (default: the board's, or ${BAUD})`, wholeNumber(1, MAX_BAUD))
  .option("--identity <file>", "its secrets are shown as ***; others are known by their names only")
  .option("--seconds <n>", "ends after this long", numberAbove(0, MAX_SECONDS, "a number of seconds"))
  .action(show);

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
  void nextSignal().then(end);
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

await runCommandLine("console", program);

/** What the firmware runs on: a board in Node, or the genuine interpreter. Both boot the same Storage files and are wired to the same module. */
import type { Identity } from "../../src/api/config.ts";
import type { Modem } from "../modules/modem.ts";
import { openPty } from "../modules/pty.ts";
import type { Clock } from "../time/clock.ts";
import { AccessPoint } from "../board/access-point.ts";
import { NodeBoard } from "../board/board.ts";
import type { ModemOptions } from "../modules/options.ts";
import { firmwareFiles, firmwareImage, linuxBoard } from "./firmware.ts";
import { Interpreter, pinPath } from "../interpreter/interpreter.ts";
import { drivePin, modemPins, modemUart, nodePinPath } from "./wiring.ts";

export interface HostOptions {
  clock: Clock;
  modem: Modem;
  /** Holds the product's CA file; the interpreter lives there. */
  folder: string;
  product: Record<string, unknown>;
  identity: Identity;
  /** The interpreter's Linux binary; absent: Node. */
  interpreter?: string;
  /** Digests that the interpreter is taken to have itself; default: those of the board `linux`. */
  hashes?: readonly string[];
  /** Where the host names that devices use really are; for the board's own network. */
  resolve: ModemOptions["resolve"];
  /** A line that the firmware printed, one character per byte. */
  print(line: string): void;
  onRestart(): void;
  /** The host cannot go on. */
  onFailure(error: Error): void;
}

export interface Host {
  boot(): void;
  stop(): Promise<void>;
}

const UART = "Serial1";
const KEYS = ["powerKey", "reset"] as const;

/** @throws {ConfigError} about product and identity. */
export function makeHost(options: HostOptions): Promise<Host> {
  return options.interpreter === undefined ? nodeHost(options) : interpreterHost(options, options.interpreter);
}

async function nodeHost({ clock, modem, folder, product, identity, resolve, print }: HostOptions): Promise<Host> {
  const pins = Object.fromEntries(KEYS.map((pin) => [pin, nodePinPath(pin)]));
  const board = new NodeBoard({
    clock,
    files: await firmwareFiles({ product, identity, directory: folder, uart: "/dev/null", pins }),
    uarts: { [UART]: modemUart(modem) },
    pins: modemPins(modem),
    ...(identity.wifi && { network: { resolve, accessPoint: new AccessPoint(identity.wifi) } }),
    // Variables are counted by the interpreter alone.
    print: (line) => print(line.startsWith("online: 0/") ? "online" : line),
    variables: linuxBoard().variables.count,
    hashes: linuxBoard().hashes,
    queueSize: linuxBoard().inputQueue,
    seed: Date.now(),
  });
  modem.on("data", (bytes: Buffer) => board.uartInput(UART, bytes));
  return {
    boot: () => board.boot(),
    stop: () => Promise.resolve(board.kill()),
  };
}

export interface InterpreterHost extends Host {
  /** Types a line on the interpreter's console. */
  type(line: string): void;
}

/** `runner`: see `InterpreterOptions`. `change` may replace Storage files. @throws {ConfigError} about product and identity. */
export async function interpreterHost(
  options: HostOptions,
  binary: string,
  runner: readonly string[] = [],
  change: (files: Map<string, Buffer>) => void = () => {},
): Promise<InterpreterHost> {
  const { modem, folder, product, identity, hashes } = options;
  const pty = openPty();
  const pins = Object.fromEntries(KEYS.map((pin) => [pin, pinPath(folder, pin)]));
  const files = await firmwareFiles({ product, identity, directory: folder, uart: pty.path, pins, ...(hashes && { hashes }) }).catch(
    (error: unknown) => {
      pty.close();
      throw error;
    },
  );
  change(files);
  const interpreter = new Interpreter({
    binary,
    runner,
    folder,
    image: firmwareImage(files),
    pins: KEYS,
    print: (line) => options.print(line),
    onPin: (pin, level) => drivePin(modem, pin, level),
    onRestart: () => options.onRestart(),
    onFailure: (error) => options.onFailure(error),
  });
  modem.on("data", (bytes: Buffer) => pty.write(bytes));
  pty.onData((bytes) => modem.receive(bytes));
  return {
    boot: () => interpreter.start(),
    type: (line) => interpreter.type(line),
    stop: async () => {
      await interpreter.kill();
      pty.close();
    },
  };
}

/** What the firmware runs on: a board in Node, or the genuine interpreter. Both boot the same Storage files and are wired to the same module. */
import type { AccessPoint } from "../board/access-point.ts";
import { NodeBoard } from "../board/board.ts";
import type { BoardFile } from "../config/board-file.ts";
import { buildImage } from "../image/storage.ts";
import { Interpreter, pinPath } from "../interpreter/interpreter.ts";
import type { Modem } from "../modules/modem.ts";
import { openPty } from "../modules/pty.ts";
import type { ModemOptions } from "../modules/options.ts";
import type { Clock } from "../time/clock.ts";
import { drivePin, modemPins, modemUart, nodePinPath } from "./wiring.ts";
import type { WiredPin } from "./wiring.ts";

/** What happens to bytes between board and module; both ways they go on as they are until somebody says otherwise. */
export interface Wire {
  toBoard(bytes: Buffer): Buffer;
  toModule(bytes: Buffer): Buffer;
}

export interface InterpreterChoice {
  /** The interpreter's Linux binary. */
  interpreter: string;
  /** What it is run by (see `InterpreterOptions`). */
  runner?: readonly string[];
}

export interface NodeChoice {
  /** Pins of the module that are wired. */
  pins: readonly WiredPin[];
  /** Of the board's random numbers. */
  seed: number;
  /** Where the link is Wi-Fi: what it joins, and whether the interpreter verifies servers there. */
  network?: { accessPoint: AccessPoint; verifies: boolean };
}

/** A socket that a board is put into: its wiring is known before it boots. */
export interface Socket<B> {
  /** Path of the module's UART, and of its pins by name, as the firmware is told. */
  uart: string;
  pins: Readonly<Record<string, string>>;
  /** Its network is the PC's own, with the PC's name service. */
  onPcNetwork: boolean;
  plugIn(world: BoardWorld): Plugged<B>;
  /** Ends what was begun for a board that was not plugged in. */
  discard(): void;
}

export interface BoardWorld {
  clock: Clock;
  modem: Modem;
  wire: Wire;
  board: BoardFile;
  /** Storage files. */
  files: ReadonlyMap<string, Buffer>;
  /** Digests that the interpreter has itself. */
  hashes: readonly string[];
  /** Where the host names that devices use really are; for the board's own network. */
  resolve: NonNullable<ModemOptions["resolve"]>;
  /** A line that the firmware printed, one character per byte. */
  print(line: string): void;
  onRestart(): void;
  /** The board cannot go on. */
  onFailure(error: Error): void;
}

export interface Plugged<B> {
  board: B;
  /** Puts bytes on the board's RX pin, besides what the module says. */
  say(bytes: Buffer): void;
  stop(): Promise<void>;
}

/** A board whose inside nobody sees. */
export interface InterpreterBoard {
  boot(): void;
  /** Types a line on the interpreter's console. */
  type(line: string): void;
}

const UART = "Serial1";
const KEYS = ["powerKey", "reset"] as const;

export function nodeSocket({ pins, seed, network }: NodeChoice): Socket<NodeBoard> {
  return {
    uart: "/dev/null",
    pins: Object.fromEntries(pins.map((pin) => [pin, nodePinPath(pin)])),
    onPcNetwork: false,
    plugIn({ clock, modem, wire, board: { variables, inputQueue }, files, hashes, resolve, print }) {
      const uart = modemUart(modem);
      const board = new NodeBoard({
        ...{ clock, files, hashes, seed, print },
        uarts: { [UART]: { ...uart, write: (bytes, baud) => uart.write(wire.toModule(bytes), baud) } },
        pins: modemPins(modem),
        ...(network && { network: { resolve, ...network } }),
        variables: variables.count,
        queueSize: inputQueue,
      });
      const say = (bytes: Buffer): void => board.uartInput(UART, bytes);
      modem.on("data", (bytes: Buffer) => say(wire.toBoard(bytes)));
      return { board, say, stop: () => Promise.resolve(board.kill()) };
    },
    discard: () => {},
  };
}

/** `folder`: the interpreter lives there. */
export function interpreterSocket({ interpreter: binary, runner = [] }: InterpreterChoice, folder: string): Socket<InterpreterBoard> {
  const pty = openPty();
  return {
    uart: pty.path,
    pins: Object.fromEntries(KEYS.map((pin) => [pin, pinPath(folder, pin)])),
    onPcNetwork: true,
    plugIn({ modem, wire, board: { storage }, files, print, onRestart, onFailure }) {
      const interpreter = new Interpreter({
        ...{ binary, runner, folder, onFailure, onRestart },
        image: buildImage(files, storage),
        pins: KEYS,
        print,
        onPin: (pin, level) => drivePin(modem, pin, level),
      });
      const say = (bytes: Buffer): void => pty.write(bytes);
      modem.on("data", (bytes: Buffer) => say(wire.toBoard(bytes)));
      pty.onData((bytes) => modem.receive(wire.toModule(bytes)));
      return {
        board: { boot: () => interpreter.start(), type: (line) => interpreter.type(line) },
        say,
        stop: async () => {
          await interpreter.kill();
          pty.close();
        },
      };
    },
    discard: () => pty.close(),
  };
}

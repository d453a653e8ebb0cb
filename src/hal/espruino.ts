/** The only file that names the interpreter's globals. */
import type { Board } from "../api/config";
import type { World } from "../api/world";

interface Uart {
  setup(baud: number, options: object): void;
  on(event: "data", fn: (chunk: string) => void): void;
  removeAllListeners(event: "data"): void;
  write(bytes: string): void;
}

declare const Modules: { removeCached(name: string): void };
declare const process: { memory(): { usage: number; total: number } };
declare const E: {
  toString(data: Uint8Array): string;
  reboot(): void;
  on(event: "errorFlag", fn: (flags: string[]) => void): void;
};
declare const global: Record<string, Uart>;
declare function require(name: string): unknown;
declare function getTime(): number;
declare function print(text: string): void;
declare function setTimeout(fn: () => void, ms: number): number;
declare function setInterval(fn: () => void, ms: number): number;
declare function clearTimeout(id: number): void;
declare function digitalWrite(pin: unknown, level: number): void;
declare function digitalRead(pin: unknown): number;
declare class Pin {
  constructor(name: string);
}

interface Storage {
  read(file: string): string | undefined;
  write(file: string, bytes: string, offset: number, size: number): void;
}

interface FileSystem {
  writeFileSync(path: string, text: string): void;
  readFileSync(path: string): string;
}

export function makeWorld(): World {
  const storage = require("Storage") as Storage;
  // Read again each time: it is used on the way up only, and would cost memory online.
  const board = () => JSON.parse(storage.read("board") as string) as Board;
  const uart = global[board().uart] as Uart;
  // Listeners are gone for good after one of these (out of memory in a callback): nothing but a restart brings them back.
  E.on("errorFlag", (flags) => {
    print("error flags: " + flags.join(","));
    // LOW_MEMORY is only a warning.
    if (flags.find((flag) => flag == "MEMORY" || flag == "CALLBACK")) E.reboot();
  });
  return {
    board: board,
    openUart: (baud, onData) => {
      uart.removeAllListeners("data");
      uart.setup(baud, board().uartOptions);
      uart.on("data", onData);
    },
    // Bound natives: a call through a function of ours would cost twice as much.
    write: uart.write.bind(uart),
    press: (name, down) => {
      const wiring = board().pins[name];
      if (wiring) writePin(wiring.pin, down ? wiring.active : 1 - wiring.active);
    },
    isOn: () => {
      const wiring = board().pins.status;
      return wiring ? readPin(wiring.pin) == wiring.active : null;
    },
    now: () => getTime() * 1000,
    after: setTimeout,
    cancel: (timer) => timer && clearTimeout(timer),
    every: setInterval,
    random: Math.random,
    read: storage.read,
    save: storage.write,
    load: require,
    drop: (name) => Modules.removeCached(name),
    bytes: E.toString,
    memory: process.memory,
    log: print,
    restart: E.reboot,
  };
}

/** On Linux a pin is a file that takes `0` and `1`, as sysfs has it. */
function writePin(pin: string, level: number): void {
  if (pin[0] == "/") (require("fs") as FileSystem).writeFileSync(pin, "" + level);
  else digitalWrite(new Pin(pin), level);
}

function readPin(pin: string): number {
  return pin[0] == "/" ? parseInt((require("fs") as FileSystem).readFileSync(pin)) : digitalRead(new Pin(pin));
}

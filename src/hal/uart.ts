/** The 4G module's UART and pins. */
import type { World } from "../api/world";

interface Uart {
  setup(baud: number, options: object): void;
  on(event: "data", fn: (chunk: string) => void): void;
  removeAllListeners(event: "data"): void;
  write(bytes: string): void;
}

interface FileSystem {
  writeFileSync(path: string, text: string): void;
  readFileSync(path: string): string;
}

declare const global: Record<string, Uart>;
declare function require(name: string): unknown;
declare function digitalWrite(pin: unknown, level: number): void;
declare function digitalRead(pin: unknown): number;
declare class Pin {
  constructor(name: string);
}

export function withUart(world: World): void {
  const uart = global[world.board().uart] as Uart;
  world.openUart = (baud, onData) => {
    uart.removeAllListeners("data");
    uart.setup(baud, world.board().uartOptions);
    uart.on("data", onData);
  };
  // A bound native: a call through a function of ours would cost twice as much.
  world.write = uart.write.bind(uart);
  world.press = (name, down) => {
    const wiring = world.board().pins[name];
    if (wiring) writePin(wiring.pin, down ? wiring.active : 1 - wiring.active);
  };
  world.isOn = () => {
    const wiring = world.board().pins.status;
    return wiring ? readPin(wiring.pin) == wiring.active : null;
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

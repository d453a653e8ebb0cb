/** The wires between a board and an emulated module. */
import type { Modem } from "../modules/modem.ts";
import type { PinPeer } from "../board/pins.ts";
import type { UartPeer } from "../board/serial.ts";

/** Names of the module's pins as board files have them. */
export type WiredPin = "powerKey" | "reset" | "status";

/** Keys of the module that a board presses through a transistor: 1 at the board pulls the key down. */
const KEYS: Partial<Record<string, "PWRKEY" | "RESET">> = { powerKey: "PWRKEY", reset: "RESET" };

/** Pins of a board in Node are paths below this one, as GPIOs on Linux are. Nothing is written to the PC's disk. */
const NODE_PINS = "/pins/";

export function nodePinPath(pin: WiredPin): string {
  return NODE_PINS + pin;
}

/** The board's output `pin` went to `level`. */
export function drivePin(modem: Modem, pin: string, level: 0 | 1): void {
  const key = KEYS[pin];
  if (key) modem.setPin(key, level ? 0 : 1);
}

export function modemPins(modem: Modem): PinPeer {
  return {
    onWrite: (path, level) => drivePin(modem, path.slice(NODE_PINS.length), level),
    read: (path) => (path == nodePinPath("status") ? modem.status : 0),
  };
}

export function modemUart(modem: Modem): UartPeer {
  return {
    setup: (baud) => modem.hostBaud(baud),
    write: (bytes) => modem.receive(bytes),
  };
}

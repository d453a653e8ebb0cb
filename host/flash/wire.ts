/** Command lines that read and write a chip's flash, one set for each tool. */
import type { FlashMethod } from "../config/board-file.ts";
import type { Command } from "./tools.ts";

export interface Region {
  /** Hex. */
  address: string;
  bytes: number;
}

/** A way to a chip's flash. Paths are files on this PC. */
export interface Wire {
  tool: "esptool" | "st-flash" | "dfu-util";
  /** What must be done by hand before; absent: nothing. */
  enter?: string;
  /** `firmware`: a release's folder for esptool, else a file. */
  writeFirmware(firmware: string): Command;
  /** How it is seen that the interpreter was written: by the tool itself, because it changes what it writes, or by reading it back. */
  verifyFirmware: { by: "tool"; command(firmware: string): Command } | { by: "reading"; address: string };
  /** Files that `writeFirmware` needs. */
  firmwareFiles(firmware: string): string[];
  read(region: Region, to: string): Command;
  write(region: Region, from: string): Command;
  /** Starts the firmware. `scratch`: a file that may be written. */
  restart(scratch: string): Command;
}

export function wireOf(method: FlashMethod, program: string, port: string): Wire | undefined {
  switch (method.by) {
    case "esptool":
      return esptool(method, program, port);
    case "st-flash":
      return stFlash(method, program);
    case "dfu-util":
      return dfuUtil(method, program);
    default:
      return undefined;
  }
}

function esptool(method: Extract<FlashMethod, { by: "esptool" }>, program: string, port: string): Wire {
  const command = (...args: string[]): Command => ({
    program,
    args: ["--chip", method.chip, "--port", port, "--baud", `${method.baud}`, ...args],
  });
  const placed = (folder: string): string[] => method.firmware.flatMap(({ address, file }) => [address, `${folder}/${file}`]);
  return {
    tool: "esptool",
    firmwareFiles: (folder) => method.firmware.map(({ file }) => `${folder}/${file}`),
    writeFirmware: (folder) => command("write_flash", ...method.options, ...placed(folder)),
    // The options are written into the bootloader's head.
    verifyFirmware: { by: "tool", command: (folder) => command("verify_flash", ...method.options, ...placed(folder)) },
    read: ({ address, bytes }, to) => command("read_flash", address, `${bytes}`, to),
    write: ({ address }, from) => command("write_flash", address, from),
    // Each run ends with a reset; this one does nothing else.
    restart: () => command("--after", "hard_reset", "chip_id"),
  };
}

function stFlash(method: Extract<FlashMethod, { by: "st-flash" }>, program: string): Wire {
  const command = (...args: string[]): Command => ({ program, args });
  return {
    tool: "st-flash",
    verifyFirmware: { by: "reading", address: method.firmwareAddress },
    firmwareFiles: (file) => [file],
    writeFirmware: (file) => command("write", file, method.firmwareAddress),
    read: ({ address, bytes }, to) => command("read", to, address, `${bytes}`),
    write: ({ address }, from) => command("write", from, address),
    restart: () => command("reset"),
  };
}

/** The bootloader in an STM32's system memory (ST AN2606, AN3156): it writes and reads by address, and leaves to an address. */
function dfuUtil(method: Extract<FlashMethod, { by: "dfu-util" }>, program: string): Wire {
  const command = (at: string, ...args: string[]): Command => ({ program, args: ["-d", "0483:df11", "-a", "0", "-s", at, ...args] });
  return {
    tool: "dfu-util",
    verifyFirmware: { by: "reading", address: method.firmwareAddress },
    enter: method.enter,
    firmwareFiles: (file) => [file],
    writeFirmware: (file) => command(method.firmwareAddress, "-D", file),
    read: ({ address, bytes }, to) => command(`${address}:${bytes}`, "-U", to),
    write: ({ address }, from) => command(address, "-D", from),
    // It leaves to the address that it was given: that of the interpreter.
    restart: (scratch) => command(`${method.firmwareAddress}:4:leave`, "-U", scratch),
  };
}

/** The board, but for the ways to the network: `uart.ts` and `wifi.ts` add theirs. This folder alone names the interpreter's globals. */
import type { Board } from "../api/config";
import type { Boot } from "../api/boot";
import type { World } from "../api/world";

declare const Modules: { getCached(): string[]; removeCached(name: string): void };
declare const process: { memory(): { usage: number; total: number } };
declare const E: {
  toString(data: Uint8Array): string;
  reboot(): void;
  on(event: "errorFlag", fn: (flags: string[]) => void): void;
};
declare const boot: Boot;
declare function require(name: string): unknown;
declare function getTime(): number;
declare function print(text: string): void;
declare function setTimeout(fn: () => void, ms: number): number;
declare function setInterval(fn: () => void, ms: number): number;
declare function clearTimeout(id: number): void;

interface Storage {
  write(file: string, bytes: string, offset: number, size: number): void;
}

export function makeWorld(): World {
  const storage = require("Storage") as Storage;
  // Listeners are gone for good after one of these (out of memory in a callback): nothing but a restart brings them back.
  E.on("errorFlag", (flags) => {
    print("error flags: " + flags.join(","));
    // LOW_MEMORY is only a warning.
    if (flags.find((flag) => flag == "MEMORY" || flag == "CALLBACK")) E.reboot();
  });
  return {
    boot: boot,
    // Read again each time: it is used on the way up only, and would cost memory online.
    board: () => JSON.parse(boot.file("board") as string) as Board,
    now: () => getTime() * 1000,
    after: setTimeout,
    cancel: (timer) => timer && clearTimeout(timer),
    every: setInterval,
    random: Math.random,
    read: boot["file"],
    save: storage.write,
    load: boot["module"],
    // To remove what is not there is an error, and two may have had the same module.
    drop: (name) => {
      if (Modules.getCached().indexOf(name) >= 0) Modules.removeCached(name);
    },
    bytes: E.toString,
    memory: process.memory,
    log: print,
    restart: E.reboot,
  } as World;
}

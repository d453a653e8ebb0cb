/** `.bootcde`: the first thing that runs. */
declare const E: { setConsole(device: null | string, options: { force: boolean }): void };
declare const process: { env: { BOARD: string } };
declare function require(name: string): { start(): void };

// Without a USB host the console lands on a UART a second after start, on some boards the module's: it is put away first.
if (process.env.BOARD != "LINUX") E.setConsole("USB", { force: true });
require("core").start();

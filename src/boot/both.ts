/**
 * `.bootcde`: starts the firmware. The board's `.boot0` has put the console away from the module's UART before.
 * Each resident module is loaded in a slice of its own.
 */
declare function require(name: string): { start(): void };
declare function setTimeout(fn: () => void, ms: number): void;

require("at");
setTimeout(() => {
  require("mqtt");
  setTimeout(require("core").start, 9);
}, 9);

/** `.bootcde`: starts the firmware. The board's `.boot0` has put the console away from the module's UART before. */
declare function require(name: string): { start(): void };

require("core").start();

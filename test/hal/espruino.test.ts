import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { it } from "node:test";

/** Puts the interpreter's globals that `makeWorld` names in their place, and gives back what it listens with. */
async function listener(): Promise<{ tell: (flags: string[]) => void; restarts: () => number }> {
  let restarts = 0;
  let tell: (flags: string[]) => void = () => {};
  const host = globalThis as unknown as Record<string, unknown>;
  host["global"] = { Serial1: { write: () => {} } };
  host["print"] = () => {};
  host["E"] = { reboot: () => restarts++, on: (_event: string, fn: typeof tell) => (tell = fn) };
  host["Modules"] = { getCached: () => [], removeCached: () => {} };
  host["boot"] = { file: () => undefined, module: () => undefined };
  host["require"] = (name: string): unknown =>
    name == "Storage" ? { read: () => '{"uart":"Serial1","uartOptions":{},"pins":{}}' } : createRequire(import.meta.url)(name);
  const { makeWorld } = await import("../../src/hal/espruino.ts");
  makeWorld();
  return { tell: (flags) => tell(flags), restarts: () => restarts };
}

it("restarts the board when listeners may be gone, and not for a warning", async () => {
  const { tell, restarts } = await listener();
  tell(["LOW_MEMORY", "FIFO_FULL"]);
  tell(["UART_OVERFLOW", "BUFFER_FULL"]);
  assert.equal(restarts(), 0);
  tell(["LOW_MEMORY", "CALLBACK"]);
  assert.equal(restarts(), 1);
  tell(["FIFO_FULL", "MEMORY"]);
  assert.equal(restarts(), 2);
});

/** UART sleep (Luat AT manual V1.6.3, CSCLK=2 and WAKETIM): what wakes the module loses its first characters. */
import type { Core } from "../core/core.ts";
import type { LuatState } from "./state.ts";

/** CSCLK: sleep by itself when the UART is idle. */
const AUTOMATIC = 2;

/** Returns what the module hears of bytes that arrive now. */
export function makeHearing(core: Core, state: LuatState): (bytes: Buffer) => Buffer {
  let lastAt = 0;
  return (bytes) => {
    const { settings } = state.session;
    const asleep = settings["+CSCLK"] === AUTOMATIC && core.now() - lastAt > settings["+WAKETIM"] * 1000;
    lastAt = core.now();
    return asleep ? bytes.subarray(core.settings.quirks.sleepLoss) : bytes;
  };
}

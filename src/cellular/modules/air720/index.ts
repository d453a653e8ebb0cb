/**
 * Luat Air720 (ASR1802, 2018): what `luat/` says, and this. Its TLS is inferred from its successor, the Air720U: no log of a
 * TLS connection of this generation is known.
 */
import type { ModemParts } from "../types";
import { luat } from "../luat/bringup";

export { request } from "../luat/http";
export { dialect } from "../luat/steady";

export const modem: ModemParts = luat({
  // RT-Thread's driver: 4 s to switch on, 2 s to switch off.
  powerKeyMs: 4000,
  powerOffKeyMs: 2000,
  // CSTT, CIICR and CIFSR come first.
  opensBearer: false,
  // No MPUBEX before firmware V907; both forms took 1360 bytes.
  maxPayloads: [1360, 1360],
});

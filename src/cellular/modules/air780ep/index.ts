/** Luat Air780EP (EC718P; firmware `AirM2M_780EP_V1007_LTE_AT` and later): what `luat/` says, and this. */
import type { ModemParts } from "../types";
import { luat } from "../luat/bringup";

export { request } from "../luat/http";
export { dialect } from "../luat/steady";

export const modem: ModemParts = luat({
  // Hardware guide: the key more than 1 s; application guides say 2 s.
  powerKeyMs: 2000,
  powerOffKeyMs: 2000,
  // AT: MQTT works as soon as CGATT says 1.
  opensBearer: true,
  // AT: MPUBEX 4100. MPUB: what the oldest relatives take.
  maxPayloads: [4100, 1360],
});

/** Air780EP: EC718P, firmware V1007 for AT commands. */
import { luatModel } from "../luat/model.ts";

export const air780ep = luatModel(
  {
    name: "Air780EP",
    firmware: "AirM2M_780EP_V1007_LTE_AT",
    bearerCid: 1,
    // Its own context serves MQTT, without CSTT and CIICR.
    dataCid: 1,
    cgregAct: true,
    tellsTime: true,
    autobaud: true,
  },
  {
    publishForms: "pubex",
    publishLimit: 4100,
    receiveLimit: 4100,
    // The log of V1007 has none; the manual does.
    fsmemNoOk: true,
  },
);

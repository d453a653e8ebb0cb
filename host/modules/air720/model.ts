/**
 * Air720 of 2018 (ASR1802), as one published log of December 2018 shows it. What that log does not show is as in its successors:
 * files and TLS above all (quirk `tls`).
 */
import { luatModel } from "../luat/model.ts";

export const air720 = luatModel(
  {
    name: "Air720",
    // The form is that of the Air720U; the number lies before the oldest in its change log, V584.
    firmware: "AirM2M_720_V500_LTE_AT",
    bearerCid: 5,
    // CIICR makes a context of its own: `+CGEV: ME PDN ACT 7`.
    dataCid: 7,
    cgregAct: false,
    tellsTime: false,
    autobaud: false,
  },
  {
    // CSTT, CIICR and CIFSR come before the first connection.
    strictPdp: true,
    // MPUBEX came with V907 of the successor.
    publishForms: "pub",
    publishLimit: 1360,
    receiveLimit: 1360,
    // PINGREQ came with V838 of the successor.
    pings: false,
    // Before V301833 of the successor.
    iccidFirstFails: true,
    fsReadHead: false,
    // The log has an empty line before some echoes.
    extraCrlf: true,
    // HTTP as in its successors: a bearer first, and a buffer as the 724 has it.
    httpBearer: "sapbr",
    httpBuffer: 319_488,
    httpDataLimit: 319_488,
    // The log has +UPGRADEIND: 0 and -1002.
    fotaNoise: true,
  },
);

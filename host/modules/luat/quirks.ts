/** Oddities of firmware of Luat modules. */

interface LuatQuirks {
  /**
   * Whether there are SSLCFG and SSLMIPSTART. For the Air720 of 2018 no log or manual shows TLS: that it has it, and how it
   * works, is inferred from its successors (Luat AT manual V1.6.3, SSLCFG).
   */
  tls: boolean;
  /** The module sends PINGREQ by itself (change log of the 724: since V838). */
  pings: boolean;
  /** Whether MPUBEX, where there is one, answers its test form. */
  mpubexTest: boolean;
  /** Published data is echoed even with echo off (change log of the 724, V301846). */
  echoData: boolean;
  /** How MQTTMSGSET is after a start. Guides say direct, an example of the manual starts with the cache. */
  messageMode: "direct" | "cached";
  /** Bytes of the longest message that is handed on; longer ones are lost. */
  receiveLimit: number;
  /** With MQTTMODE=1 received payloads are hexadecimal too; a driver assumes so, no log shows it. */
  msubHex: boolean;
  /** The IMEI in quotes, no blank behind `+ICCID:`. */
  vendorBuild: boolean;
  /** No line end behind CONNECT OK and behind the line of a card pulled out or put in (change logs: V1121, before V1161). */
  noCrlf: boolean;
  /** The first ICCID or CCID after a start fails (change log of the 724, before V301833). */
  iccidFirstFails: boolean;
  /** FSMEM ends without OK. */
  fsmemNoOk: boolean;
  /** FSCREATE of a file that is there. */
  fsCreateTwice: "error" | "ok";
  /** Whether there is FSREADHEAD. */
  fsReadHead: boolean;
  /** How the loss of the data connection is told; the manual has both. */
  pdpDeact: "+PDP: DEACT" | "+PDP DEACT";
  /** Whether a context that is lost is told by +CGEV; one published log has only what SAPBR tells. */
  cgevDeact: boolean;
  /** What a good CIPSHUT ends with; the manual and a log show both. */
  shutResult: "SHUT OK" | "OK";
  /** The search for new firmware, which fails, is told some time after the data connection is there. */
  fotaNoise: boolean;
  /** How +NITZ writes the end: an empty daylight saving, a number, or a year of four digits too. */
  nitzShape: "empty" | "number" | "long-year";
  /** Characters lost at the start of what wakes a sleeping module (CSCLK=2). */
  sleepLoss: number;
  /**
   * Bytes of the buffer for HTTP: 4096 on the build for AT commands, 131,072 on LSAT, 319,488 on the 724. HTTPDATA's body lies in it too.
   */
  httpBuffer: number;
  /** Bytes of the longest HTTPDATA: 3356, 130,048, 319,488. */
  httpDataLimit: number;
  /** A response that the buffer does not hold: status 602, or its beginning. The manual has 602. */
  httpOverflow: "602" | "cut";
  /** HTTP works as soon as any context is active, as a log of V1007 shows, or only over a bearer that SAPBR opened. */
  httpBearer: "any" | "sapbr";
  /** How HTTP commands are refused: +CME ERROR, or `ERROR:<n>` (the manual has a table of them, and no example). */
  httpErrors: "cme" | "numbered";
  /** HTTPACTION while one is running: refused, or told as status 604. */
  httpBusy: "refused" | "604";
  /** Where a URL names its port: behind the host, or behind the path, as the manual writes it. */
  httpPort: "host" | "path";
  /** +HTTPACTION comes twice (old firmware, for long bodies). */
  httpActionTwice: boolean;
  /** Whether there is HTTPGETTOFS (780E: since V1148). */
  httpGetToFs: boolean;
}

declare module "../quirks.ts" {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- an interface is added to this way only
  interface Quirks extends LuatQuirks {}
}

export const LUAT_QUIRKS: Readonly<LuatQuirks> = {
  tls: true,
  pings: true,
  mpubexTest: true,
  echoData: false,
  messageMode: "direct",
  receiveLimit: 4100, // Luat AT manual V1.6.3, MQTTMSGGET
  msubHex: false,
  vendorBuild: false,
  noCrlf: false,
  iccidFirstFails: false,
  fsmemNoOk: false,
  fsCreateTwice: "error",
  fsReadHead: true,
  pdpDeact: "+PDP: DEACT",
  cgevDeact: true,
  shutResult: "SHUT OK",
  fotaNoise: false,
  nitzShape: "empty",
  sleepLoss: 0,
  httpBuffer: 4096,
  httpDataLimit: 3356,
  httpOverflow: "602",
  httpBearer: "any",
  httpErrors: "cme",
  httpBusy: "refused",
  httpPort: "host",
  httpActionTwice: false,
  httpGetToFs: false,
};

/** The oddities of real firmware. What a model has by itself is in its folder; the rest is as here; options change any of it. */

/** Quectel: the best form of publishing that a firmware has; the ones after it in this list exist too. Luat: `pubex` has MPUBEX, `pub` only MPUB. */
export type PublishForm = "pubex" | "pub-length" | "pub-ctrlz" | "pub";

interface AnyModelQuirks {
  /** URCs may come between echo and answer. */
  urcDuringCmd: boolean;
  /** Some firmware leaves out the blank. */
  prompt: "> " | ">";
  /** The boot lines come twice. */
  dupBoot: boolean;
  /** The module restarts by itself, once, so many milliseconds after its first RDY. */
  rebootAt: number | null;
  /** Garbage before RDY. */
  bootNoise: boolean;
  /** An empty line before each echo. */
  extraCrlf: boolean;
  /** A command behind other characters on its line is found, answered by an error, or not answered. */
  beforeAt: "found" | "refused" | "ignored";
  /** What the host sends between a command and the prompt: it becomes data, or the module does not hear it. */
  beforePrompt: "kept" | "lost";
  /** So many bytes of each upload are lost on the way. */
  uplDrop: number;
  /** With echo on, published data is echoed too. */
  payloadEcho: boolean;
  /** Opening a connection does not activate a context by itself. */
  strictPdp: boolean;
  /** The broker's patience between TCP connection and CONNECT, milliseconds. */
  connectTimerMs: number;
  publishForms: PublishForm;
  /** Bytes, for one publish. */
  publishLimit: number;
  /** Characters in a command line. */
  lineLimit: number;
  /** Whether several commands may stand in one line, with `;` between them, as both manuals say. */
  joins: boolean;
  /** Whether the name that a server must have can be set: QSSLCFG's "sni", or whether SSLCFG's "hostname" reaches the greeting. */
  sni: boolean;
  /** With seclevel 2 and a client certificate or key that is not there: the handshake fails, or goes on without. No manual says. */
  clientFileMissing: "fails" | "unsent";
}

interface QuectelQuirks {
  /** Where URCs go until QURCCFG says otherwise. */
  urcport: "uart1" | "usbat";
  /** An empty line before +QFUPL. */
  uplCrlf: boolean;
  /** What QFLST answers to the name of a file that is not there: nothing but OK, or +CME ERROR: 405. */
  lstMissing: "ok" | "error";
  /** The last two lines of the boot. */
  bootOrder: "sms-first" | "pb-first" | "random";
  /** So many TLS connections, then every one fails until the power is cut. */
  degradeAfter: number | null;
  /** Whether QMTCFG knows "recv/mode". */
  recvMode: boolean;
  /** Whether "recv/mode" has its length flag. */
  recvLength: boolean;
  /** Bytes of the longest URL: 700 on firmware of the EC21's time, 2048 on newer ones. */
  httpUrlLimit: number;
  /** Whether there is QHTTPGETEX (newer firmware). */
  httpGetEx: boolean;
  /** Whether there is QHTTPSTOP (newer firmware). */
  httpStop: boolean;
  /** Whether QHTTPCFG has the items of newer firmware: custom_header, reqheader/add, auth and their like, content types 4 and 5. */
  httpNewItems: boolean;
  /** A request that the host writes for another path than that of QHTTPURL: it ends with 711, or is sent as it is. */
  httpRequestLine: "checked" | "sent";
  /** `<err>` of a TLS handshake that failed; logs have both. */
  httpTlsFail: 701 | 716;
  /** `<err>` of a response or body that does not come: 728 and 727, as the table of errors names them, or 702 for all. */
  httpTimeouts: "named" | "general";
  /** Milliseconds between the pieces of a body that QHTTPREAD puts out; 0: there are none. An EC21 paused for more than 10. */
  bodyGap: number;
}

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
  /** Bytes of the buffer for HTTP: 4096 on the build for AT commands, 131,072 on LSAT, 319,488 on the 724. HTTPDATA's body lies in it too. */
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

export type Quirks = AnyModelQuirks & QuectelQuirks & LuatQuirks;

export const QUIRKS: Readonly<Quirks> = {
  urcDuringCmd: true,
  prompt: "> ",
  dupBoot: false,
  rebootAt: null,
  bootNoise: false,
  extraCrlf: false,
  beforeAt: "found",
  beforePrompt: "kept",
  uplDrop: 0,
  payloadEcho: true,
  strictPdp: false,
  connectTimerMs: 30_000,
  publishForms: "pubex",
  publishLimit: 1548, // the range an EC2x names in its answer to AT+QMTPUB=?
  lineLimit: 2048,
  joins: true,
  sni: true,
  clientFileMissing: "fails",

  urcport: "uart1",
  uplCrlf: false,
  lstMissing: "ok",
  bootOrder: "sms-first",
  degradeAfter: null,
  recvMode: true,
  recvLength: true,
  httpUrlLimit: 700,
  httpGetEx: false,
  httpStop: false,
  httpNewItems: false,
  httpRequestLine: "checked",
  httpTlsFail: 701,
  httpTimeouts: "named",
  bodyGap: 12,

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

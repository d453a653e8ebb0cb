/** Oddities of firmware of Quectel modules. */

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

declare module "../quirks.ts" {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- an interface is added to this way only
  interface Quirks extends QuectelQuirks {}
}

export const QUECTEL_QUIRKS: Readonly<QuectelQuirks> = {
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
};

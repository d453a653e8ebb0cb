/** What an emulated module can be told: its SIM, its network, and the oddities of real firmware. */
import type { Clock } from "../runtime/clock.ts";

export type SimState = "ready" | "missing" | "pin" | "puk";

export interface SimOptions {
  state: SimState;
  /** Default "1234". */
  pin?: string;
  /** Default "12345678". */
  puk?: string;
  iccid?: string;
  imsi?: string;
}

/** What the network says in the end; `idle` is a module that does not search. */
export type Registration = "idle" | "home" | "searching" | "denied" | "unknown" | "roaming";

export interface NetworkOptions {
  /** 0..31 (dBm = -113 + 2 * rssi), 99 unknown. */
  rssi?: number;
  registration?: Registration;
  /** From a ready SIM to the registration, milliseconds. */
  registerMs?: number;
  operator?: string;
  /** MCC and MNC, digits. */
  plmn?: string;
  /** The one APN that is accepted, besides the empty one (the network's choice). Default: every APN is. */
  apn?: string;
  /** IPv4 address of an active context. */
  address?: string;
  dns?: readonly [string, string];
  /** The answer to QNWINFO after the prefix. */
  cell?: string;
  /** Whether the network gives the time when it registers the module. Default false: the clock stays at 1980. */
  nitz?: boolean;
  /** Unix seconds when the emulator's clock was 0. Default: the PC's time. */
  time?: number;
  /** Time zone, quarter hours. */
  zone?: number;
}

/** The best form of publishing that a firmware has; the ones after it in this list exist too. */
export type PublishForm = "pubex" | "pub-length" | "pub-ctrlz";

/** Oddities seen in real modules. */
export interface Quirks {
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
  /** Where URCs go until QURCCFG says otherwise. */
  urcport: "uart1" | "usbat";
  /** So many bytes of each upload are lost on the way. */
  uplDrop: number;
  /** An empty line before +QFUPL. */
  uplCrlf: boolean;
  /** What QFLST answers to the name of a file that is not there: nothing but OK, or +CME ERROR: 405. */
  lstMissing: "ok" | "error";
  /** The last two lines of the boot. */
  bootOrder: "sms-first" | "pb-first" | "random";
  /** So many TLS connections, then every one fails until the power is cut. */
  degradeAfter: number | null;
  /** With echo on, published data is echoed too. */
  payloadEcho: boolean;
  /** QMTOPEN without an active context fails instead of activating it. */
  strictPdp: boolean;
  /** The broker's patience between TCP connection and CONNECT, milliseconds. */
  connectTimerMs: number;
  publishForms: PublishForm;
  /** Bytes, for one publish. */
  publishLimit: number;
  /** Whether QMTCFG knows "recv/mode". */
  recvMode: boolean;
  /** Whether "recv/mode" has its length flag. */
  recvLength: boolean;
  /** Whether QSSLCFG knows "sni". */
  sni: boolean;
  /** Characters in a command line. */
  lineLimit: number;
}

export interface Address {
  host: string;
  port: number;
}

export interface ModemOptions {
  model: "ec20";
  clock: Clock;
  /** Of all randomness: delays, noise, chunks. */
  seed?: number;
  /** Output comes in pieces of 1 to `chunk` bytes. Default: as a UART driver reads it, up to 64. */
  chunk?: number;
  /** Garbage, empty lines and unknown URCs between what the module has to say; never inside a line or a payload. */
  noise?: boolean;
  /** 1: as long as a real module takes. 0: at once, but still through the clock. */
  latencyScale?: number;
  /** Starts when constructed, as with its power key tied low. Default false: it waits for the key. */
  poweredOn?: boolean;
  sim?: SimOptions;
  /** 15 digits. */
  imei?: string;
  network?: NetworkOptions;
  quirks?: Partial<Quirks>;
  /** Where a name and port of the firmware really are. Default: what they say, by the PC's name service. */
  resolve?: (host: string, port: number) => Address | "dns-failed";
}

export interface Settings {
  noise: boolean;
  chunk: number;
  latencyScale: number;
  imei: string;
  sim: Required<SimOptions>;
  network: Required<Omit<NetworkOptions, "apn" | "time">> & { apn: string | null; time: number };
  quirks: Quirks;
}

const QUIRKS: Quirks = {
  urcDuringCmd: true,
  prompt: "> ",
  dupBoot: false,
  rebootAt: null,
  bootNoise: false,
  extraCrlf: false,
  urcport: "uart1",
  uplDrop: 0,
  uplCrlf: false,
  lstMissing: "ok",
  bootOrder: "sms-first",
  degradeAfter: null,
  payloadEcho: true,
  strictPdp: false,
  connectTimerMs: 30_000,
  publishForms: "pubex",
  publishLimit: 1548, // the range an EC2x names in its answer to AT+QMTPUB=?
  recvMode: true,
  recvLength: true,
  sni: true,
  lineLimit: 2048,
};

/** Fills in what was left out. */
export function settle(options: ModemOptions): Settings {
  const { apn = null, time, ...network } = options.network ?? {};
  return {
    noise: options.noise ?? false,
    chunk: options.chunk ?? 0,
    latencyScale: options.latencyScale ?? 1,
    imei: options.imei ?? "861234567890126",
    sim: { pin: "1234", puk: "12345678", iccid: "89860025128306012474", imsi: "460001234567890", ...(options.sim ?? { state: "ready" }) },
    network: {
      rssi: 20,
      registration: "home",
      registerMs: 2500,
      operator: "CHINA MOBILE",
      plmn: "46000",
      address: "10.64.12.34",
      dns: ["211.136.17.107", "211.136.20.203"],
      cell: '"FDD LTE","46000","LTE BAND 3",1300',
      nitz: false,
      zone: 32,
      ...network,
      apn,
      time: time ?? (Date.now() - options.clock.now()) / 1000,
    },
    quirks: { ...QUIRKS, ...options.quirks },
  };
}

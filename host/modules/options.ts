/** What an emulated module can be told: its SIM, its network, and the oddities of real firmware. */
import type { Clock } from "../time/clock.ts";
import { QUIRKS, type Quirks } from "./quirks.ts";

export type { PublishForm, Quirks } from "./quirks.ts";

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
  /** From the start of the search for a network to the registration, milliseconds. Default: as the model. */
  registerMs?: number;
  operator?: string;
  /** MCC and MNC, digits. */
  plmn?: string;
  /** The one APN that is accepted, besides the empty one (the network's choice). Default: every APN is. */
  apn?: string;
  /** Tracking area and cell, hexadecimal as the module writes them. */
  place?: readonly [tac: string, cell: string];
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

export interface Address {
  host: string;
  port: number;
}

export interface ModemOptions {
  /** As `index.ts` lists them. */
  model: string;
  clock: Clock;
  /** Of all randomness: delays, noise, chunks. */
  seed?: number;
  /** Output comes in pieces of 1 to `chunk` bytes. Default: as a UART driver reads it, up to 64. */
  chunk?: number;
  /** Garbage, empty lines and unknown URCs between what the module has to say; never inside a line or a payload. */
  noise?: boolean;
  /** 1: as long as a real module takes. 0: at once, but still through the clock. */
  latencyScale?: number;
  /**
   * Starts when constructed. Default false: it waits for the key. An Air module is then one whose key is tied low, until somebody
   * moves the key: it cannot be kept off, and RESET restarts it (Air780EP hardware design, PWRKEY).
   */
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

/** What a model has where the options say nothing. */
export interface ModelDefaults {
  registerMs: number;
  quirks: Partial<Quirks>;
}

/** Fills in what was left out. */
export function settle(options: Omit<ModemOptions, "model">, model: ModelDefaults): Settings {
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
      registerMs: model.registerMs,
      operator: "CHINA MOBILE",
      plmn: "46000",
      place: ["D509", "80D413D"],
      address: "10.64.12.34",
      dns: ["211.136.17.107", "211.136.20.203"],
      cell: '"FDD LTE","46000","LTE BAND 3",1300',
      nitz: false,
      zone: 32,
      ...network,
      apn,
      time: time ?? (Date.now() - options.clock.now()) / 1000,
    },
    quirks: { ...QUIRKS, ...model.quirks, ...options.quirks } as Quirks,
  };
}

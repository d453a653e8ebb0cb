/**
 * What each module can do and what it tells: the one place of the conformance suite that knows a module by name. Sources: "EC2x MQTT
 * Application Note" V1.1 and "EC2x&EG9x&EG2x-G&EM05 AT Commands Manual" V2.0 (EC20); "AirM2M AT command manual" V1.6.3 and Luat's
 * application guides (Air780EP, Air720).
 */
import type { DeviceErrorName } from "../../src/api/device.ts";
import type { ModemOptions } from "../../host/modules/options.ts";
import type { RigOptions } from "../../host/rig/rig.ts";

/** The modules that the suite runs on. One that is listed and has no driver or emulator fails; none is passed over. */
export const MODELS = ["ec20", "air780ep", "air720"] as const;

/** One way of writing a publish. */
export interface PublishForm {
  name: string;
  /** Makes the emulated firmware one whose best form is this. */
  modem: NonNullable<RigOptions["modem"]>;
  /** Bytes. */
  maxPayload: number;
  /** Bytes that the form cannot carry; absent: it carries all. */
  cannot?: RegExp;
}

/** One way of getting messages. */
export interface ReceiveMode {
  name: string;
  options: RigOptions;
  /** What ends a message too early in this mode; absent: nothing does. */
  cannot?: RegExp;
  /** Messages that the module keeps; absent: it keeps none, so none is lost. */
  slots?: number;
}

/** A command with a result after its `OK`. */
export interface TwoStage {
  name: string;
  command: RegExp;
  /** The line that says it worked, and one that says it did not. */
  success: RegExp;
  failure: string;
  /** What the failure is reported as, and what the absence of any result is. */
  failed: DeviceErrorName;
  unanswered: DeviceErrorName;
}

/** What a test can do to a device; `reports` says how the module's firmware lets it be told. */
export type Trouble =
  | "unknown host"
  | "dead port"
  | "wrong CA"
  | "wrong name"
  | "expired"
  | "wrong password"
  | "not authorized"
  | "client id refused"
  | "service unavailable"
  | "broker says nothing";

export interface ModuleFacts {
  /** Milliseconds that the manual allows a simple command. */
  commandMs: number;
  forms: readonly PublishForm[];
  receiveModes: readonly ReceiveMode[];
  /** Bytes of the longest message that it hands over. */
  maxMessage: number;
  /** A received message as the module prints it, one character per byte. */
  message(topic: string, payload: string): string;
  /** Commands whose answer ends without a final result code. */
  bare: RegExp;
  /** Lines that come by themselves and must change nothing but what they tell. */
  urcs: readonly string[];
  twoStage: readonly TwoStage[];
  reports: Readonly<Record<Trouble, DeviceErrorName>>;
  /** How the module is put into a mode that waits for data: what is typed. */
  stuck: Readonly<Record<string, string>>;
  /** Rates it may have been left at, bit/s. */
  bauds: readonly number[];
  /** The line that says the module is being switched off. */
  goodBye: string;
  /** Its TLS has been seen at work; without that it is inferred from a relative. */
  tlsSeen: boolean;
}

export interface Module extends ModuleFacts {
  model: ModemOptions["model"];
}

/** MQTT: -1 is told for a dead port and every TLS failure alike, 4 for a name; the CONNACK's return code is told. */
const EC20: ModuleFacts = {
  commandMs: 1000,
  forms: [
    { name: "QMTPUBEX", modem: { quirks: { publishForms: "pubex" } }, maxPayload: 1548 },
    { name: "QMTPUB with length", modem: { quirks: { publishForms: "pub-length" } }, maxPayload: 1548 },
    { name: "QMTPUB ended by Ctrl-Z", modem: { quirks: { publishForms: "pub-ctrlz" } }, maxPayload: 1548, cannot: /[\x1a\x1b]/ },
  ],
  receiveModes: [
    { name: "with length", options: {} },
    { name: "without length", options: { modem: { quirks: { recvLength: false } } }, cannot: /"\r\n/ },
  ],
  bare: /^$/,
  // The note names no limit: as long as what it sends.
  maxMessage: 1548,
  message: (topic, payload) => `+QMTRECV: 0,0,"${topic}",${payload.length},"${payload}"`,
  urcs: [
    "+CFUN: 1",
    "+CPIN: READY",
    "+QUSIM: 1",
    "+QIND: SMS DONE",
    "+QIND: PB DONE",
    '+QIND: "csq",20,99',
    "+CREG: 1",
    '+CREG: 1,"D509","80D413D",7',
    "+CEREG: 1",
    '+CEREG: 1,"D509","80D413D",7',
    "+CGREG: 5",
    "+CGEV: NW MODIFY 1,2",
    '+QIURC: "dnsgip",0,1,600',
    "+CTZV: +32,0",
    "RING",
  ],
  twoStage: [
    {
      name: "QMTOPEN",
      command: /^AT\+QMTOPEN=/,
      success: /^\+QMTOPEN: 0,0$/,
      failure: "+QMTOPEN: 0,-1",
      failed: "connect-failed",
      unanswered: "connect-failed",
    },
    {
      name: "QMTCONN",
      command: /^AT\+QMTCONN=/,
      success: /^\+QMTCONN: 0,0,0$/,
      failure: "+QMTCONN: 0,2",
      failed: "connect-failed",
      unanswered: "connect-failed",
    },
    {
      name: "QMTSUB",
      command: /^AT\+QMTSUB=/,
      success: /^\+QMTSUB: 0,\d+,0,\d$/,
      failure: "+QMTSUB: 0,$id,2",
      failed: "connection-lost",
      unanswered: "connection-lost",
    },
    {
      name: "QMTPUBEX",
      command: /^AT\+QMTPUBEX=0,\d+,1/,
      success: /^\+QMTPUBEX: 0,\d+,0$/,
      failure: "+QMTPUBEX: 0,$id,2",
      failed: "connection-lost",
      unanswered: "connection-lost",
    },
  ],
  reports: {
    "unknown host": "dns-failed",
    "dead port": "connect-failed",
    "wrong CA": "connect-failed",
    "wrong name": "connect-failed",
    expired: "connect-failed",
    "wrong password": "credentials-refused",
    "not authorized": "credentials-refused",
    "client id refused": "client-id-refused",
    "service unavailable": "broker-unavailable",
    "broker says nothing": "connection-lost",
  },
  stuck: {
    "the bytes of an upload": 'AT+QFUPL="UFS:ca.pem",1163,60\r',
    "a text that Ctrl-Z ends": 'AT+QMTPUB=0,1,1,0,"stuck"\rhalf a payload',
    "the bytes of a publish": 'AT+QMTPUBEX=0,1,1,0,"stuck",1500\rhalf a payload',
  },
  bauds: [9600, 57600, 460800],
  goodBye: "POWERED DOWN",
  tlsSeen: true,
};

const MPUB: PublishForm = { name: "MPUB", modem: { quirks: { publishForms: "pub" } }, maxPayload: 1360, cannot: /[^\x20-\x7e\r\n]/ };

/** AT: `CONNECT FAIL` is told for name, port and TLS alike, `ERROR` for every refusal of the broker. */
const LUAT: ModuleFacts = {
  commandMs: 9000,
  forms: [{ name: "MPUBEX", modem: {}, maxPayload: 4100 }, MPUB],
  receiveModes: [
    { name: "direct", options: {} },
    // AT, MQTTMSGGET: four messages, the oldest is overwritten.
    { name: "cached", options: { product: { modem: { receive: "cached" } } }, slots: 4 },
  ],
  bare: /^AT\+(CIFSR|CIPSHUT)$/,
  // AT, MQTTMSGGET and MPUBEX.
  maxMessage: 4100,
  message: (topic, payload) => `+MSUB: "${topic}",${payload.length} byte,${payload}`,
  urcs: [
    "^MODE: 17,17",
    "+E_UTRAN Service",
    "+CGEV: ME PDN ACT 1",
    "+CGEV: NW MODIFY 5,2",
    "+NITZ: 24/08/22,07:27:15+32, ",
    "+UPGRADEIND: 0",
    "+UPGRADEIND: -1002",
    "+CPIN: READY",
    "+CREG: 1",
    '+CEREG: 1,"4844","0EA2D0CA",7',
    "+CGREG: 5",
    "SMS READY",
    "UART Boot Completed",
    "RING",
  ],
  twoStage: [
    {
      name: "SSLMIPSTART",
      command: /^AT\+SSLMIPSTART=/,
      success: /^CONNECT OK$/,
      failure: "CONNECT FAIL",
      failed: "connect-failed",
      unanswered: "connect-failed",
    },
    {
      name: "MCONNECT",
      command: /^AT\+MCONNECT=/,
      success: /^CONNACK OK$/,
      failure: "ERROR",
      failed: "credentials-refused",
      unanswered: "connect-failed",
    },
    {
      name: "MSUB",
      command: /^AT\+MSUB=/,
      success: /^SUBACK$/,
      failure: "CLOSED",
      failed: "connection-lost",
      unanswered: "connection-lost",
    },
    {
      name: "publish",
      command: /^AT\+MPUB(EX)?="[^"]*",1/,
      success: /^PUBACK$/,
      failure: "CLOSED",
      failed: "connection-lost",
      unanswered: "connection-lost",
    },
  ],
  reports: {
    "unknown host": "connect-failed",
    "dead port": "connect-failed",
    "wrong CA": "connect-failed",
    "wrong name": "connect-failed",
    expired: "connect-failed",
    "wrong password": "credentials-refused",
    "not authorized": "credentials-refused",
    "client id refused": "credentials-refused",
    "service unavailable": "credentials-refused",
    "broker says nothing": "connect-failed",
  },
  stuck: {
    "the bytes of a file": 'AT+FSWRITE="ca.pem",0,1163,60\r',
    "the bytes of a publish": 'AT+MPUBEX="stuck",1,0,1500\rhalf a payload',
  },
  bauds: [9600, 57600, 460800],
  goodBye: "NORMAL POWER DOWN",
  tlsSeen: true,
};

const FACTS: Readonly<Record<"ec20" | "air780ep" | "air720", ModuleFacts>> = {
  ec20: EC20,
  air780ep: LUAT,
  // No MPUBEX before firmware V907; TLS is inferred from the Air720U.
  air720: { ...LUAT, forms: [MPUB], maxMessage: 1360, tlsSeen: false },
};

export const modules: readonly Module[] = MODELS.map((model) => ({ model, ...FACTS[model] }));

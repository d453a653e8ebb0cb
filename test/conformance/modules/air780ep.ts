/** Air780EP. Sources: "AirM2M AT command manual" V1.6.3 (AT) and Luat's application guides. */
import type { ModuleFacts, PublishForm } from "../facts.ts";

export const MPUB: PublishForm = { name: "MPUB", modem: { quirks: { publishForms: "pub" } }, maxPayload: 1360, cannot: /[^\x20-\x7e\r\n]/ };

/** AT: `CONNECT FAIL` is told for name, port and TLS alike, `ERROR` for every refusal of the broker. */
export const FACTS: ModuleFacts = {
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
  upload: /^AT\+FSWRITE=/,
  verifies: '+SSLCFG="cacert"',
  convenience: /SSLCFG="ciphersuite"|UPGRADE/,
  bauds: [9600, 57600, 460800],
  goodBye: "NORMAL POWER DOWN",
  tlsSeen: true,
};

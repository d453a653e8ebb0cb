/** Luat Air780EP and Air720 (Luat AT command manual V1.6.3). */
import { isIP } from "node:net";
import { EXAMPLE, sendCa, sendExample } from "../by-hand.ts";
import type { Connection, Line, PemFile } from "../by-hand.ts";

/** SSL context of MQTT (SSLCFG). */
const CONTEXT = 88;

/** In what the modules of the family differ when they are connected by hand. */
export interface HandTraits {
  /** It has a connection by itself, with the network's APN; without it is told to make one. */
  ownBearer: boolean;
  /** The firmware of 2018 is known with the port between quotes, that of today without. */
  quotedPort: boolean;
  /** It has a command that publishes any bytes. */
  anyBytes: boolean;
}

export function luatLines(connection: Connection, { ownBearer, quotedPort, anyBytes }: HandTraits): Line[] {
  const { modem, cloud, topicBase } = connection;
  const start = cloud.tls ? "SSLMIPSTART" : "MIPSTART";
  const port = quotedPort ? `"${cloud.port}"` : cloud.port;
  return [
    { at: "AT+CGATT?", answer: "+CGATT: 1" },
    ...(ownBearer && !modem.apn ? [] : bearer(connection)),
    ...tls(connection),
    { at: config(connection), answer: "OK" },
    { at: `AT+${start}="${cloud.host}",${port}`, answer: "CONNECT OK", note: "go on at once: a silent connection is closed" },
    { at: `AT+MCONNECT=${cloud.cleanSession ? 1 : 0},${cloud.keepaliveS}`, answer: "CONNACK OK" },
    { at: `AT+MQTTMSGSET=${modem.receive == "cached" ? 1 : 0}`, answer: "OK" },
    { at: `AT+MSUB="${topicBase}/down",1`, answer: "SUBACK" },
    { at: `AT+MPUB="${topicBase}/up",1,0,"${EXAMPLE}"`, answer: "PUBACK" },
    ...(anyBytes
      ? [{ at: `AT+MPUBEX="${topicBase}/up",1,0,${EXAMPLE.length}`, answer: ">", send: sendExample("PUBACK"), note: "carries any bytes" }]
      : []),
  ];
}

function bearer({ modem: { apn, apnUser, apnPassword } }: Connection): Line[] {
  const login = apnUser ? `,"${apnUser}","${apnPassword}"` : "";
  return [
    { at: apn ? `AT+CSTT="${apn}"${login}` : "AT+CSTT", answer: "OK" },
    { at: "AT+CIICR", answer: "OK", note: "after 90 s at most" },
    { at: "AT+CIFSR", answer: "", note: "its IP address, without OK" },
  ];
}

function tls({ cloud, ca }: Connection): Line[] {
  if (!cloud.tls) return [];
  const item = (name: string, value: string | number): Line => ({ at: `AT+SSLCFG="${name}",${CONTEXT},${value}`, answer: "OK" });
  return [
    ...(ca ? upload(ca) : []),
    ...(ca ? [item("cacert", `"${ca.name}"`)] : []),
    item("seclevel", ca ? 1 : 0),
    // TLS 1.2 and nothing older.
    item("sslversion", 3),
    item("ciphersuite", "0XFFFF"),
    // An address is no name.
    item("hostname", isIP(cloud.host) ? "" : `"${cloud.host}"`),
    {
      ...item("ignorelocaltime", cloud.tls.checkDate == "always" ? 0 : 1),
      note: "with 1 dates are not checked, 0 needs a clock that is right",
    },
  ];
}

function upload(ca: PemFile): Line[] {
  return [
    { at: `AT+FSDEL="${ca.name}"`, answer: "OK", mayFail: true, note: "an error: there was none" },
    { at: `AT+FSCREATE="${ca.name}"`, answer: "OK" },
    { at: `AT+FSWRITE="${ca.name}",0,${ca.pem.length},20`, answer: ">", send: sendCa(ca, "OK") },
  ];
}

function config({ cloud: { will }, clientId, username, password, willTopic }: Connection): string {
  const last = will ? `,${will.qos},${will.retain ? 1 : 0},"${willTopic}","${will.payload}"` : "";
  return `AT+MCONFIG="${clientId}","${username}","${password}"${last}`;
}

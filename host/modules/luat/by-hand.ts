/** Luat Air780EP and Air720 (Luat AT command manual V1.6.3). */
import { isIP } from "node:net";
import { datesByHand, EXAMPLE, sendCa, sendExample, settled } from "../by-hand.ts";
import type { Connection, Line, PemFile } from "../by-hand.ts";
import { caFile, CONTEXTS, settings } from "./settings.ts";

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
    ...settled(settings.mqtt(modem, cloud)),
    ...(ownBearer && !modem.apn ? [] : bearer(connection)),
    ...tls(connection),
    { at: config(connection), answer: "OK" },
    { at: `AT+${start}="${cloud.host}",${port}`, answer: "CONNECT OK", note: "go on at once: a silent connection is closed" },
    // 0 would be refused; nothing is longer than 65535 s.
    { at: `AT+MCONNECT=${cloud.cleanSession ? 1 : 0},${cloud.keepaliveS || 65535}`, answer: "CONNACK OK" },
    { at: `AT+MSUB="${topicBase}/down",1`, answer: "SUBACK" },
    { at: `AT+MPUB="${topicBase}/up",1,0,"${EXAMPLE}"`, answer: "PUBACK" },
    ...(anyBytes
      ? [{ at: `AT+MPUBEX="${topicBase}/up",1,0,${EXAMPLE.length}`, answer: ">", send: sendExample("PUBACK"), note: "carries any bytes" }]
      : []),
  ];
}

function bearer({ modem }: Connection): Line[] {
  return [
    { at: modem.apn ? `AT+CSTT="${modem.apn}"${settings.login(modem)}` : "AT+CSTT", answer: "OK" },
    { at: "AT+CIICR", answer: "OK", note: "after 90 s at most" },
    { at: "AT+CIFSR", answer: "", note: "its IP address, without OK" },
  ];
}

function tls({ cloud, ca }: Connection): Line[] {
  if (!cloud.tls) return [];
  const item = (name: string, value: string | number): string => `+SSLCFG="${name}",${CONTEXTS.mqtt},${value}`;
  const { needed, mayRefuse } = settings.tls(cloud.tls, "mqtt");
  return [
    ...(ca ? upload(ca, caFile(cloud.tls.caChecksum)) : []),
    ...settled(needed),
    // An address is no name.
    ...settled([...mayRefuse, item("hostname", isIP(cloud.host) ? "" : `"${cloud.host}"`)]),
    ...datesByHand(cloud.tls, item("ignorelocaltime", 1)),
  ];
}

function upload(ca: PemFile, file: string): Line[] {
  return [
    { at: `AT+FSDEL=${file}`, answer: "OK", mayFail: true, note: "an error: there was none" },
    { at: `AT+FSCREATE=${file}`, answer: "OK" },
    { at: `AT+FSWRITE=${file},0,${ca.pem.length},20`, answer: ">", send: sendCa(ca, "OK") },
  ];
}

function config({ cloud: { will }, clientId, username, password, willTopic }: Connection): string {
  const last = will ? `,${will.qos},${will.retain ? 1 : 0},"${willTopic}","${will.payload}"` : "";
  return `AT+MCONFIG="${clientId}","${username}","${password}"${last}`;
}

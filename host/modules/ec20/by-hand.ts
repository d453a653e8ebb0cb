/** Quectel EC20 (EC2x MQTT Application Note V1.1, FILE AT Commands Manual, SSL Application Note). */
import { isIP } from "node:net";
import { EXAMPLE, sendCa, sendExample } from "../by-hand.ts";
import type { Connection, Line, PemFile } from "../by-hand.ts";

/** MQTT client and SSL context: any that are free. */
const CLIENT = 0;
const CONTEXT = 2;
const AUTH = { none: 0, pap: 1, chap: 2, "pap-chap": 3 } as const;

export function ec20Lines(connection: Connection): Line[] {
  const { cloud, clientId, username, password, topicBase } = connection;
  return [
    { at: "AT+CPIN?", answer: "+CPIN: READY" },
    { at: "AT+CEREG?", answer: "+CEREG: 0,1", note: "0,5 abroad" },
    ...bearer(connection),
    ...tls(connection),
    ...settings(connection),
    {
      at: `AT+QMTOPEN=${CLIENT},"${cloud.host}",${cloud.port}`,
      answer: `+QMTOPEN: ${CLIENT},0`,
      note: "go on at once: a silent connection is closed",
    },
    { at: `AT+QMTCONN=${CLIENT},"${clientId}","${username}","${password}"`, answer: `+QMTCONN: ${CLIENT},0,0` },
    { at: `AT+QMTSUB=${CLIENT},1,"${topicBase}/down",1`, answer: `+QMTSUB: ${CLIENT},1,0,1` },
    {
      at: `AT+QMTPUBEX=${CLIENT},2,1,0,"${topicBase}/up",${EXAMPLE.length}`,
      answer: ">",
      send: sendExample(`+QMTPUBEX: ${CLIENT},2,0`),
      note: `ERROR: this firmware wants AT+QMTPUB=${CLIENT},2,1,0,"${topicBase}/up" and a Ctrl-Z after the text`,
    },
  ];
}

function bearer({ modem }: Connection): Line[] {
  const { apn, apnUser, apnPassword, apnAuth } = modem;
  return [
    { at: `AT+QICSGP=1,1,"${apn}","${apnUser}","${apnPassword}",${AUTH[apnAuth]}`, answer: "OK" },
    { at: "AT+QIACT=1", answer: "OK", note: "after 150 s at most; ERROR: it is active already, AT+QIACT? shows its address" },
  ];
}

function tls({ cloud, ca }: Connection): Line[] {
  if (!cloud.tls) return [];
  const item = (name: string, value: string | number): Line => ({ at: `AT+QSSLCFG="${name}",${CONTEXT},${value}`, answer: "OK" });
  return [
    ...(ca ? upload(ca, cloud.tls.caChecksum) : []),
    ...(ca ? [item("cacert", `"UFS:${ca.name}"`)] : []),
    item("seclevel", ca ? 1 : 0),
    // TLS 1.2 and nothing older (SSL Application Note).
    item("sslversion", 3),
    item("ciphersuite", "0XFFFF"),
    item("sni", isIP(cloud.host) ? 0 : 1),
    {
      ...item("ignorelocaltime", cloud.tls.checkDate == "always" ? 0 : 1),
      note: "with 1 dates are not checked, 0 needs a clock that is right",
    },
  ];
}

function upload(ca: PemFile, checksum: string): Line[] {
  const { length } = ca.pem;
  return [
    { at: `AT+QFDEL="UFS:${ca.name}"`, answer: "OK", mayFail: true, note: "+CME ERROR: 405: there was none" },
    { at: `AT+QFUPL="UFS:${ca.name}",${length},100`, answer: "CONNECT", send: sendCa(ca, `+QFUPL: ${length},${checksum}`) },
  ];
}

function settings({ cloud, willTopic }: Connection): Line[] {
  const item = (name: string, ...values: (string | number)[]): Line => ({
    at: `AT+QMTCFG="${name}",${[CLIENT, ...values].join(",")}`,
    answer: "OK",
  });
  const { will } = cloud;
  return [
    item("recv/mode", 0, 1),
    item("version", 4),
    cloud.tls ? item("SSL", 1, CONTEXT) : item("SSL", 0),
    item("keepalive", cloud.keepaliveS),
    item("session", cloud.cleanSession ? 1 : 0),
    ...(will ? [item("will", 1, will.qos, will.retain ? 1 : 0, `"${willTopic}"`, `"${will.payload}"`)] : []),
  ];
}

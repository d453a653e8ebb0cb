/** Quectel EC20 (EC2x MQTT Application Note V1.1, FILE AT Commands Manual, SSL Application Note). */
import { isIP } from "node:net";
import { datesByHand, EXAMPLE, sendCa, sendExample, settled } from "../by-hand.ts";
import type { Connection, Line, PemFile } from "../by-hand.ts";
import { CLIENT, CONTEXTS, settings } from "./settings.ts";

export function ec20Lines(connection: Connection): Line[] {
  const { cloud, clientId, username, password, topicBase } = connection;
  return [
    { at: "AT+CPIN?", answer: "+CPIN: READY" },
    { at: "AT+CEREG?", answer: "+CEREG: 0,1", note: "0,5 abroad" },
    ...bearer(connection),
    ...tls(connection),
    ...mqtt(connection),
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
  return [
    { at: `AT+QICSGP=1,1,"${modem.apn}"${settings.login(modem)}`, answer: "OK" },
    { at: "AT+QIACT=1", answer: "OK", note: "after 150 s at most; ERROR: it is active already, AT+QIACT? shows its address" },
  ];
}

function tls({ cloud, ca }: Connection): Line[] {
  if (!cloud.tls) return [];
  const item = (name: string, value: string | number): string => `+QSSLCFG="${name}",${CONTEXTS.mqtt},${value}`;
  const { needed, mayRefuse } = settings.tls(cloud.tls, "mqtt");
  return [
    ...(ca ? upload(ca, cloud.tls.caChecksum) : []),
    ...settled(needed),
    ...settled([...mayRefuse, item("sni", isIP(cloud.host) ? 0 : 1)]),
    ...datesByHand(cloud.tls, item("ignorelocaltime", 1)),
  ];
}

function upload(ca: PemFile, checksum: string): Line[] {
  const { length } = ca.pem;
  return [
    { at: `AT+QFDEL="UFS:${ca.name}"`, answer: "OK", mayFail: true, note: "+CME ERROR: 405: there was none" },
    { at: `AT+QFUPL="UFS:${ca.name}",${length},100`, answer: "CONNECT", send: sendCa(ca, `+QFUPL: ${length},${checksum}`) },
  ];
}

function mqtt({ modem, cloud, willTopic }: Connection): Line[] {
  const { will } = cloud;
  const own = will ? [`+QMTCFG="will",${CLIENT},1,${will.qos},${will.retain ? 1 : 0},"${willTopic}","${will.payload}"`] : [];
  return settled([...settings.mqtt(modem, cloud), ...own]);
}

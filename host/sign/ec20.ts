/** Quectel EC20 (EC2x MQTT Application Note V1.1, FILE AT Commands Manual, SSL Application Note). */
import { moduleChecksum } from "../build/tls.ts";
import { EXAMPLE } from "./lines.ts";
import type { Connection, Line } from "./lines.ts";

/** MQTT client and SSL context: any that are free. */
const CLIENT = 0;
const CONTEXT = 2;
const AUTH = { none: 0, pap: 1, chap: 2, "pap-chap": 3 } as const;

export function ec20Lines(connection: Connection): Line[] {
  const { cloud, clientId, username, password, topicBase } = connection;
  return [
    { at: "AT+CPIN?", expect: "+CPIN: READY" },
    { at: "AT+CEREG?", expect: "+CEREG: 0,1 (or 0,5)" },
    ...bearer(connection),
    ...tls(connection),
    ...settings(connection),
    {
      at: `AT+QMTOPEN=${CLIENT},"${cloud.host}",${cloud.port}`,
      expect: `+QMTOPEN: ${CLIENT},0; go on at once, a silent connection is closed`,
    },
    { at: `AT+QMTCONN=${CLIENT},"${clientId}","${username}","${password}"`, expect: `+QMTCONN: ${CLIENT},0,0` },
    { at: `AT+QMTSUB=${CLIENT},1,"${topicBase}/down",1`, expect: `+QMTSUB: ${CLIENT},1,0,1` },
    {
      at: `AT+QMTPUBEX=${CLIENT},2,1,0,"${topicBase}/up",${EXAMPLE.length}`,
      expect: `> (the prompt), then send ${EXAMPLE}, then +QMTPUBEX: ${CLIENT},2,0; ERROR: this firmware has QMTPUB=${CLIENT},2,1,0,"${topicBase}/up" and a Ctrl-Z after the text`,
    },
  ];
}

function bearer({ modem }: Connection): Line[] {
  const { apn, apnUser, apnPassword, apnAuth } = modem;
  return [
    { at: `AT+QICSGP=1,1,"${apn}","${apnUser}","${apnPassword}",${AUTH[apnAuth]}`, expect: "OK" },
    { at: "AT+QIACT=1", expect: "OK, after 150 s at most; ERROR: it is active already (AT+QIACT? shows its address)" },
  ];
}

function tls({ cloud, ca }: Connection): Line[] {
  if (!cloud.tls) return [];
  const item = (name: string, value: string | number): Line => ({ at: `AT+QSSLCFG="${name}",${CONTEXT},${value}`, expect: "OK" });
  const file = ca && `UFS:${ca.name}`;
  return [
    ...(ca && file
      ? [
          { at: `AT+QFDEL="${file}"`, expect: "OK; +CME ERROR: 405: there was none" },
          {
            at: `AT+QFUPL="${file}",${ca.pem.length},100`,
            expect: `CONNECT, then send the ${ca.pem.length} bytes of ${ca.name} as they are, then +QFUPL: ${ca.pem.length},${moduleChecksum(ca.pem)}`,
          },
          item("cacert", `"${file}"`),
        ]
      : []),
    item("seclevel", ca ? 1 : 0),
    item("sslversion", 4),
    item("ciphersuite", "0xFFFF"),
    item("sni", 1),
    {
      ...item("ignorelocaltime", cloud.tls.checkDate == "always" ? 0 : 1),
      expect: "OK (1: dates are not checked; 0 needs a clock that is right)",
    },
  ];
}

function settings({ cloud, willTopic }: Connection): Line[] {
  const item = (name: string, ...values: (string | number)[]): Line => ({
    at: `AT+QMTCFG="${name}",${[CLIENT, ...values].join(",")}`,
    expect: "OK",
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

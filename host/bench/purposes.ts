/** What each command of a bring-up is for, by its name, or its name and first argument. Manuals: see `src/modem/`; 27.007 is 3GPP TS 27.007. */
import { nameOf } from "./session.ts";

const PURPOSES: Readonly<Record<string, string>> = {
  "": "does it answer at this rate?",
  E: "echo off: it would look like answers",
  CGMM: "model, for the log",
  CGMR: "firmware, for the log",
  CMEE: "errors as numbers, so that a failure has a name",
  IPR: "the wanted rate",
  W: "keeps the settings over a restart",
  GSN: "IMEI: client id and topics are made of it",
  CGSN: "IMEI: client id and topics are made of it",
  CTZU: "is the network's time written into the clock?",
  "CTZU=": "the network's time goes into the clock: certificates are checked by it",
  'QURCCFG="urcport"': "URCs come out of this UART?",
  QMTPUBEX: "form and longest payload of a publish",
  QMTPUB: "form and longest payload of a publish",
  UPGRADE: "no update of its own firmware over the air",
  MQTTMSGSET: "messages are handed over, or kept until they are fetched",
  MPUB: "the publish",
  MPUBEX: "does its firmware have this form of a publish?",
  CPIN: "is the SIM there, and open?",
  'CPIN="': "opens the SIM",
  QCCID: "ICCID, for the application",
  ICCID: "ICCID, for the application",
  CIMI: "IMSI: the operator's APN follows from it",
  CEREG: "registered on LTE?",
  "CEREG=": "changes of the registration are told: no polling",
  CGREG: "registered on 2G or 3G, for data?",
  CREG: "registered at all?",
  CSQ: "signal, for the application and for the failure's name",
  CCLK: "date, for certificates and the application",
  CGATT: "attached to the data network?",
  "CGATT=": "attaches to the data network",
  QICSGP: "APN as it is set",
  "QICSGP=1,": "sets the APN, where it differs",
  QIACT: "is the data connection up?",
  "QIACT=": "opens the data connection",
  QIDEACT: "closes a data connection that does not work",
  CSTT: "sets the APN",
  CIICR: "opens the data connection",
  CIFSR: "its address: the connection is up",
  SAPBR: "the bearer of the module's own services",
  QFLST: "is the CA certificate there, with its size?",
  QFDWL: "reads it back: is it ours?",
  QFDEL: "a file cannot be written over",
  QFUPL: "CA certificate into the module's flash, once",
  FSFLSIZE: "is the CA certificate there, with its size?",
  FSDEL: "a shorter file would keep the end of a longer one",
  FSCREATE: "a file must be made before it is written",
  FSWRITE: "CA certificate into the module's flash, once",
  'QSSLCFG="cacert"': "the CA that the broker is checked against",
  'QSSLCFG="seclevel"': "the server is verified",
  'QSSLCFG="ignorelocaltime"': "dates are checked as soon as the clock is known",
  'QSSLCFG="sslversion"': "TLS 1.2 and nothing older",
  'QSSLCFG="ciphersuite"': "every cipher that the module has",
  'QSSLCFG="sni"': "the broker's name is sent: several may share an address",
  'SSLCFG="cacert"': "the CA that the broker is checked against",
  'SSLCFG="seclevel"': "the server is verified",
  'SSLCFG="ignorelocaltime"': "dates are checked as soon as the clock is known",
  'SSLCFG="hostname"': "the broker's name is sent, and expected in its certificate",
  'SSLCFG="sslversion"': "TLS 1.2 and nothing older",
  'SSLCFG="ciphersuite"': "every cipher that the module has",
  'QMTCFG="version"': "MQTT 3.1.1",
  'QMTCFG="ssl"': "MQTT over the TLS settings above",
  'QMTCFG="keepalive"': "the product's keepalive",
  'QMTCFG="session"': "the product's clean session",
  'QMTCFG="recv/mode"': "messages come at once, with their length",
  'QMTCFG="will"': "the product's will",
  QMTOPEN: "TCP and TLS to the broker",
  QMTCONN: "MQTT CONNECT",
  QMTSUB: "MQTT SUBSCRIBE: the application's topic",
  QMTCLOSE: "a connection of an earlier life is closed",
  MCONFIG: "client id, user and password",
  SSLMIPSTART: "TCP and TLS to the broker",
  MIPSTART: "TCP to the broker",
  MCONNECT: "MQTT CONNECT",
  MSUB: "MQTT SUBSCRIBE: the application's topic",
};
/** The same command with arguments of its own is the publish itself. */
const PUBLISH = /^AT\+(QMTPUBEX|QMTPUB|MPUBEX|MPUB)=(0,\d+,|"[^"]*\/up")/;

/** Of a command line, joined commands included; `""`: not known. */
export function purposeOf(line: string): string {
  if (PUBLISH.test(line)) return "MQTT PUBLISH: the first message";
  return [...new Set(line.split(";").map(purposeOfOne))].filter(Boolean).join("; ");
}

function purposeOfOne(command: string): string {
  const name = nameOf(command);
  const rest = command.slice(command.indexOf(name) + name.length);
  // The longest beginning that is listed says most.
  const keys = Object.keys(PURPOSES).filter((key) => (name + rest).startsWith(key) && nameOf(key) == name);
  const [best] = keys.sort((a, b) => b.length - a.length);
  return best === undefined ? "" : (PURPOSES[best] as string);
}

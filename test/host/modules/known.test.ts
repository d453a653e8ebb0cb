/**
 * Every command that the references list for HTTP, TLS, MQTT and files is known to the emulated module: it never answers a plain
 * ERROR to it, which is what an unknown command gets. What is listed and not emulated is listed here too.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ModelName } from "../../../host/modules/find.ts";
import { booted, type Host, type HostOptions } from "./support.ts";

/** A line that the command takes, or refuses for a reason of its own; in an order in which each finds what it needs. */
const COMMANDS: Record<string, { model: ModelName; options?: HostOptions; lines: string[] }> = {
  "an EC20, newer firmware": {
    model: "ec20",
    options: { quirks: { httpGetEx: true, httpStop: true, httpNewItems: true } },
    lines: [
      "+QHTTPCFG?",
      ...["contextid", "requestheader", "responseheader", "sslctxid", "contenttype"].map((item) => `+QHTTPCFG="${item}"`),
      ...["rspout/auto", "closed/ind", "custom_header", "auth"].map((item) => `+QHTTPCFG="${item}"`),
      '+QHTTPCFG="reqheader/add","X","1"',
      '+QHTTPCFG="reqheader/remove","X"',
      ...["URL", "GET", "POST", "POSTFILE", "READ", "READFILE", "GETEX"].map((name) => `+QHTTP${name}=?`),
      ...["+QHTTPGET", "+QHTTPGET=60", "+QHTTPPOST=5", '+QHTTPPOSTFILE="a"', "+QHTTPREAD", "+QHTTPREAD=60", '+QHTTPREADFILE="a"'],
      "+QHTTPGETEX=60,0,5",
      "+QHTTPSTOP",
      ...["sslversion", "ciphersuite", "cacert", "clientcert", "clientkey", "seclevel", "ignorelocaltime", "negotiatetime", "sni"].map(
        (item) => `+QSSLCFG="${item}",2`,
      ),
      ...['+QFLDS="UFS"', "+QFLST", '+QFDEL="a"', '+QFDWL="a"', '+QFOPEN="a"', "+QFREAD=1", "+QFSEEK=1,0", "+QFPOSITION=1", "+QFCLOSE=1"],
      ...["QFUPL", "QFWRITE", "QMTOPEN", "QMTCONN", "QMTSUB", "QMTUNS", "QMTPUB", "QMTPUBEX", "QMTDISC", "QMTCLOSE", "QMTRECV"].map(
        (name) => `+${name}=?`,
      ),
      ...["version", "pdpcid", "ssl", "keepalive", "session", "timeout", "will", "recv/mode", "aliauth"].map(
        (item) => `+QMTCFG="${item}",0`,
      ),
    ],
  },
  "an Air780EP": {
    model: "air780ep",
    options: { quirks: { httpGetToFs: true } },
    lines: [
      ...["+SAPBR=1,1", "+SAPBR=2,1", "+HTTPINIT", "+HTTPSSL=0", "+HTTPSSL?", "+HTTPPARA?"],
      ...["CID", "URL", "UA", "PROIP", "PROPORT", "REDIR", "BREAK", "BREAKEND", "TIMEOUT", "CONTENT", "USER_DEFINED", "USERDATA"].map(
        (tag) => `+HTTPPARA="${tag}",1`,
      ),
      ...['+HTTPPARA="URL",""', "+HTTPDATA=0", "+HTTPACTION=0", '+HTTPGETTOFS=0,"a"', "+HTTPREAD=?", "+HTTPTERM", "+HTTPREAD", "+HTTPHEAD"],
      ...[
        "sslversion",
        "ciphersuite",
        "cacert",
        "clientcert",
        "clientkey",
        "seclevel",
        "hostname",
        "ignorelocaltime",
        "negotiatetimeout",
      ].map((item) => `+SSLCFG="${item}",153`),
      ...["clientrandom", "premaster", "verifymode"].map((item) => `+SSLCFG="${item}",88`),
      ...["MCONFIG", "MIPSTART", "SSLMIPSTART", "MCONNECT", "MSUB", "MUNSUB", "MPUB", "MPUBEX", "MQTTMSGSET", "MQTTMSGGET", "MQTTMODE"].map(
        (name) => `+${name}=?`,
      ),
      ...["+MQTTSTATU", "+MDISCONNECT", "+MIPCLOSE"],
      ...["FSCREATE", "FSWRITE", "FSREAD", "FSFLSIZE", "FSDEL", "FSLS", "FSMKDIR", "FSRMDIR", "FSDRIVE", "FSREADHEAD"].map(
        (name) => `+${name}=?`,
      ),
    ],
  },
};

/** Listed in the references without a syntax, or for a purpose that is not emulated. */
const NOT_EMULATED: Partial<Record<string, string[]>> = {
  ec20: ["+QNTP=?", "+QFOTADL=?", "+QIOPEN=?", "+QISEND=?", "+QSSLOPEN=?", "+QSSLSEND=?", "+QPING=?"],
  air780ep: ["+HTTPEXACTION=0", "+HTTPEXGET", "+HTTPEXPOST", "+CNTP", "+CNTPCID=1", "+CIPSTART=?", "+CIPSEND=?"],
  air720: [],
};

describe("the references' commands", () => {
  for (const [what, { model, options = {}, lines }] of Object.entries(COMMANDS)) {
    it(`are known to ${what}`, async () => {
      const host = await booted({ model, resolve: () => "dns-failed", ...options });
      for (const line of lines) assert.notEqual(await final(host, line), "ERROR", line);
      for (const line of NOT_EMULATED[model] ?? []) assert.equal(await final(host, line), "ERROR", line);
      await host.modem.close();
    });
  }
});

async function final(host: Host, line: string): Promise<string> {
  const lines = (await host.at(`AT${line}`)).split("\r\n");
  return lines.at(-2) as string;
}

/**
 * Quectel EC20 (EC2x family). Commands and limits: "EC2x&EG9x&EG2x-G&EM05 AT Commands Manual" V2.0 (AT), "EC2x MQTT
 * Application Note" V1.1 (MQTT), "FILE AT Commands Manual" (FILE), "TCP/IP Application Note" (TCP), "SSL AT Commands" (SSL).
 *
 * First what stays in memory (`dialect`), then what only brings the module up (`modem`): the build takes each into its own Storage module.
 */
import type { Command, Result } from "../api/at";
import type { WillConfig } from "../api/config";
import type { DeviceErrorName, Qos } from "../api/device";
import type { AtDialect, BringUp, MessageHead, Script, Session, Step, Verdict } from "../api/modem";
import { apnOf } from "./apn";
import type { ModemParts } from "./parts";
import { IN_STEP_MS, ask, because, has, inOneLine, must, numberIn, quote } from "./parts";
import { secure } from "./tls/ec20";

/** MQTT client and TLS context used. The manuals offer 0 to 5 of both. */
const CLIENT = 0;
const TLS_CONTEXT = 2;

// ---- steady state ----

/** MQTT: a packet is sent again every 5 s, 3 times, before the module reports failure. */
const MQTT_MS = 15000;
const MQTT_RESULT_MS = 25000;

function publish(session: Session, id: number, topic: string, payload: string, qos: Qos, retain: boolean): Command {
  // An empty payload has no length form: "1-1548" is the range of the test answer.
  const form = payload ? session.form : 2;
  const name = form ? "+QMTPUB" : "+QMTPUBEX";
  // MQTT: message id 0 belongs to QoS 0, and only to it.
  const ids = CLIENT + "," + (qos ? id : 0) + ",";
  return {
    at: "AT" + name + "=" + ids + qos + "," + (retain ? 1 : 0) + ',"' + topic + '"' + (form < 2 ? "," + payload.length : ""),
    data: form < 2 ? payload : payload + "\x1a",
    ms: MQTT_MS,
    // Result 1 says "sent again": the final 0 or 2 follows.
    lateLike: new RegExp("^\\" + name + ": " + ids + "[02]"),
    lateMs: MQTT_RESULT_MS,
  };
}

function published(result: Result): Verdict {
  if (result.error) return "connection-lost";
  return result.late.endsWith(",0") ? "" : "connection-lost";
}

function refuses(session: Session, topic: string, payload: string): string {
  if (/[\x00-\x1f"]/.test(topic)) return "a topic cannot hold quotes or control characters";
  if (payload.length > session.maxPayload) return payload.length + " bytes; this module takes " + session.maxPayload;
  if (session.form == 2 && /[\x1a\x1b]/.test(payload)) return "this module's firmware cannot send the bytes 0x1A and 0x1B";
  return "";
}

/** Old firmware: `+QMTRECV: <client>,<msgid>,"<topic>","<payload>"`. Without the length, the message ends at the first `"` CR LF. */
function oddHead(text: string): MessageHead | null {
  const head = /^\+QMTRECV: [0-9]+,[0-9]+,"([^"]*)","/.exec(text);
  if (!head) return null;
  const body = text.substr((head[0] as string).length).split(/"\r\n/);
  head[2] = "" + (body.length < 2 ? -1 : (body[0] as string).length);
  return head;
}

function subscribe(id: number, topic: string, qos: Qos): Command {
  const ids = CLIENT + "," + id + ",";
  return {
    at: "AT+QMTSUB=" + ids + '"' + topic + '",' + qos,
    ms: MQTT_MS,
    late: "+QMTSUB: " + ids,
    lateMs: MQTT_RESULT_MS,
  };
}

/** `<result>[,<granted>]`: granted 128 is the broker's refusal. */
function subscribed(result: Result): Verdict {
  if (result.late == "0,128") return "payload-refused";
  return result.error || result.late[0] == "2" ? "connection-lost" : "";
}

function unsubscribe(id: number, topic: string): Command {
  const ids = CLIENT + "," + id + ",";
  return { at: "AT+QMTUNS=" + ids + '"' + topic + '"', ms: MQTT_MS, late: "+QMTUNS: " + ids, lateMs: MQTT_RESULT_MS };
}

const DISCONNECT: Command = { at: "AT+QMTDISC=" + CLIENT, ms: 9000, late: "+QMTDISC: " + CLIENT + ",", lateMs: 30000 };

export const dialect: AtDialect = {
  urcs: {
    RDY: "rebooted",
    "POWERED DOWN": "powered-down",
    "+QMTSTAT": "connection-lost",
    "+QIURC": "bearer-lost",
    "+CEREG": "registration",
    "+CREG": "registration",
    "+CPIN": "sim",
  },
  messagePrefix: "+QMTRECV: ",
  // `+QMTRECV: <client>,<msgid>,"<topic>",<len>,"<payload>"`: payload bytes are raw.
  messageHead: /^\+QMTRECV: [0-9]+,[0-9]+,"([^"]*)",([0-9]+),"/,
  messageEnd: '"\r\n',
  oddHead: oddHead,
  publish: publish,
  published: published,
  refuses: refuses,
  subscribe: subscribe,
  subscribed: subscribed,
  unsubscribe: unsubscribe,
  signOff: DISCONNECT,
  signal: { at: "AT+CSQ", want: "+CSQ: ", ms: 1000 },
};

// ---- bring-up ----

/** Echo off first: it removes a whole class of ambiguities. Then errors as numbers, URCs on this port, the network's time, and who is there. */
function setUp(up: BringUp): Script {
  const info = up.info;

  const all = inOneLine(["+CMEE=1", "+CEREG=1", "+CREG=1", '+QURCCFG="urcport"', "+CTZU?", "+CGMM", "+CGMR", "+GSN"], (text) => {
    const names = text.split("\n").filter((line) => /^E[CG]\w+$/.test(line));
    info.model = names[0] || "";
    info.firmware = names[1] || "";
    info.imei = numberIn(text);
    // Topics and client id are made of it: garbage between the lines must not become one.
    if (info.imei.length != 15) return [IN_STEP_MS, all];
    // Kept in flash by the module, and so written only where they differ. CTZU 3: the network's time is written into the clock, as local time
    // with its zone.
    return !(/uart1/.test(text) && has(text, "+CTZU: 3")) && inOneLine(['+QURCCFG="urcport","uart1"', "+CTZU=3"]);
  });

  /** The test answer ends with the range of the length, if that form exists: `…,"topic",[(1-1548)]`. */
  function form(command: string, found: 0 | 1, next: Script): Step {
    return {
      at: "AT+" + command + "=?",
      want: "+" + command + ":",
      then: (r) => {
        const most = parseInt(r.text.split("-").pop() as string);
        const hasLength = most > 255;
        up.session.form = found && !hasLength ? 2 : found;
        // 1548: seen on EC2x-class firmware; the note gives no number.
        up.session.maxPayload = hasLength ? most : 1548;
        return r.error && next;
      },
    };
  }

  return ["ATE0", all, form("QMTPUBEX", 0, form("QMTPUB", 1, ""))];
}

/** AT: QIACT takes up to 150 s, QIDEACT 40 s; QIACT on an active context is an error, so it is read first. */
function attach(up: BringUp): Script {
  const config = up.product.modem;
  const apn = config.apn || apnOf(up.info.imsi);
  const auth = ["none", "pap", "chap", "pap-chap"].indexOf(config.apnAuth);
  // Read back without the context's number: `+QICSGP: 1,"apn","user","password",0`.
  const context = "1," + quote(apn) + "," + quote(config.apnUser) + "," + quote(config.apnPassword) + "," + auth;
  return [
    up.rung == "bearer" && { at: "AT+QIDEACT=1", ms: 40000 },
    inOneLine(["+QICSGP=1", "+QIACT?"], (text) => [
      !has(text, "+QICSGP: " + context) && must("+QICSGP=1," + context, "apn-refused"),
      !/QIACT: 1,1/.test(text) && ask("AT+QIACT=1", (r) => r.error && "apn-refused: " + quote(apn) + because(r), 150000),
    ]),
  ];
}

/** MQTT: QMTCFG before QMTOPEN; QMTCONN at once after it, or the broker closes. */
function connect(up: BringUp): Script {
  const cloud = up.product.cloud;
  const plan = up.plan;
  const will = cloud.will as WillConfig;
  const session = up.session;

  function set(item: string, value: string | number): string {
    return '+QMTCFG="' + item + '",' + CLIENT + "," + value;
  }

  const settings = [
    set("ssl", cloud.tls ? "1," + TLS_CONTEXT : 0),
    set("version", 4),
    set("keepalive", cloud.keepaliveS),
    set("session", cloud.cleanSession ? 1 : 0),
    // Push, with length. Old firmware has no length: then the head says so.
    set("recv/mode", "0,1"),
  ];
  if (will)
    settings.push(
      set("will", "1," + will.qos + "," + (will.retain ? 1 : 0) + "," + quote(plan.willTopic as string) + "," + quote(will.payload)),
    );

  /** -1: no connection, and every TLS failure; 1 parameter; 2 client in use; 3 PDP context; 4 DNS; 5 network. */
  function opened(r: Result): Script {
    session.opened = r.late == "0";
    if (session.opened) return;
    session.secured = "";
    if (r.late == "4") return "dns-failed: " + plan.host;
    return "connect-failed: " + plan.host + ":" + plan.port + ", QMTOPEN " + (r.late || r.error);
  }

  /** `<result>[,<CONNACK return code>]`: MQTT 3.1.1, table 3.1; 5 is told by some brokers for a wrong password. */
  function connected(r: Result): Script {
    const answer = r.late.split(",");
    const code = +(answer[2] || 0);
    if (answer[1] == "0" && !code) return;
    const names: DeviceErrorName[] = ["client-id-refused", "broker-unavailable", "credentials-refused", "credentials-refused"];
    return (names[code - 2] || "connect-failed") + ": QMTCONN " + (r.late.substr(10) || r.error);
  }

  const isFound = session.found;
  session.found = true;
  session.opened = false;
  return [
    isFound && { at: "AT+QMTCLOSE=" + CLIENT, ms: 9000, late: "+QMTCLOSE: " + CLIENT + ",", lateMs: 30000 },
    inOneLine(settings, undefined, "tls-failed", cloud.tls ? 1 : 0),
    {
      at: "AT+QMTOPEN=" + CLIENT + "," + quote(plan.host) + "," + plan.port,
      ms: 9000,
      late: "+QMTOPEN: " + CLIENT + ",",
      lateMs: 120000,
      then: opened,
    },
    {
      at:
        "AT+QMTCONN=" +
        CLIENT +
        "," +
        quote(plan.clientId) +
        (plan.username && "," + quote(plan.username) + (plan.password && "," + quote(plan.password))),
      ms: 9000,
      lateLike: /^\+QMTCONN: [0-9],[02]/,
      lateMs: 30000,
      then: connected,
    },
  ];
}

export const modem: ModemParts = {
  // AT: 300 ms for most.
  commandMs: 1000,
  simMs: 5000,
  cardNumber: "+QCCID",
  // Hardware design: PWRKEY at least 100 ms, 500 ms recommended; from 650 ms on a running module switches off.
  powerKeyMs: 600,
  powerOffKeyMs: 800,
  // RESET_N 150 to 460 ms.
  resetMs: 300,
  resetIsOff: false,
  restartCommand: "AT+CFUN=1,1",
  // AT, QPOWD: "POWERED DOWN" within 60 s.
  powerOff: "AT+QPOWD=1",
  powerOffSign: "",
  powerOffMs: 65000,
  // Measured on EG25-G: up to 30 s.
  readyMs: 32000,
  setUp: setUp,
  attach: attach,
  secure: (up) => secure(up, up.product.cloud.tls, up.plan.host, TLS_CONTEXT, up.identity),
  connect: connect,
  signOff: DISCONNECT,
};

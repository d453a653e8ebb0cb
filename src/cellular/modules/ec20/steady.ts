/**
 * Quectel EC20 (EC2x family), what stays in memory. Commands and limits: "EC2x MQTT Application Note" V1.1 (MQTT), "EC2x&EG9x&EG2x-G&EM05
 * AT Commands Manual" V2.0 (AT).
 */
import type { AtDialect, MessageHead } from "../../../api/channel";
import type { Command, Result } from "../../../api/command";
import type { Qos } from "../../../api/device";
import { Fault } from "../../../api/fault";
import { Signal } from "../../../api/link";
import type { Session } from "../../../api/link";
import { isDeactivated } from "../../bearer";
import { askRssi } from "../../rssi";

/** MQTT client used. The manual offers 0 to 5. */
export const CLIENT = 0;

/** AT: 300 ms for most. */
const COMMAND_MS = 1000;
/** Nobody acknowledged: whether network or server, is not told. */
const LOST = Fault.Network + "connection-lost";
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

function published(result: Result): string {
  return !result.error && result.late.endsWith(",0") ? "" : LOST;
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
function subscribed(result: Result): string {
  return result.error || result.late[0] == "2" ? LOST : "";
}

function unsubscribe(id: number, topic: string): Command {
  const ids = CLIENT + "," + id + ",";
  return { at: "AT+QMTUNS=" + ids + '"' + topic + '"', ms: MQTT_MS, late: "+QMTUNS: " + ids, lateMs: MQTT_RESULT_MS };
}

export const DISCONNECT: Command = { at: "AT+QMTDISC=" + CLIENT, ms: 9000, late: "+QMTDISC: " + CLIENT + ",", lateMs: 30000 };

export const dialect: AtDialect = {
  commandMs: COMMAND_MS,
  urcs: {
    RDY: Signal.Rebooted,
    "POWERED DOWN": Signal.PoweredDown,
    "+QMTSTAT": Signal.ConnectionLost,
    "+QIURC": Signal.BearerLost,
    "+CEREG": Signal.Registration,
    "+CREG": Signal.Registration,
    "+CPIN": Signal.Sim,
  },
  isBearerLost: isDeactivated,
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
  isRefused: (result) => result.late == "0,128",
  unsubscribe: unsubscribe,
  signOff: DISCONNECT,
  askRssi: (channel, then) => askRssi(channel, COMMAND_MS, then),
};

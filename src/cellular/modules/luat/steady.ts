/**
 * What Luat's modules (Air780EP, Air720, their relatives) have in common and what stays in memory. Commands and limits: "AirM2M AT command
 * manual" V1.6.3 for EC618/EC716/EC718 (AT).
 */
import type { AtDialect } from "../../../api/channel";
import type { Command, Result } from "../../../api/command";
import type { Qos } from "../../../api/device";
import { Fault } from "../../../api/fault";
import { Signal } from "../../../api/link";
import type { Session } from "../../../api/link";
import { isDeactivated } from "../../bearer";
import { askRssi } from "../../rssi";

/** AT: 9 s for every command that has no time of its own. */
export const COMMAND_MS = 9000;
/**
 * Nothing cancels data mode: ESC is data. It ends by itself; 5 s without input are documented for data without a length, with a length
 * nothing is said: as long as Quectel's 60 s, and a little.
 */
export const QUIET_MS = 65000;
const RESULT_MS = 25000;
/** Nobody acknowledged: whether network or server, is not told. */
const LOST = Fault.Network + "connection-lost";

/** Forms: 0 is `MPUBEX` with length, 1 is `MPUB` with escapes. An empty payload has no length form: 1 to 4100 are allowed. */
function publish(session: Session, _id: number, topic: string, payload: string, qos: Qos, retain: boolean): Command {
  const head = '="' + topic + '",' + qos + "," + (retain ? 1 : 0) + ",";
  const command: Command =
    session.form || !payload
      ? { at: "AT+MPUB" + head + '"' + escape(payload) + '"', ms: COMMAND_MS }
      : { at: "AT+MPUBEX" + head + payload.length, data: payload, ms: COMMAND_MS, quietMs: QUIET_MS };
  // It has no id: that there is one command at a time makes it ours.
  return qos ? awaiting(command, "PUBACK") : command;
}

/** AT, MPUB: a backslash and two upper-case digits stand for what would end the line or the text. */
function escape(text: string): string {
  return text.split("\\").join("\\5C").split('"').join("\\22").split("\r").join("\\0D").split("\n").join("\\0A");
}

function awaiting(command: Command, late: string): Command {
  command.late = late;
  command.lateMs = RESULT_MS;
  return command;
}

function published(result: Result): string {
  return result.error ? LOST : "";
}

function refuses(session: Session, topic: string, payload: string): string {
  if (/[\x00-\x1f"\\]/.test(topic)) return "a topic cannot hold quotes, backslashes or control characters";
  if (payload.length > session.maxPayload) return payload.length + " bytes; this module takes " + session.maxPayload;
  const other = session.form ? payload.replace(/[\x20-\x7e\r\n]/g, "") : "";
  if (other)
    return "this module's firmware sends printable ASCII, CR and LF, not the byte 0x" + ("0" + other.charCodeAt(0).toString(16)).substr(-2);
  return "";
}

function subscribe(_id: number, topic: string, qos: Qos): Command {
  return awaiting({ at: 'AT+MSUB="' + topic + '",' + qos, ms: COMMAND_MS }, "SUBACK");
}

/** The broker's refusal is not told; 767 is the module's word for "not connected". */
function isRefused(result: Result): boolean {
  return result.error == "refused" && result.code != 767;
}

function subscribed(result: Result): string {
  return result.error && !isRefused(result) ? LOST : "";
}

function unsubscribe(_id: number, topic: string): Command {
  return awaiting({ at: 'AT+MUNSUB="' + topic + '"', ms: COMMAND_MS }, "UNSUBACK");
}

export const DISCONNECT: Command = { at: "AT+MDISCONNECT", ms: COMMAND_MS, late: "CLOSED", lateMs: 5000 };

export const dialect: AtDialect = {
  commandMs: COMMAND_MS,
  urcs: {
    RDY: Signal.Rebooted,
    "NORMAL POWER DOWN": Signal.PoweredDown,
    CLOSED: Signal.ConnectionLost,
    "+PDP DEACT": Signal.BearerLost,
    "+PDP": Signal.BearerLost,
    "+CGEV": Signal.BearerLost,
    "+MSUB": Signal.Stored,
    "+CEREG": Signal.Registration,
    "+CREG": Signal.Registration,
    "+CPIN": Signal.Sim,
  },
  isBearerLost: isDeactivated,
  messagePrefix: "+MSUB: ",
  // `+MSUB: "<topic>",<n> byte,<payload>`: payload bytes are raw.
  messageHead: /^\+MSUB: "([^"]*)",([0-9]+) byte,/,
  messageEnd: "\r\n",
  // What was stored may come without quotes. `+MSUB: <slot>` announces a stored one; what follows it is another line.
  oddHead: (text) => /^\+MSUB: ([^",\r]*),([0-9]+) byte,/.exec(text),
  publish: publish,
  published: published,
  refuses: refuses,
  subscribe: subscribe,
  subscribed: subscribed,
  isRefused: isRefused,
  unsubscribe: unsubscribe,
  signOff: DISCONNECT,
  askRssi: (channel, then) => askRssi(channel, COMMAND_MS, then),
  fetch: { at: "AT+MQTTMSGGET", ms: COMMAND_MS },
};

/**
 * Quectel EC20 (EC2x family), what brings the module up. Commands and limits: "EC2x&EG9x&EG2x-G&EM05 AT Commands Manual" V2.0 (AT), "EC2x
 * MQTT Application Note" V1.1 (MQTT), "TCP/IP Application Note" (TCP).
 */
import type { BringUp } from "../../../api/bringup";
import type { Result } from "../../../api/command";
import type { WillConfig } from "../../../api/config";
import { Fault } from "../../../api/fault";
import { Rung } from "../../../api/link";
import type { Script, Step } from "../../../api/script";
import { apnOf } from "../../bringup/apn";
import { IN_STEP_MS, ask, because, has, inOneLine, must, numberIn, quote } from "../../bringup/commands";
import type { ModemParts } from "../types";
import { CLIENT, DISCONNECT } from "./steady";
import { secure } from "./tls";

/** TLS context used. The manual offers 0 to 5. */
const TLS_CONTEXT = 2;

/**
 * Echo off first: it removes a whole class of ambiguities. Then errors as numbers, URCs on this port, the network's time, and who is there.
 */
function setUp(up: BringUp): Script {
  const info = up.info;

  const all = inOneLine(["+CMEE=1", "+CEREG=1", "+CREG=1", '+QURCCFG="urcport"', "+CTZU?", "+CGMM", "+CGMR", "+GSN"], (text) => {
    const names = text.split("\n").filter((line) => /^E[CG]\w+$/.test(line));
    info.model = names[0] || "";
    info.firmware = names[1] || "";
    info.imei = numberIn(text);
    // Topics and client id are made of it: garbage between the lines must not become one.
    if (info.imei.length != 15) return [IN_STEP_MS, all];
    // Kept in flash by the module, and so written only where they differ. CTZU 3: the network's time is written into the clock,
    // as local time with its zone.
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
  // Read back without the context's number: `+QICSGP: 1,"apn","user","password",0`.
  const context = "1," + quote(apn) + config.login;
  return [
    up.rung == Rung.Bearer && { at: "AT+QIDEACT=1", ms: 40000 },
    inOneLine(["+QICSGP=1", "+QIACT?"], (text) => [
      !has(text, "+QICSGP: " + context) && must("+QICSGP=1," + context, Fault.Network + "apn-refused"),
      !/QIACT: 1,1/.test(text) && ask("AT+QIACT=1", (r) => r.error && Fault.Network + "apn-refused: " + quote(apn) + because(r), 150000),
    ]),
  ];
}

/** MQTT: QMTCFG before QMTOPEN; QMTCONN at once after it, or the broker closes. */
function connect(up: BringUp): Script {
  const cloud = up.product.cloud;
  const plan = up.plan;
  const will = cloud.will as WillConfig;
  const session = up.session;

  // The first of them is whether it is TLS.
  const settings = up.product.modem.settings.split(";");
  if (will)
    settings.push(
      '+QMTCFG="will",' +
        CLIENT +
        ",1," +
        will.qos +
        "," +
        (will.retain ? 1 : 0) +
        "," +
        quote(plan.willTopic as string) +
        "," +
        quote(will.payload),
    );

  /** -1: no connection, and every TLS failure; 1 parameter; 2 client in use; 3 PDP context; 4 DNS; 5 network. */
  function opened(r: Result): Script {
    session.opened = r.late == "0";
    if (session.opened) return;
    session.secured = "";
    if (r.late == "4") return Fault.Server + "dns-failed: " + plan.host;
    const isNetwork = r.late == "3" || r.late == "5";
    return (
      (isNetwork ? Fault.Network : Fault.Server) + "connect-failed: " + plan.host + ":" + plan.port + ", QMTOPEN " + (r.late || r.error)
    );
  }

  /** `<result>[,<CONNACK return code>]`: MQTT 3.1.1, table 3.1; 5 is told by some brokers for a wrong password. */
  function connected(r: Result): Script {
    const answer = r.late.split(",");
    const code = +(answer[2] || 0);
    if (answer[1] == "0" && !code) return;
    const causes = ["client-id-refused", "broker-unavailable", "credentials-refused", "credentials-refused"];
    return Fault.Server + (causes[code - 2] || "connect-failed") + ": QMTCONN " + (r.late.substr(10) || r.error);
  }

  const isFound = session.found;
  session.found = true;
  session.opened = false;
  return [
    isFound && { at: "AT+QMTCLOSE=" + CLIENT, ms: 9000, late: "+QMTCLOSE: " + CLIENT + ",", lateMs: 30000 },
    inOneLine(settings, undefined, Fault.Module + "tls-failed", cloud.tls ? 1 : 0),
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

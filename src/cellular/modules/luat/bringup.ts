/**
 * What brings up Luat's modules (Air780EP, Air720, their relatives). Commands and limits: "AirM2M AT command manual" V1.6.3 for
 * EC618/EC716/EC718 (AT), Luat application guides (GUIDE), Luat firmware change logs (LOG). A module's own folder says how it differs.
 */
import type { BringUp } from "../../../api/bringup";
import type { Result } from "../../../api/command";
import type { WillConfig } from "../../../api/config";
import { Rung } from "../../../api/link";
import type { Script, Step } from "../../../api/script";
import { Fault } from "../../../api/fault";
import { apnOf } from "../../bringup/apn";
import { IN_STEP_MS, ask, because, inOneLine, must, numberIn, quote } from "../../bringup/commands";
import type { ModemParts } from "../types";
import { DISCONNECT } from "./steady";
import { secure } from "./tls";

/** AT, SSLCFG: the context that belongs to MQTT. */
const TLS_CONTEXT = 88;

/** How one module differs from another. */
export interface Traits {
  /** Milliseconds the power key is held to switch on, and off. */
  powerKeyMs: number;
  powerOffKeyMs: number;
  /** The module makes its data connection itself, if the network's default access point will do. */
  opensBearer: boolean;
  /** Longest payload in bytes, by form. */
  maxPayloads: [number, number];
}

export function luat(traits: Traits): ModemParts {
  return {
    // AT: CPIN takes up to 180 s; who waits that long for a SIM has none.
    simMs: 20000,
    cardNumber: "+ICCID",
    powerKeyMs: traits.powerKeyMs,
    powerOffKeyMs: traits.powerOffKeyMs,
    // GUIDE: RESET_N low for more than 500 ms switches the hardware off.
    resetMs: 600,
    resetIsOff: true,
    restartCommand: "AT+RESET",
    powerOff: "AT+CPOWD=1",
    powerOffSign: "NORMAL POWER DOWN",
    powerOffMs: 10000,
    // GUIDE: a module that does not answer for 90 s is to be reset.
    readyMs: 90000,
    setUp: (up) => setUp(up, traits),
    attach: (up) => attach(up, traits),
    secure: (up) => secure(up, up.product.cloud.tls, up.plan.host, TLS_CONTEXT, up.identity),
    connect: connect,
    signOff: DISCONNECT,
  };
}

/** Echo off first: it removes a whole class of ambiguities. Then errors as numbers, and who is there. */
function setUp(up: BringUp, traits: Traits): Script {
  const info = up.info;

  // UPGRADE: it looks for firmware of its own every 24 h, and may install it.
  const settings = ["+CMEE=1", "+CEREG=1", "+CREG=1", '+UPGRADE="AUTO",0', up.product.modem.settings];
  const all = inOneLine(settings.concat("+CGSN", "+CGMR"), (text) => {
    // `+CGMR: "AirM2M_780EP_V1007_LTE_AT"`
    const firmware = /AirM2M_\w+/.exec(text);
    info.firmware = firmware ? (firmware[0] as string) : "";
    info.model = info.firmware.split("_")[1] || "";
    info.imei = numberIn(text);
    // Topics and client id are made of it: garbage between the lines must not become one.
    return info.imei.length != 15 && [IN_STEP_MS, all];
  });

  function form(found: 0 | 1): undefined {
    up.session.form = found;
    up.session.maxPayload = traits.maxPayloads[found];
  }

  return [
    "ATE0",
    all,
    // A connection of an earlier life: it may not even be a verified one. 767: there is none.
    up.session.found && "AT+MIPCLOSE",
    // Firmware without a test answer has the command all the same if it says "not connected" to it.
    ask("AT+MPUBEX=?", (r) => (r.error ? ask('AT+MPUBEX="t",0,0,1', (one) => form(one.code == 767 ? 0 : 1)) : form(0))),
  ];
}

/**
 * AT: CSTT takes up to 60 s, CIICR and CIPSHUT 90 s. CSTT is taken in the state "IP INITIAL" only, which CIPSHUT leads
 * back to. CIFSR answers with the address alone.
 */
function attach(up: BringUp, traits: Traits): Script {
  const config = up.product.modem;
  const session = up.session;
  const apn = config.apn || apnOf(up.info.imsi);
  const shutDown: Step = { at: "AT+CIPSHUT", ms: 90000, late: "SHUT OK", bare: true, lateMs: 1000 };
  let shut = 0;

  function refused(r: Result): Script {
    return r.error && Fault.Network + "apn-refused: " + quote(apn) + because(r);
  }

  function address(then: (r: Result) => Script): Step {
    return { at: "AT+CIFSR", lateLike: /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/, bare: true, lateMs: 1000, then: then };
  }

  const open: Step = ask(
    "AT+CSTT" + (apn && "=" + quote(apn) + config.login),
    (r) =>
      r.error
        ? // It is up from an earlier life, or has to be shut down.
          address((one) => one.error && (shut++ ? refused(one) : [shutDown, open]))
        : [ask("AT+CIICR", refused, 90000), address(refused)],
    60000,
  );

  // What an earlier connection left behind is in the way.
  const isAttached = up.rung == Rung.Bearer || session.attached;
  session.attached = true;
  return [isAttached && shutDown, !(traits.opensBearer && !config.apn) && open];
}

/** GUIDE: MCONNECT at once after `CONNECT OK`, or the broker closes. */
function connect(up: BringUp): Script {
  const cloud = up.product.cloud;
  const plan = up.plan;
  const will = cloud.will as WillConfig;
  const session = up.session;
  /** 767: it was closed already. */
  const close = "AT+MIPCLOSE";
  let occupied = 0;

  function credentials(): string {
    const user = plan.username || will ? "," + quote(plan.username) + "," + quote(plan.password) : "";
    if (!will) return user;
    return user + "," + will.qos + "," + (will.retain ? 1 : 0) + "," + quote(plan.willTopic as string) + "," + quote(will.payload);
  }

  /** A connection of an earlier life may be an unverified one: it is closed, once. */
  const open: Step = {
    at: "AT+" + (cloud.tls ? "SSL" : "") + "MIPSTART=" + quote(plan.host) + "," + plan.port,
    lateLike: /^[AC][A-Z]+ [A-Z]+$/,
    lateMs: 75000,
    then: (r) => {
      session.opened = r.late == "CONNECT OK";
      if (session.opened) return;
      if (r.late == "ALREADY CONNECT" && !occupied++) return [close, open];
      return Fault.Server + "connect-failed: " + plan.host + ":" + plan.port + ", " + (r.late || r.error) + because(r);
    },
  };

  /** The broker's reason is not told: `ERROR` for all of them. */
  function connected(r: Result): Script {
    if (!r.error) return;
    if (r.error == "refused" && r.code < 0)
      return Fault.Server + "credentials-refused: the module does not say why (client id, user, password or service)";
    return Fault.Server + "connect-failed: MCONNECT " + r.error + because(r);
  }

  const isOpen = session.opened;
  session.opened = false;
  return [
    isOpen && close,
    must("+MCONFIG=" + quote(plan.clientId) + credentials(), Fault.Module + "client-id-refused"),
    open,
    {
      // 0 would be refused; nothing is longer than 65535 s.
      at: "AT+MCONNECT=" + (cloud.cleanSession ? 1 : 0) + "," + (cloud.keepaliveS || 65535),
      late: "CONNACK OK",
      lateMs: 30000,
      then: connected,
    },
  ];
}

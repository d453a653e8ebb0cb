/**
 * The cold module `up`: scripts from a dark module to an MQTT connection. What is alike on all modules (3GPP TS 27.007, 27.005)
 * stands here and in `power.ts`; the rest in the dialect. Loaded when the link goes down, dropped when it is up.
 */
import { modem } from "#product";
import type { BringUp } from "../../api/bringup";
import { Fault } from "../../api/fault";
import { LinkState, Rung } from "../../api/link";
import type { Script, Step } from "../../api/script";
import { authorizing, fulfil } from "../../cloud/authorize";
import { dbmOf } from "../rssi";
import { unixTimeOf } from "./clock";
import { ask, because, has, inOneLine, numberIn, quote } from "./commands";
import { mayTryPin, pinFailed, pinWorked } from "./pin";
import { powering } from "./power";

/** A SIM needs a moment after power-on, and says "not inserted" until then. */
const SIM_MS = 12000;
/** A URC of the SIM, or of the registration, ends a wait: these are for firmware that says nothing. */
const SIM_POLL_MS = 1000;
const SEARCH_POLL_MS = 5000;
/** Ends a slice: the UART is served before the next. */
const BREATH_MS = 1;
/** So long after the registration a network is given to tell the time (Air780EP: 83 ms). */
const NETWORK_TIME_MS = 1000;
/** A denial is believed when it stands this long: it also shows up for a moment while networks are searched. */
const DENIED_MS = 15000;
const SEARCH_MS = 120000;
/** So long after CONNACK the cloud sends what it was connected for: then it closes (Aliyun: 15 s). */
const PUSH_MS = 16000;

let state = LinkState.Powering;
/** When the module was found registered, `World.now`. */
let registered = 0;
/** The connection was made for what the device is to connect with, and gave it. */
let isRegistered = false;

export function begin(theState: LinkState, up: BringUp): Script {
  const scripts = [powering, modem.setUp, sim, registering, modem.attach, authorized, modem.secure, connecting];
  state = theState;
  isRegistered = false;
  return (scripts[state - LinkState.Powering] as (up: BringUp) => Script)(up);
}

export function after(): LinkState {
  return isRegistered ? LinkState.Authorizing : state + 1;
}

function sim(up: BringUp): Script {
  const pin = up.identity.simPin;
  let asked = 0;

  const state: Step = ask(
    "AT+CPIN?",
    (r) => {
      if (/: READY/.test(r.text)) return;
      if (/SIM PIN/.test(r.text) || r.code == 11) {
        if (!pin) return Fault.Sim + "sim-pin: the identity has none";
        return mayTryPin(up.world, pin) ? enter : Fault.Sim + "sim-pin: this PIN was refused before";
      }
      if (/SIM PUK/.test(r.text) || r.code == 12) return Fault.Sim + "sim-puk: the SIM is blocked";
      return up.elapsedMs() < SIM_MS ? [SIM_POLL_MS, state] : Fault.Sim + "sim-missing: no SIM" + because(r);
    },
    modem.simMs,
  );

  const enter: Step = ask(
    "AT+CPIN=" + quote(pin || ""),
    (r) => {
      if (r.error) {
        pinFailed(up.world);
        return Fault.Sim + "sim-pin: the SIM refused the PIN" + because(r);
      }
      pinWorked(up.world);
      return state;
    },
    modem.simMs,
  );

  const card = inOneLine([modem.cardNumber, "+CIMI"], (text) => {
    const iccid = /CCID: *(\w+)/.exec(text);
    // 19 digits are padded with an F.
    up.info.iccid = iccid ? (iccid[1] as string).replace(/F$/, "") : "";
    up.info.imsi = numberIn(text);
    // Some firmware refuses the first question after its start (Luat change log, V301833).
    return !iccid && !asked++ && card;
  });

  return [
    // 27.007: minimum functionality and back restarts the radio and the SIM. 15 s on EC2x, 45 s on Air.
    up.rung == Rung.Radio && [
      { at: "AT+CFUN=0", ms: 45000 },
      { at: "AT+CFUN=1", ms: 45000 },
    ],
    state,
    card,
  ];
}

/** Everything that tells about the network in one question. */
function registering(up: BringUp): Script {
  const network = inOneLine(["+CEREG?", "+CGREG?", "+CREG?", "+CGATT?", "+CSQ", "+CCLK?"], (text) => {
    const csq = /CSQ: ([0-9]+)/.exec(text);
    up.info.rssiDbm = csq ? dbmOf(csq[1] as string) : null;
    readClock(up, text);
    // Read answers have two numbers; the URC of the same name has one, or one and a quoted text. LTE, then 2G and 3G: at home (1) or
    // roaming (5); 6, 7, 9 and 10 carry data on LTE too.
    if (/REG: [0-9],[15679]0*[,\n]/.test(text + "\n")) {
      registered = up.world.now();
      // Refused or not: on LTE who is registered is attached. 140 s on EC2x, 108 s on Air.
      return !has(text, "+CGATT: 1") && { at: "AT+CGATT=1", ms: 140000 };
    }
    if (up.elapsedMs() < (/REG: [0-9],3/.test(text) ? DENIED_MS : SEARCH_MS)) return [SEARCH_POLL_MS, network];
    return Fault.Network + (up.info.rssiDbm === null ? "no-signal" : "registration-denied");
  });
  return network;
}

/** Who it is, and the time: certificates can be checked by their dates as soon as the network has told it. */
function authorized(up: BringUp): Script {
  const cloud = up.product.cloud;
  const tls = cloud.tls;

  function clock(): Script {
    return (
      up.unixTime() === null && [
        Math.max(BREATH_MS, registered + NETWORK_TIME_MS - up.world.now()),
        ask("AT+CCLK?", (r) => readClock(up, r.text)),
      ]
    );
  }

  // A token that ends is signed with the time; else the time to sign is time that the network has to tell it.
  return [cloud.signsTime && clock, authorizing(up), () => !!tls && tls.checkDate == "auto" && clock()];
}

function registrationDone(): undefined {
  isRegistered = true;
}

/** The connection; and if it is made for what the cloud sends, that, the good-bye, and back to `authorizing`. */
function connecting(up: BringUp): Script {
  up.pushed = "";
  const awaited = up.plan.awaited;
  if (!awaited) return modem.connect(up);
  return [
    modem.connect(up),
    () => !up.pushed && PUSH_MS,
    () => (up.pushed ? fulfil(up, awaited(up.pushed)) : Fault.Server + "timeout: the cloud sent nothing"),
    modem.signOff,
    registrationDone,
  ];
}

function readClock(up: BringUp, answer: string): undefined {
  const now = unixTimeOf(answer);
  if (now !== null) up.setUnixTime(now);
}

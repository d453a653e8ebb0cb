/**
 * The cold module `up`: scripts from a dark module to an MQTT connection. What is alike on all modules (3GPP TS 27.007, 27.005)
 * stands here and in `power.ts`; the rest in the dialect. Loaded when the link goes down, dropped when it is up.
 */
import { modem } from "#product";
import type { OnenetConfig } from "../../api/config";
import type { BringUp } from "../../api/bringup";
import type { BringUpState, LinkState } from "../../api/link";
import type { Script, Step } from "../../api/script";
import { authorizing, follow } from "../../cloud/authorize";
import { begin as run } from "../../script/runner";
import { unixTimeOf } from "./clock";
import { ask, because, has, inOneLine, numberIn, quote } from "./commands";
import { mayTryPin, pinFailed, pinWorked } from "./pin";
import { powering } from "./power";

export { next } from "../../script/runner";

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

const STATES = "powering setting-up sim registering attaching authorizing securing connecting subscribing".split(" ") as LinkState[];

let state = 0;
/** When the module was found registered, `World.now`. */
let registered = 0;
/** The connection was made for what the device is to connect with, and gave it. */
let isRegistered = false;

export function begin(name: BringUpState, up: BringUp): Step | string {
  state = STATES.indexOf(name);
  isRegistered = false;
  const scripts = [powering, modem.setUp, sim, registering, modem.attach, authorized, modem.secure, connecting];
  return run(() => (scripts[state] as (up: BringUp) => Script)(up), modem.commandMs);
}

export function after(): LinkState {
  return isRegistered ? "authorizing" : (STATES[state + 1] as LinkState);
}

function sim(up: BringUp): Script {
  const pin = up.identity.simPin;
  let asked = 0;

  const state: Step = ask(
    "AT+CPIN?",
    (r) => {
      if (/: READY/.test(r.text)) return;
      if (/SIM PIN/.test(r.text) || r.code == 11) {
        if (!pin) return "sim-pin: the identity has none";
        return mayTryPin(up.world, pin) ? enter : "sim-pin: this PIN was refused before";
      }
      if (/SIM PUK/.test(r.text) || r.code == 12) return "sim-puk: the SIM is blocked";
      return up.elapsedMs() < SIM_MS ? [SIM_POLL_MS, state] : "sim-missing: no SIM" + because(r);
    },
    modem.simMs,
  );

  const enter: Step = ask(
    "AT+CPIN=" + quote(pin || ""),
    (r) => {
      if (r.error) {
        pinFailed(up.world);
        return "sim-pin: the SIM refused the PIN" + because(r);
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
    up.rung == "radio" && [
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
    up.info.rssiDbm = dbmOf(text);
    readClock(up, text);
    // Read answers have two numbers; the URC of the same name has one, or one and a quoted text. LTE, then 2G and 3G: at home (1) or roaming (5);
    // 6, 7, 9 and 10 carry data on LTE too.
    if (/REG: [0-9],[15679]0*[,\n]/.test(text + "\n")) {
      registered = up.world.now();
      // Refused or not: on LTE who is registered is attached. 140 s on EC2x, 108 s on Air.
      return !has(text, "+CGATT: 1") && { at: "AT+CGATT=1", ms: 140000 };
    }
    if (up.elapsedMs() < (/REG: [0-9],3/.test(text) ? DENIED_MS : SEARCH_MS)) return [SEARCH_POLL_MS, network];
    return up.info.rssiDbm === null ? "no-signal" : "registration-denied";
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
  return [(cloud as OnenetConfig).tokenMinutes && clock, authorizing(up), () => !!tls && tls.checkDate == "auto" && clock()];
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
    () => (up.pushed ? follow(up, awaited(up.pushed)) : "timeout: the cloud sent nothing"),
    modem.signOff,
    registrationDone,
  ];
}

function readClock(up: BringUp, answer: string): undefined {
  const now = unixTimeOf(answer);
  if (now !== null) up.setUnixTime(now);
}

/** 27.007, CSQ: -113 dBm + 2 n; 99 (or 199) is unknown; 100 to 191 are the TD-SCDMA range (EC2x AT manual). */
function dbmOf(answer: string): number | null {
  const found = /CSQ: ([0-9]+)/.exec(answer);
  const rssi = found ? parseInt(found[1] as string) : 99;
  if (rssi <= 31) return 2 * rssi - 113;
  return rssi >= 100 && rssi <= 191 ? rssi - 216 : null;
}

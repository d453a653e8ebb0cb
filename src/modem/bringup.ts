/**
 * The cold module `up`: scripts from a dark module to an MQTT connection. What is alike on all modules (3GPP TS 27.007, 27.005)
 * stands here and in `power.ts`; the rest in the dialect. Loaded when the link goes down, dropped when it is up.
 */
import { modem } from "#modem";
import type { Result } from "../api/at";
import type {
  Authorization,
  BringUp,
  BringUpState,
  CloudModule,
  ConnectPlan,
  HashModule,
  HttpModule,
  LinkState,
  Script,
  Step,
} from "../api/modem";
import { unixTimeOf } from "./clock";
import { ask, because, has, inOneLine, numberIn, quote } from "./parts";
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

/** Storage file with what a cloud wants to be kept. */
const KEPT = "secret";

const STATES = "powering setting-up sim registering attaching authorizing securing connecting subscribing".split(" ") as LinkState[];

let state = 0;
/** What is still to be done, and the step in hand. */
let script: Script[];
let step: Step;
/** When the module was found registered, `World.now`. */
let registered = 0;
/** The connection was made for what the device is to connect with, and gave it. */
let isRegistered = false;

export function begin(name: BringUpState, up: BringUp): Step | string {
  state = STATES.indexOf(name);
  isRegistered = false;
  const scripts = [powering, modem.setUp, sim, registering, modem.attach, authorizing, modem.secure, connecting];
  script = [];
  return proceed(() => (scripts[state] as (up: BringUp) => Script)(up));
}

export function next(result: Result): Step | string {
  return proceed(() => step.then && step.then(result));
}

export function after(): LinkState {
  return isRegistered ? "authorizing" : (STATES[state + 1] as LinkState);
}

/** Up to the next step, the script's end or a failure. */
function proceed(part: Script): Step | string {
  try {
    for (;;) {
      if (Array.isArray(part)) {
        script = part.concat(script);
        part = "";
      } else if (typeof part == "function") part = part();
      else if (!part) {
        if (!script.length) return "";
        part = script.shift();
      } else if (typeof part == "number") part = { waitMs: part };
      else if (typeof part != "string") break;
      else if (part.startsWith("AT")) part = { at: part };
      else return part;
    }
  } catch (e) {
    return "payload-refused: " + e;
  }
  step = part;
  // Each further command of a line is given a second.
  if (step.at && !step.ms) step.ms = modem.commandMs + (step.at.split(";").length - 1) * 1000;
  return step;
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

/** Asks the cloud's module where to connect and as whom, unless the last answer still holds. */
function authorizing(up: BringUp): Script {
  const world = up.world;
  if (up.plan && world.now() < (up.plan.until as number)) return;
  const cloud = world.load("cloud") as CloudModule;
  return [BREATH_MS, () => follow(up, cloud.authorize(up, world.read(KEPT) || "", ("" + world.random()).substr(2, 6)))];
}

/** Does what a cloud wants, until it has its plan or cannot go on. */
function follow(up: BringUp, wish: Authorization): Script {
  const world = up.world;

  function go(reply: string): Script {
    return [BREATH_MS, () => follow(up, (wish.then as (reply: string) => Authorization)(reply))];
  }

  if (wish.toSign) return sign(up, wish.toSign, go);
  if (wish.request) {
    const http = world.load("http-client") as HttpModule;
    return http.request(up, wish.request, (reply) => {
      world.drop("http-client");
      return go(reply.body);
    });
  }
  if (wish.toKeep) {
    world.save(KEPT, wish.toKeep, 0, wish.toKeep.length);
    if (world.read(KEPT) == wish.toKeep) return go("");
    // What differs must not be taken for a secret later: bits of flash can always be cleared.
    world.save(KEPT, "\0", 0, wish.toKeep.length);
    return "storage-failed: what was written differs; check: free space in flash";
  }
  // Who awaits something says later what it means.
  if (!wish.plan || !wish.plan.awaited) world.drop("cloud");
  return wish.plan ? planned(up, wish.plan) : wish.error;
}

/** Hashes in slices, with the UART served in between. */
function sign(up: BringUp, wanted: [string, string], then: (signature: string) => Script): Script {
  const hash = up.world.load("hash") as HashModule;
  /** The same step each time: a list would cost as much as a tenth of the slice. */
  const signing: Step = {
    waitMs: BREATH_MS,
    then: () => {
      const signature = hash.step();
      if (!signature) return signing;
      up.world.drop("hash");
      return then(signature);
    },
  };
  return [BREATH_MS, () => void hash.begin(wanted[0], wanted[1]), signing];
}

function planned(up: BringUp, plan: ConnectPlan): Script {
  const world = up.world;
  const tls = up.product.cloud.tls;
  up.plan = plan;
  if (plan.validMs) plan.until = world.now() + plan.validMs;
  if (!tls || tls.insecure) up.log("tls: " + (tls ? "insecure" : "none; the connection is plain TCP") + ", the server is NOT verified");
  // Certificates can be checked by their dates as soon as the network has told the time.
  return (
    !!tls &&
    tls.checkDate == "auto" &&
    up.unixTime() === null && [
      Math.max(BREATH_MS, registered + NETWORK_TIME_MS - world.now()),
      ask("AT+CCLK?", (r) => readClock(up, r.text)),
    ]
  );
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
    modem.disconnect,
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

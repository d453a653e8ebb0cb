/**
 * The cold module `up`: scripts from a dark module to an MQTT connection. What is alike on all modules (3GPP TS 27.007, 27.005)
 * stands here and in `power.ts`; the rest in the dialect. Loaded when the link goes down, dropped when it is up.
 */
import { modem } from "#modem";
import type { Result } from "../api/at";
import type { BringUp, BringUpState, CloudModule, HashModule, LinkState, Next, Phase, Step } from "../api/modem";
import { apnOf } from "./apn";
import { readClock } from "./clock";
import { always, ask, askLike, because, onlyDigits } from "./parts";
import { mayTryPin, pinFailed, pinWorked } from "./pin";
import { powering } from "./power";

/** A SIM needs a moment after power-on, and says "not inserted" until then. */
const SIM_MS = 12000;
const POLL_MS = 1000;
/** So long after the registration a network is given to tell the time (Air780EP: 1.7 s after CFUN=1). */
const NETWORK_TIME_MS = 4000;
/** A denial is believed when it stands this long: it also shows up for a moment while networks are searched. */
const DENIED_MS = 15000;

export function phase(state: BringUpState, up: BringUp): Phase {
  switch (state) {
    case "powering":
      return powering(up, modem);
    case "setting-up":
      return modem.settingUp(up);
    case "sim":
      return sim(up);
    case "registering":
      return registering(up);
    case "attaching":
      return modem.attaching(up, up.product.modem.apn || apnOf(up.info.imsi));
    case "authorizing":
      return authorizing(up);
    case "securing":
      return modem.securing(up);
    default:
      return modem.connecting(up);
  }
}

export function after(state: BringUpState, up: BringUp): LinkState {
  const order: LinkState[] = [
    "powering",
    "setting-up",
    "sim",
    "registering",
    "attaching",
    "authorizing",
    "securing",
    "connecting",
    "subscribing",
  ];
  const next = order[order.indexOf(state) + 1] as LinkState;
  return next == "securing" && !up.product.cloud.tls ? "connecting" : next;
}

function sim(up: BringUp): Phase {
  const pin = up.identity.simPin;
  let asked = 0;

  function step(i: number): Step {
    switch (i) {
      case 0:
        // 27.007: minimum functionality and back restarts the radio and the SIM. 15 s on EC2x, 45 s on Air.
        return up.rung == "radio" ? always("AT+CFUN=0", 1, 45000) : ask("AT+CPIN?", "+CPIN: ", modem.simMs, state);
      case 1:
        return always("AT+CFUN=1", 2, 45000);
      case 2:
        return ask("AT+CPIN?", "+CPIN: ", modem.simMs, state);
      case 3:
        return { waitMs: POLL_MS, then: () => 2 };
      case 4:
        return ask('AT+CPIN="' + pin + '"', "", modem.simMs, (r) => {
          if (r.error) {
            pinFailed(up.world);
            return "sim-pin: the SIM refused the PIN; it will not be tried again" + because(r);
          }
          pinWorked(up.world, pin as string);
          return 2;
        });
      case 5:
        return ask(modem.iccid, modem.iccidPrefix, modem.simMs, (r) => {
          // Some firmware refuses the first question after its start (Luat change log, V301833).
          if (r.error && !asked++) return 5;
          // 19 digits are padded with an F.
          up.info.iccid = r.text.replace("F", "").trim();
          return 6;
        });
      default:
        return askLike("AT+CIMI", onlyDigits, modem.simMs, (r) => {
          up.info.imsi = r.text;
          return "";
        });
    }
  }

  function state(r: Result): Next {
    if (r.text.startsWith("READY")) return 5;
    if (r.text.startsWith("SIM PIN") || r.code == 11) {
      if (!pin) return "sim-pin: the SIM wants a PIN, and the identity has none";
      if (!onlyDigits.test(pin)) return "sim-pin: the identity's PIN is not a number";
      return mayTryPin(up.world, pin) ? 4 : "sim-pin: this PIN was refused before; it will not be tried again";
    }
    if (r.text.startsWith("SIM PUK") || r.code == 12) return "sim-puk: the SIM is blocked";
    if (up.elapsedMs() < SIM_MS) return 3;
    return "sim-missing: " + (r.text || "no SIM") + because(r);
  }

  return { limitMs: 180000, limitError: "sim-missing", step: step };
}

/** Registered at home (1) or roaming (5); 6, 7, 9 and 10 carry data on LTE too. */
function registering(up: BringUp): Phase {
  const domains = ["+CEREG", "+CGREG", "+CREG"];
  let domain = 0;
  let denied = false;

  function step(i: number): Step {
    const name = domains[domain] as string;
    switch (i) {
      case 0:
        // The URC ends the wait below at once.
        return always("AT+CEREG=1", 1, modem.commandMs);
      case 1:
        // Read answers have two numbers; the URC of the same name has one, or one and a quoted text.
        return askLike("AT" + name + "?", new RegExp("^\\" + name + ": [0-9],[0-9]"), modem.commandMs, status);
      case 2:
        return ask("AT+CSQ", "+CSQ: ", modem.commandMs, (r) => {
          up.info.rssiDbm = dbmOf(r.text);
          return 3;
        });
      case 3:
        return { waitMs: POLL_MS, then: waited };
      case 4:
        return ask("AT+CSQ", "+CSQ: ", modem.commandMs, (r) => {
          up.info.rssiDbm = dbmOf(r.text);
          return 5;
        });
      default:
        return readClock(up, modem.commandMs, "");
    }
  }

  function status(r: Result): Next {
    const value = r.text.substr(r.text.indexOf(",") + 1);
    const number = parseInt(value);
    if ([1, 5, 6, 7, 9, 10].indexOf(number) >= 0) return 4;
    if (number == 3) denied = true;
    // LTE first; a module that fell back to 2G or 3G says so elsewhere.
    if (++domain < domains.length) return 1;
    domain = 0;
    return 2;
  }

  function waited(): Next {
    const isDenied = denied;
    denied = false;
    return isDenied && up.elapsedMs() > DENIED_MS ? "registration-denied: the network refuses this SIM" : 1;
  }

  return {
    limitMs: 120000,
    get limitError() {
      return up.info.rssiDbm === null ? "no-signal" : "registration-denied";
    },
    step: step,
  };
}

/** Asks the cloud's module where to connect and as whom. What it wants signed is hashed in slices, with the UART served in between. */
function authorizing(up: BringUp): Phase {
  const world = up.world;
  const cloud = world.load("cloud") as CloudModule;
  let hash: HashModule | null = null;
  let wanted: [string, string] | null = null;
  let reply = "";

  function next(): Next {
    // Loading, beginning and each step are slices of their own.
    if (wanted) {
      (hash as HashModule).begin(wanted[0], wanted[1]);
      wanted = null;
      return 0;
    }
    if (hash) {
      reply = hash.step();
      if (!reply) return 0;
      hash = null;
      world.drop("hash");
    }
    const wish = cloud.authorize(up.product, up.identity, up.info, reply);
    if (wish.sign) {
      wanted = wish.sign;
      hash = world.load("hash") as HashModule;
      return 0;
    }
    world.drop("cloud");
    if (!wish.plan) return wish.error as string;
    up.plan = wish.plan;
    const tls = up.product.cloud.tls;
    if (!tls) up.log("tls: none; the connection is plain TCP, the server is NOT verified");
    else if (tls.insecure) up.log("tls: the server is NOT verified (insecure)");
    return tls && tls.checkDate == "auto" ? 1 : "";
  }

  /** The network may tell the time a moment after the registration; certificates can then be checked by their dates. */
  function time(): Next {
    return up.unixTime() !== null || up.elapsedMs() > NETWORK_TIME_MS ? "" : 2;
  }

  function step(i: number): Step {
    if (!i) return { waitMs: 0, then: next };
    if (i == 2) return readClock(up, modem.commandMs, 3);
    return { waitMs: i == 1 ? 0 : POLL_MS, then: time };
  }

  return { limitMs: 180000, limitError: "timeout", step: step };
}

/** 27.007, CSQ: -113 dBm + 2 n; 99 (or 199) is unknown; 100 to 191 are the TD-SCDMA range (EC2x AT manual). */
function dbmOf(answer: string): number | null {
  const rssi = parseInt(answer);
  if (rssi >= 0 && rssi <= 31) return 2 * rssi - 113;
  return rssi >= 100 && rssi <= 191 ? rssi - 216 : null;
}

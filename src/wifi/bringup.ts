/** The cold module `up-wifi`: scripts from a board without network to an MQTT connection over its Wi-Fi. */
import type { BringUp, BringUpState, LinkState, Script, Step } from "../api/modem";
import { authorizing } from "../up/authorize";
import { begin as run } from "../up/steps";
import * as mqtt from "./index";

export { next } from "../up/steps";

/** Joining: three tries of the board and an address by DHCP. */
const JOIN_MS = 45000;
const OPEN_MS = 30000;
const CONNACK_MS = 30000;
/** Storage file with a certificate of nobody: whoever connects in spite of it does not verify. */
const WRONG_CA = "wrong-ca";
/** 3.2.2.3: return codes from 1 on. */
const CODES = ["connect-failed", "client-id-refused", "broker-unavailable", "credentials-refused", "credentials-refused"];

const STATES = "powering attaching authorizing securing connecting subscribing".split(" ") as LinkState[];

let state = 0;

export function begin(name: BringUpState, up: BringUp): Step | string {
  // What only a 4G module goes through is the beginning here.
  state = Math.max(0, STATES.indexOf(name));
  const scripts = [powering, attaching, authorizing, securing, connecting];
  return run(() => (scripts[state] as (up: BringUp) => Script)(up), 0);
}

export function after(): LinkState {
  return STATES[state + 1] as LinkState;
}

/** Nothing to be switched on; but what was joined is left if joining it again may help. */
function powering(up: BringUp): undefined {
  if (up.rung != "mqtt") mqtt.leave();
}

function attaching(up: BringUp): Script {
  const wifi = up.identity.wifi;
  const info = up.info;
  info.model = "wifi";
  // What names a device that its identity does not name: here the board's own number.
  info.imei = up.world.serial();
  up.session.maxPayload = 1;
  if (mqtt.joined) return;
  return {
    at: "join",
    run: (done) => mqtt.join(wifi ? wifi.ssid : "", wifi ? wifi.password : "", done),
    ms: JOIN_MS,
    then: (r) => {
      const why = r.late || r.error;
      if (why)
        return (
          (/NO_AP/.test(why) ? "no-signal" : "registration-denied") + ": the Wi-Fi network said " + why + "; look at wifi in the identity"
        );
      mqtt.rssi((dbm) => void (info.rssiDbm = dbm));
    },
  };
}

/** `ca`: name of a Storage file; absent: the server is not verified. */
function open(up: BringUp, ca: string | undefined, then: (failure: string) => Script): Step {
  const config = up.product.cloud;
  return {
    at: "open",
    run: (done) =>
      mqtt.connect({ host: up.plan.host, port: up.plan.port, tls: !!config.tls, ca: ca && up.world.read(ca) }, config.keepaliveS, done),
    ms: OPEN_MS,
    then: (r) => then(r.late || (r.error && "timeout")),
  };
}

/** The interpreter's TLS is only believed to verify if it refuses a server whose certificate somebody else signed. */
function securing(up: BringUp): Script {
  const tls = up.product.cloud.tls;
  if (!tls || tls.insecure || up.session.secured) return;
  return open(up, WRONG_CA, (failure) => {
    mqtt.drop();
    if (!failure) return "tls-failed: this interpreter does not verify servers; use the 4G module, or insecure: true if you accept that";
    up.session.secured = "probed";
  });
}

function connecting(up: BringUp): Script {
  const config = up.product.cloud;
  const plan = up.plan;
  const tls = config.tls;
  return [
    open(up, tls && !tls.insecure ? tls.ca : undefined, (failure) => {
      if (!failure) return;
      const name = /locate|not found/.test(failure) ? "dns-failed" : /SSL|tls|handshake/.test(failure) ? "tls-failed" : "connect-failed";
      return name + ": " + plan.host + ":" + plan.port + ", " + failure;
    }),
    {
      at: "CONNECT",
      // Built when it is needed, and not before.
      data: mqtt.connectPacket(plan, config.keepaliveS, config.cleanSession, config.will),
      late: "2",
      ms: CONNACK_MS,
      then: (r) => {
        if (r.late == "0") return;
        return r.error || !(+r.late > 0)
          ? "connection-lost: " + (r.late || r.error) + " while connecting: a broker may refuse client id, user or password so"
          : (CODES[+r.late - 1] || "connect-failed") + ": CONNACK " + r.late;
      },
    },
  ];
}

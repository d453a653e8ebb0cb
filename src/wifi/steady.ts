/** How the link speaks to the board's own MQTT client. */
import type { Command, Result } from "../api/command";
import type { Qos } from "../api/device";
import type { Dialect, Verdict } from "../api/channel";
import type { Session } from "../api/link";
import type { Identity, WifiConfig } from "../api/config";
import type { World } from "../api/world";
import * as mqtt from "./index";

/** Milliseconds for a broker's acknowledgement: as the 4G modules have it. */
const ACK_MS = 25000;
/** Longest payload, in bytes: as the Luat modules take. */
const PAYLOAD_LIMIT = 4100;

function acknowledged(result: Result): Verdict {
  return result.error ? "connection-lost" : "";
}

export const dialect: Dialect = {
  publish: (_session: Session, id: number, topic: string, payload: string, qos: Qos, retain: boolean): Command => ({
    at: "PUBLISH",
    data: mqtt.publish(id, topic, payload, qos, retain),
    late: qos ? "4," + id : "",
    ms: ACK_MS,
  }),
  published: acknowledged,
  refuses: (_session, _topic, payload) =>
    payload.length > PAYLOAD_LIMIT ? payload.length + " bytes; at most " + PAYLOAD_LIMIT + " are sent" : "",
  subscribe: (id, topic, qos) => ({ at: "SUBSCRIBE", data: mqtt.subscribe(id, topic, qos), late: "9," + id, ms: ACK_MS }),
  // 3.9.3: 128 is failure.
  subscribed: (result) => (result.late == "128" ? "payload-refused" : acknowledged(result)),
  unsubscribe: (id, topic) => ({ at: "UNSUBSCRIBE", data: mqtt.unsubscribe(id, topic), late: "11," + id, ms: ACK_MS }),
  signOff: { at: "DISCONNECT", data: mqtt.DISCONNECT, ms: ACK_MS },
  // As `+CSQ` says it: (dBm + 113) / 2.
  signal: { at: "RSSI", run: (done) => mqtt.rssi((dbm) => done("" + ((dbm + 113) >> 1))), ms: 1000 },
};

/** Whether its network is there: its radio is another one than the 4G module's, and can be tried beside a session over that. */
export function isThere(world: World, then: (isThere: boolean) => void): void {
  const network = (JSON.parse(world.read("identity") || "{}") as Identity).wifi || ({} as WifiConfig);
  mqtt.join(network.ssid, network.password, (failure) => then(!failure));
}

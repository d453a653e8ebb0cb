/** How the link speaks to the board's own MQTT client. */
import type { Packet, Result } from "../api/command";
import type { Qos } from "../api/device";
import type { Dialect } from "../api/channel";
import { Fault } from "../api/fault";
import type { Session } from "../api/link";
import type { Identity, WifiConfig } from "../api/config";
import type { World } from "../api/world";
import * as mqtt from "./index";

/** Milliseconds for a broker's acknowledgement: as the 4G modules have it. */
const ACK_MS = 25000;
/** Longest payload, in bytes: as the Luat modules take. */
const PAYLOAD_LIMIT = 4100;

function acknowledged(result: Result): string {
  return result.error ? Fault.Network + "connection-lost" : "";
}

export const dialect: Dialect = {
  commandMs: ACK_MS,
  publish: (_session: Session, id: number, topic: string, payload: string, qos: Qos, retain: boolean): Packet => ({
    bytes: mqtt.publish(id, topic, payload, qos, retain),
    ack: qos ? "4," + id : "",
    ms: ACK_MS,
  }),
  published: acknowledged,
  refuses: (_session, _topic, payload) =>
    payload.length > PAYLOAD_LIMIT ? payload.length + " bytes; at most " + PAYLOAD_LIMIT + " are sent" : "",
  subscribe: (id, topic, qos) => ({ bytes: mqtt.subscribe(id, topic, qos), ack: "9," + id, ms: ACK_MS }),
  subscribed: acknowledged,
  // 3.9.3: 128 is failure.
  isRefused: (result) => result.late == "128",
  unsubscribe: (id, topic) => ({ bytes: mqtt.unsubscribe(id, topic), ack: "11," + id, ms: ACK_MS }),
  signOff: { bytes: mqtt.DISCONNECT, ack: "", ms: ACK_MS },
  askRssi: (_channel, then) => mqtt.rssi(then),
};

/** Whether its network is there: its radio is another one than the 4G module's, and can be tried beside a session over that. */
export function isThere(world: World, then: (isThere: boolean) => void): void {
  const network = (JSON.parse(world.read("identity") || "{}") as Identity).wifi || ({} as WifiConfig);
  mqtt.join(network.ssid, network.password, (failure) => then(!failure));
}

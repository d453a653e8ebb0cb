/** What an update costs on the air. */
import { generate } from "mqtt-packet";

/** Topics of all clouds. */
export function isOfUpdate(topic: string): boolean {
  return /\/ota\/|\/thing\/file\//.test(topic);
}

/** Of a PUBLISH, and of the PUBACK that answers it (MQTT 3.1.1, 3.3 and 3.4). */
export function packetBytes({ topic, payload, qos }: { topic: string; payload: Buffer; qos: number }): number {
  const isAcknowledged = qos > 0;
  const packet = generate({
    ...{ cmd: "publish", topic, payload, qos: isAcknowledged ? 1 : 0, dup: false, retain: false },
    ...(isAcknowledged && { messageId: 1 }),
  } as Parameters<typeof generate>[0]);
  return packet.length + (isAcknowledged ? 4 : 0);
}

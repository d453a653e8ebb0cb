/** Requests of the device, and the replies that name them by an id. */
import type { Cancel, Device } from "../api/device";

/** `error`: what the cloud said, `timeout`, or the name and message of a DeviceError; `null` with the reply's data. */
export type OnReply = (error: string | null, data: unknown) => void;

interface Waiting {
  id: string;
  onReply: OnReply;
  cancel: Cancel;
}

/** Requests that have no reply yet. */
let waiting: Waiting[] = [];
let lastId = 0;

export function nextId(): string {
  return "" + ++lastId;
}

/**
 * Publishes a request; `settle` tells its reply. `timeoutS` seconds run from now, the wait for a connection included: what is sent later
 * all the same has a reply that nobody hears.
 */
export function ask(device: Device, id: string, topic: string, payload: string, onReply: OnReply, timeoutS: number): void {
  const cancel = device.after(timeoutS, () => settle(id, "timeout", {}));
  waiting.push({ id: id, onReply: onReply, cancel: cancel });
  device.publish(topic, payload, { qos: 1 }, (error) => {
    if (error) settle(id, error.name + ": " + error.message, {});
  });
}

/** Once: what comes after that, or was never asked for, is nobody's. */
export function settle(id: string, error: string | null, data: unknown): void {
  const one = waiting.find((entry) => entry.id == id);
  if (!one) return;
  waiting = waiting.filter((entry) => entry != one);
  one.cancel();
  one.onReply(error, data);
}

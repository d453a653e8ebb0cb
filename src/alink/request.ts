/** Requests of the device to the cloud, and the cloud's replies (Aliyun IoT Platform, "Alink protocol"). */
import type { Cancel, Device } from "../api/device";
import { parsed } from "../cloud/json";
import { json } from "./json";

/** `error`: `code: meaning`, `timeout`, or the name and message of a DeviceError; `null` with the reply's data. */
export type OnReply = (error: string | null, data: unknown) => void;

interface Waiting {
  id: string;
  onReply: OnReply;
  cancel: Cancel;
}

/** Requests that have no reply yet. */
let waiting: Waiting[] = [];
/** Methods whose replies are subscribed to. */
const subscribed: string[] = [];
let lastId = 0;

/**
 * Any method of the protocol: `thing.event.property.post` goes to `/sys/{productKey}/{deviceName}/thing/event/property/post`, and its reply comes
 * on the same topic with `_reply`. `timeoutS` seconds (default 10) run from now, the wait for a connection included: what is sent later all the same has
 * a reply that nobody hears. Without `onReply` the cloud is asked for none.
 */
export function request(device: Device, method: string, params: unknown, onReply?: OnReply, timeoutS?: number): void {
  const topic = "/sys/~/" + method.split(".").join("/");
  const id = "" + ++lastId;
  const message = { id: id, version: "1.0", params: params, method: method, sys: onReply ? undefined : { ack: 0 } };
  if (!onReply) return device.publish(topic, json(message), { qos: 1 });
  if (!subscribed.includes(method)) {
    subscribed.push(method);
    device.subscribe(topic + "_reply", 1, onAnswer);
  }
  const cancel = device.after(timeoutS || 10, () => settle(id, "timeout", {}));
  waiting.push({ id: id, onReply: onReply, cancel: cancel });
  device.publish(topic, json(message), { qos: 1 }, (error) => {
    if (error) settle(id, error.name + ": " + error.message, {});
  });
}

function onAnswer(payload: string): void {
  const reply = parsed(payload);
  const code = reply["code"];
  settle("" + reply["id"], code == 200 ? null : code + ": " + meaning(code as number, reply["message"]), reply["data"]);
}

/** Once: what comes after that, or was never asked for, is nobody's. */
function settle(id: string, error: string | null, data: unknown): void {
  const one = waiting.find((entry) => entry.id == id);
  if (!one) return;
  waiting = waiting.filter((entry) => entry != one);
  one.cancel();
  one.onReply(error, data);
}

/** General codes (document 120329); others are told in the cloud's own words. */
function meaning(code: number, message: unknown): string {
  const meanings: Record<string, string> = {
    400: "request not understood",
    429: "too many requests",
    460: "parameter missing or wrong",
    500: "the cloud failed",
    5005: "unknown product",
    5244: "metadata of the product",
    6100: "unknown device",
    6203: "topic not understood",
    6204: "device disabled",
    6250: "unknown product",
    6450: "no such method",
  };
  return meanings[code] || "" + (message || "no reason given");
}

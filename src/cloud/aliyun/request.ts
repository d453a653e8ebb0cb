/** Requests of the device to the cloud, and the cloud's replies (Aliyun IoT Platform, "Alink protocol"). */
import type { Device } from "../../api/device";
import { parsed } from "../../text/read-json";
import { json } from "../../text/write-json";
import { ask, nextId, settle } from "../replies";
import type { OnReply } from "../replies";

/** Methods whose replies are subscribed to. */
const subscribed: string[] = [];

/**
 * Any method of the protocol: `thing.event.property.post` goes to `/sys/{productKey}/{deviceName}/thing/event/property/post`, and its reply
 * comes on the same topic with `_reply`. `timeoutS` seconds (default 10) run from now, the wait for a connection included: what is sent
 * later all the same has a reply that nobody hears. Without `onReply` the cloud is asked for none.
 */
export function request(device: Device, method: string, params: unknown, onReply?: OnReply, timeoutS?: number): void {
  const topic = "/sys/~/" + method.split(".").join("/");
  const id = nextId();
  const message = { id: id, version: "1.0", params: params, method: method, sys: onReply ? undefined : { ack: 0 } };
  if (!onReply) return device.publish(topic, json(message), { qos: 1 });
  if (!subscribed.includes(method)) {
    subscribed.push(method);
    device.subscribe(topic + "_reply", 1, onAnswer);
  }
  ask(device, id, topic, json(message), onReply, timeoutS || 10);
}

function onAnswer(payload: string): void {
  const reply = parsed(payload);
  const code = reply["code"];
  settle("" + reply["id"], code == 200 ? null : code + ": " + meaning(code as number, reply["message"]), reply["data"]);
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

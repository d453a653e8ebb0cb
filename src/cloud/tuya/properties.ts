/** Properties on Tuya (TuyaLink, "Properties, Actions, and Events"). */
import type { Device } from "../../api/device";
import { json } from "../../text/write-json";
import { ask, nextId, settle } from "../replies";
import type { OnReply } from "../replies";
import { parsed } from "../../text/read-json";

const BRANCH = "tylink/~/thing/property/";
/** Stands for the time while it is unknown: ten digits are wanted. */
const UNKNOWN_S = 1000000000;
const REPLY_S = 10;

let isSubscribed = false;

/** Values by property. */
export function postProperties(device: Device, properties: Record<string, unknown>, onReply?: OnReply): void {
  const now = device.now() || UNKNOWN_S;
  const data: Record<string, unknown> = {};
  for (const name of Object.keys(properties)) data[name] = { value: properties[name], time: now };
  if (onReply && !isSubscribed) {
    isSubscribed = true;
    device.subscribe(BRANCH + "report_response", 1, (payload) => {
      const reply = parsed(payload);
      const code = reply["code"];
      settle("" + reply["msgId"], code === 0 ? null : "code " + code, reply["data"]);
    });
  }
  const id = nextId();
  const report = json({ msgId: id, time: now, data: data, sys: { ack: onReply ? 1 : 0 } });
  if (onReply) ask(device, id, BRANCH + "report", report, onReply, REPLY_S);
  else device.publish(BRANCH + "report", report, { qos: 1 });
}

/** Properties that the cloud sets. Their new values are to be posted. What `handler` throws is answered with a code. */
export function onProperties(device: Device, handler: (properties: Record<string, unknown>) => void): void {
  device.subscribe(BRANCH + "set", 1, (payload) => {
    const asked = parsed(payload);
    const id = asked["msgId"];
    const data = asked["data"];
    if (id === undefined || !data) return;
    let code = 0;
    try {
      handler(data as Record<string, unknown>);
    } catch (e) {
      device.log("property/set: " + e);
      code = 1;
    }
    const answer = { msgId: "" + id, time: device.now() || UNKNOWN_S, code: code };
    device.publish(BRANCH + "set_response", json(answer), { qos: 1 });
  });
}

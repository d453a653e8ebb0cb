/** Properties on OneNET (OneNET Studio, "Thing model over MQTT"). */
import type { Device } from "../../api/device";
import { json } from "../../text/write-json";
import { ask, nextId, settle } from "../replies";
import type { OnReply } from "../replies";
import { parsed } from "../../text/read-json";

const BRANCH = "$sys/~/thing/property/";
const DONE = 200;
const REPLY_S = 10;

let isSubscribed = false;

/** Values by property. */
export function postProperties(device: Device, properties: Record<string, unknown>, onReply?: OnReply): void {
  const params: Record<string, unknown> = {};
  for (const name of Object.keys(properties)) params[name] = { value: properties[name] };
  if (onReply && !isSubscribed) {
    isSubscribed = true;
    device.subscribe(BRANCH + "post/reply", 1, (payload) => {
      const reply = parsed(payload);
      const code = reply["code"];
      settle("" + reply["id"], code == DONE ? null : "code " + code + ": " + (reply["msg"] || "no reason given"), reply["data"]);
    });
  }
  const id = nextId();
  const report = json({ id: id, version: "1.0", params: params });
  if (onReply) ask(device, id, BRANCH + "post", report, onReply, REPLY_S);
  else device.publish(BRANCH + "post", report, { qos: 1 });
}

/** Properties that the cloud sets. Their new values are to be posted. What `handler` throws is answered with a code. */
export function onProperties(device: Device, handler: (properties: Record<string, unknown>) => void): void {
  device.subscribe(BRANCH + "set", 1, (payload) => {
    const asked = parsed(payload);
    const id = asked["id"];
    const params = asked["params"];
    if (id === undefined || !params) return;
    let failure = "";
    try {
      handler(params as Record<string, unknown>);
    } catch (e) {
      failure = "" + e;
      device.log("property/set: " + e);
    }
    const answer = { id: "" + id, code: failure ? 400 : DONE, msg: failure || "success" };
    device.publish(BRANCH + "set_reply", json(answer), { qos: 1 });
  });
}

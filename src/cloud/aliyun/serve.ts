/** What the cloud asks of a device. */
import type { Device } from "../../api/device";
import { parsed } from "../../text/read-json";
import { json } from "../../text/write-json";

/** Does what is asked; `method` as in `thing.service.Reboot`. @returns data of the answer. What it throws is code 100000. */
export type Handler = (params: Record<string, unknown>, method: string) => Record<string, unknown> | undefined;

/** Properties that the cloud sets. Their new values are to be posted: setting does not change what the cloud knows. */
export function onProperties(device: Device, handler: (properties: Record<string, unknown>) => void): void {
  serve(device, "property/set", (params) => {
    handler(params);
    return {};
  });
}

/** A service that is called asynchronously: `service` is its identifier. Synchronous ones come by `onCall`. */
export function onService(device: Device, service: string, handler: Handler): void {
  serve(device, service, handler);
}

/**
 * Synchronous calls (RRPC) on the system topic. The cloud waits for at most 8 s, so `handler` returns the answer's payload at once.
 * A synchronous service of the thing model is answered with `answerOf`.
 */
export function onCall(device: Device, handler: (payload: string) => string): void {
  device.subscribe("/sys/~/rrpc/request/+", 0, (payload, topic) => {
    device.publish("/sys/~/rrpc/response/" + topic.split("/").pop(), handler(payload));
  });
}

function serve(device: Device, path: string, handler: Handler): void {
  const topic = "/sys/~/thing/service/" + path;
  device.subscribe(topic, 1, (payload) => device.publish(topic + "_reply", answerOf(device, payload, handler), { qos: 1 }));
}

/** The answer to a request of the protocol: what `handler` makes of it, or 400 if it is none. */
export function answerOf(device: Device, payload: string, handler: Handler): string {
  const asked = parsed(payload);
  const id = asked["id"];
  let code = 400;
  let data: Record<string, unknown> | undefined;
  if (id !== undefined) {
    try {
      data = handler((asked["params"] || {}) as Record<string, unknown>, "" + asked["method"]);
      code = 200;
    } catch (e) {
      device.log(asked["method"] + ": " + e);
      // The first of the codes that are a device's own.
      code = 100000;
    }
  }
  return json({ id: "" + (id === undefined ? "" : id), code: code, data: data || {} });
}

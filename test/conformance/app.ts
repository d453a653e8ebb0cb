/** An application that does what its configuration says, once it is online, and tells everything that it gets. */

/** Payloads are hexadecimal. */
export type AppStep =
  | { publish: string; topic: string; qos?: 0 | 1 }
  | { subscribe: string }
  | { unsubscribe: string }
  /** Publishes so many messages at once, `~/many`, each its number. */
  | { many: number };

export interface AppConfig {
  /** Done one after the other: a publish is over when its callback comes. */
  steps?: readonly AppStep[];
}

/**
 * Prints `app: device <imei> <iccid> <imsi> <model> <firmware>` at each connect, `app: received <topic> <hex>`,
 * `app: step <number> <outcome>`, and `app: many <number> <outcome>`. An outcome is `ok`, or an error's name and message.
 */
export const APP = `
exports.app = function (device) {
  var steps = device.config.steps || [], at = -1;

  function hexOf(bytes) {
    var text = "";
    for (var i = 0; i < bytes.length; i++) text += ("0" + bytes.charCodeAt(i).toString(16)).substr(-2);
    return text;
  }
  function bytesOf(hex) {
    var bytes = "";
    for (var i = 0; i < hex.length; i += 2) bytes += String.fromCharCode(parseInt(hex.substr(i, 2), 16));
    return bytes;
  }
  function outcome(error) { return error ? error.name + ": " + error.message : "ok"; }
  function received(payload, topic) { device.log("received " + topic + " " + hexOf(payload)); }
  function over(error) {
    device.log("step " + at + " " + outcome(error));
    next();
  }
  function oneOfMany(i) {
    device.publish("~/many", "" + i, { qos: 1 }, function (error) { device.log("many " + i + " " + outcome(error)); });
  }
  function next() {
    var step = steps[++at];
    if (!step) return;
    if (step.topic !== undefined) return device.publish(step.topic, bytesOf(step.publish), { qos: step.qos === undefined ? 1 : step.qos }, over);
    if (step.subscribe) device.subscribe(step.subscribe, 1, received);
    else if (step.unsubscribe) device.unsubscribe(step.unsubscribe);
    else for (var i = 0; i < step.many; i++) oneOfMany(i);
    over(null);
  }

  device.subscribe("~/down", 1, received);
  device.on("online", function () {
    var info = device.info();
    device.log("device " + [info.imei, info.iccid, info.imsi, info.model, info.firmware].join(" "));
    if (at < 0) next();
  });
  return {};
};
`;

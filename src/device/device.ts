/** The application's view: a thin face over link and messages. */
import type { Device, DeviceInfo } from "../api/device";
import type { World } from "../api/world";
import * as clock from "../link/clock";
import * as messages from "../outbox/messages";

let listeners: [string, () => void][] = [];
let world: World;

export function makeDevice(theWorld: World, info: DeviceInfo, config: unknown): Device {
  world = theWorld;
  listeners = [];
  return {
    publish: (topic, payload, options, done) =>
      messages.publish(
        topic,
        typeof payload == "string" ? payload : world.bytes(payload),
        (options && options.qos) || 0,
        !!(options && options.retain),
        done,
      ),
    subscribe: messages.subscribe,
    unsubscribe: messages.unsubscribe,
    on: (event, listener) => void listeners.push([event, listener]),
    every: (seconds, fn) => canceller(world.every(fn, seconds * 1000)),
    after: (seconds, fn) => canceller(world.after(fn, seconds * 1000)),
    now: clock.unixTime,
    setTime: clock.setUnixTime,
    info: () => info,
    config: config,
    restart: () => messages.disconnect(() => world.restart()),
    log: (text) => world.log("app: " + text),
  };
}

export function emit(event: "online" | "offline"): void {
  for (let i = 0; i < listeners.length; i++) {
    const entry = listeners[i] as [string, () => void];
    if (entry[0] == event) messages.call(entry[1]);
  }
}

function canceller(timer: number): () => void {
  return () => void world.cancel(timer);
}

/**
 * A root beside `main.ts`, for `npm run bench` alone: the receiving path as it is while online, without the way there.
 * In no image; everything of `core` is in its text, because what stands beside a name is part of its cost.
 */
import * as messages from "./outbox/messages";
import { path } from "#product";
import type { DeviceInfo } from "./api/device";
import { makeWorld } from "./hal/espruino";

export { send } from "./cellular/at/index";
export { start } from "./main";

/** Subscribes to `topic`; each of its messages is handed to `onMessage`. */
export function online(topic: string, onMessage: (payload: string) => void): void {
  const world = makeWorld();
  path.prepare(world);
  path.channel.init(world, path.dialect, () => {}, messages.receive);
  (path.channel.open as (baud: number) => void)(115200);
  messages.init(
    world,
    path,
    {} as DeviceInfo,
    120,
    () => {},
    () => {},
  );
  messages.subscribe(topic, 1, onMessage);
  messages.goOnline(
    { form: 0, maxPayload: 1548, secured: "", found: false, attached: true, opened: true },
    { host: "", port: 0, clientId: "", username: "", password: "", base: "", willTopic: "", heartbeatTopic: "", heartbeatText: "" },
    () => {},
  );
}

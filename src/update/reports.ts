/** What the cloud is told. */
import { INFORM, PROGRESS } from "#product";
import type { Done } from "../api/device";
import type { OtaTools } from "../api/update";

/** Codes of a failure. */
export type Failure = "-1" | "-2" | "-3" | "-4";

let id = 0;

/** Topics of Aliyun end with the device's names. */
export function topicOf(tools: OtaTools, topic: string): string {
  const full = tools.expand(topic);
  return full.endsWith("/") ? full.slice(0, -1) : full;
}

export function request(params: string, method: string): string {
  return '{"id":"' + ++id + '","version":"1.0","params":' + params + (method && ',"method":"' + method + '"') + "}";
}

function say(tools: OtaTools, topic: string, params: string, qos: 0 | 1, done: Done | undefined): void {
  tools.publish(topicOf(tools, topic), '{"id":"' + ++id + '","params":' + params + "}", qos, false, done);
}

/** The version that runs. */
export function inform(tools: OtaTools, version: string, done: Done | undefined): void {
  say(tools, INFORM, '{"version":"' + version + '"}', 1, done);
}

/** `step`: per cent, or the code of a failure, which is said until it is acknowledged. */
export function progress(tools: OtaTools, step: string, reason: string, done?: Done): void {
  tools.world.log("update: " + (reason || step + " %"));
  say(tools, PROGRESS, '{"step":"' + step + '","desc":"' + reason + '"}', step[0] == "-" ? 1 : 0, done);
}

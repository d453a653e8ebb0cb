/** What the cloud is told. */
import { INFORM, PROGRESS } from "#product";
import type { TaskStep } from "../api/script";
import type { UpdateTools } from "../api/update";

let id = 0;

/** Topics of Aliyun end with the device's names. */
export function topicOf(tools: UpdateTools, topic: string): string {
  const full = tools.expand(topic);
  return full.endsWith("/") ? full.slice(0, -1) : full;
}

export function request(params: string, method: string): string {
  return '{"id":"' + ++id + '","version":"1.0","params":' + params + (method && ',"method":"' + method + '"') + "}";
}

function report(tools: UpdateTools, topic: string, params: string): TaskStep {
  return {
    start: (done) =>
      tools.publish(topicOf(tools, topic), '{"id":"' + ++id + '","params":' + params + "}", 1, false, (error) =>
        done(error ? error.name : ""),
      ),
    ms: 0,
  };
}

/** The version that runs; until it is acknowledged, or given up. */
export function inform(tools: UpdateTools, version: string): TaskStep {
  return report(tools, INFORM, '{"version":"' + version + '"}');
}

function progressOf(step: string, reason: string): string {
  return '{"step":"' + step + '","desc":' + JSON.stringify(reason) + "}";
}

/** Per cent that are done. */
export function progress(tools: UpdateTools, percent: number): void {
  tools.world.log("update: " + percent + " %");
  tools.publish(topicOf(tools, PROGRESS), '{"id":"' + ++id + '","params":' + progressOf("" + percent, "") + "}", 0, false, undefined);
}

/**
 * `failure`: a code (-1 installation, -2 download, -3 check, -4 flash) and a reason, `-3: wrong signature`; said until it
 * is acknowledged, or given up.
 */
export function failed(tools: UpdateTools, failure: string): TaskStep {
  const text = failure[0] == "-" ? failure : "-1: " + failure;
  const reason = text.substr(4);
  tools.world.log("update: " + reason);
  return report(tools, PROGRESS, progressOf(text.substr(0, 2), reason));
}

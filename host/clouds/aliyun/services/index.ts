/** What the platform does with a device's messages, by topic. */
import type { Message } from "../../../broker/rules.ts";
import { parseObject } from "../../shared/json.ts";
import { pathOf } from "../identifier.ts";
import type { DeviceNames } from "../identifier.ts";
import type { World } from "../world.ts";
import { alinkReply, CODES, parseAlink } from "../../alink/messages.ts";
import type { Service } from "./service.ts";
import { timeAnswer } from "./clock.ts";
import { blockAnswer } from "./download.ts";
import { deleteTags, getConfig, getLogConfig, postLog, updateTags } from "./management.ts";
import { getFirmware, legacyQuery, progressReport, versionReport } from "./ota.ts";
import { deleteDesired, getDesired, postBatch, postEvent, postHistory, postPack, postProperties } from "./reports.ts";
import { shadowAnswer } from "./shadow.ts";

/** Below `/sys/{productKey}/{deviceName}/`; events that are not listed have names of their own. */
const SERVICES: Readonly<Record<string, Service>> = {
  "thing/event/property/post": postProperties,
  "thing/event/property/batch/post": postBatch,
  "thing/event/property/history/post": postHistory,
  "thing/event/property/pack/post": postPack,
  "thing/property/desired/get": getDesired,
  "thing/property/desired/delete": deleteDesired,
  "thing/deviceinfo/update": updateTags,
  "thing/deviceinfo/delete": deleteTags,
  "thing/config/get": getConfig,
  "thing/config/log/get": getLogConfig,
  "thing/log/post": postLog,
  "thing/ota/firmware/get": getFirmware,
};

/** Binary data whose meaning a product's own script knows: taken, not answered. */
const RAW = /^thing\/model\/(up_raw|down_raw_reply)$/;

export function answersTo(message: Message, names: DeviceNames, world: World): Message[] {
  const { topic } = message;
  const me = pathOf(names);
  switch (topic) {
    case `/ext/ntp/${me}/request`:
      return timeAnswer(message, names, world);
    case `/shadow/update/${me}`:
      return shadowAnswer(message, names, world);
    case `/ota/device/inform/${me}`:
      return versionReport(message, names, world);
    case `/ota/device/progress/${me}`:
      return progressReport(message, names, world);
    case `/ota/device/request/${me}`:
      return legacyQuery(message, names, world);
  }
  if (topic.startsWith("/ext/rrpc/")) return answeredCall(topic, message, names, world);
  const path = topic.startsWith(`/sys/${me}/`) ? topic.slice(`/sys/${me}/`.length) : null;
  return path === null ? [] : systemAnswer(path, message, names, world);
}

function systemAnswer(path: string, message: Message, names: DeviceNames, world: World): Message[] {
  const { topic, payload } = message;
  if (path.startsWith("rrpc/response/")) return answeredCall(topic, message, names, world);
  if (RAW.test(path)) return [];
  if (path.endsWith("_reply"))
    return answeredCall(`${topic} ${String(parseObject(payload.toString("utf8"))?.["id"])}`, message, names, world);
  if (path == "thing/file/download") return blockAnswer(message, names, world);

  const request = parseAlink(payload);
  const isEvent = /^thing\/event\/[^/]+\/post$/.test(path);
  const service = Object.hasOwn(SERVICES, path) ? SERVICES[path] : isEvent ? postEvent : undefined;
  const outcome = !service ? CODES.noMethod : "wrong" in request ? request.wrong : service(request, names, world);
  if ("code" in outcome) world.tell({ ev: "rejected", device: pathOf(names), topic, code: outcome.code, reason: outcome.message });
  if ("ack" in request && !request.ack) return [];
  return [alinkReply(topic, request.id, outcome)];
}

function answeredCall(key: string, { topic, payload }: Message, names: DeviceNames, { calls, tell }: World): Message[] {
  if (!calls.answered(key, payload))
    tell({ ev: "rejected", device: pathOf(names), topic, code: 0, reason: "an answer that nobody waits for" });
  return [];
}

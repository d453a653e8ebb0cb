/** What the platform does with a device's messages, by topic (Tuya, "MQTT Topics", "Properties, Actions, and Events", "Time Service"). */
import type { Message } from "../../broker/rules.ts";
import { isObject, jsonMessage, parseObject } from "../shared/json.ts";
import type { ListedTopics } from "../shared/guest.ts";
import { takeAnswer } from "../shared/owner.ts";
import type { World } from "../shared/start.ts";
import type { Switches } from "./switches.ts";

export function prefixOf(deviceId: string): string {
  return `tylink/${deviceId}/`;
}

/** Those of gateways are not here. */
export const TOPICS: ListedTopics = {
  up: [
    ...["thing/property/report", "thing/property/set_response", "thing/property/desired/get", "thing/property/desired/delete"],
    ...["thing/data/batch_report", "thing/event/trigger", "thing/action/execute_response", "thing/model/get"],
    ...["ota/firmware/report", "ota/get", "ota/progress/report"],
    ...["ext/time/request", "ext/config/get", "ext/file/upload/request", "ext/file/download/request"],
    ...["channel/raw/up", "channel/downlink/auto_subscribe"],
  ],
  down: [
    ...["thing/property/report_response", "thing/property/set"],
    ...["thing/property/desired/get_response", "thing/property/desired/delete_response"],
    ...["thing/data/batch_report_response", "thing/event/trigger_response", "thing/action/execute", "thing/model/get_response"],
    ...["ota/issue", "ota/get_response"],
    ...["ext/time/response", "ext/config/get_response", "ext/file/upload/response", "ext/file/download/response", "channel/raw/down"],
  ],
};

/** Codes of answers: done, and "the data format is wrong" ("Properties, Actions, and Events", status codes). */
const DONE = 0;
const WRONG_FORMAT = 1003;
/** Characters of a message id. */
const LONGEST_ID = 32;

interface Request {
  msgId: string;
  data: Record<string, unknown>;
  /** It asks for an answer. */
  ack: boolean;
}

/** Data of a good answer, or what is wrong. */
type Outcome = { data?: unknown } | { wrong: string };

interface Service {
  /** Of the answer; `null`: there is none. */
  answer: string | null;
  /** It is answered only if it asks for it; errors always are. */
  onDemand?: true;
  run(request: Request, deviceId: string, world: World<Switches>): Outcome;
}

const SERVICES: Readonly<Record<string, Service>> = {
  "thing/property/report": {
    answer: "thing/property/report_response",
    onDemand: true,
    run: ({ data }, ...where) => report(data, ...where),
  },
  "thing/data/batch_report": { answer: "thing/data/batch_report_response", onDemand: true, run: batchReport },
  "thing/property/desired/get": { answer: "thing/property/desired/get_response", run: getDesired },
  "thing/property/desired/delete": { answer: "thing/property/desired/delete_response", run: deleteDesired },
  "thing/event/trigger": { answer: "thing/event/trigger_response", run: trigger },
  "thing/model/get": { answer: "thing/model/get_response", run: model },
  "ext/time/request": { answer: "ext/time/response", run: time },
  "ota/firmware/report": { answer: null, run: () => ({}) },
  "ota/progress/report": { answer: null, run: () => ({}) },
  // Nothing is ever there.
  "ota/get": { answer: "ota/get_response", run: () => ({ data: {} }) },
};

/** Calls of the cloud that devices answer. */
const ANSWERS = ["thing/property/set_response", "thing/action/execute_response"];

export function answersTo(path: string, message: Message, deviceId: string, world: World<Switches>): Message[] {
  const { topic, payload } = message;
  const sent = parseObject(payload.toString("utf8"));
  if (ANSWERS.includes(path)) return takeAnswer(message, sent?.["msgId"], deviceId, world);
  const service = Object.hasOwn(SERVICES, path) ? SERVICES[path] : undefined;
  if (!service) return [];
  const request = requestOf(sent);
  const outcome = "wrong" in request ? request : service.run(request, deviceId, world);
  const code = "wrong" in outcome ? WRONG_FORMAT : DONE;
  if ("wrong" in outcome) world.tell({ ev: "rejected", device: deviceId, topic, code, reason: outcome.wrong });
  else if (service.onDemand && "ack" in request && !request.ack && !world.switches.alwaysAck) return [];
  if (service.answer === null) return [];
  const data = "data" in outcome && outcome.data !== undefined ? { data: outcome.data } : {};
  return [jsonMessage(prefixOf(deviceId) + service.answer, { msgId: request.msgId, time: world.time.now(), code, ...data })];
}

/** @returns what is wrong, with the id if there is one. */
function requestOf(sent: Record<string, unknown> | null): Request | { msgId: string; wrong: string } {
  if (!sent) return { msgId: "", wrong: "not a JSON object" };
  const { msgId, time, data = {}, sys } = sent;
  if (typeof msgId != "string" || msgId == "" || msgId.length > LONGEST_ID)
    return { msgId: "", wrong: `msgId: 1 to ${LONGEST_ID} characters` };
  if (!isTime(time)) return { msgId, wrong: "time: Unix seconds (10 digits) or milliseconds (13 digits)" };
  if (!isObject(data)) return { msgId, wrong: "data: an object" };
  return { msgId, data, ack: isObject(sys) && sys["ack"] === 1 };
}

function isTime(value: unknown): value is number {
  return typeof value == "number" && /^(\d{10}|\d{13})$/.test(String(value));
}

/** A value with the time at which it was measured. */
function isReported(value: unknown): value is { value: unknown } {
  return isObject(value) && value["value"] !== undefined && (value["time"] === undefined || isTime(value["time"]));
}

function report(data: Record<string, unknown>, deviceId: string, { devices }: World<Switches>): Outcome {
  const wrong = Object.keys(data).find((name) => !isReported(data[name]));
  if (wrong !== undefined) return { wrong: `data.${wrong}: an object with value and time` };
  const values = Object.entries(data).map(([name, value]) => [name, (value as { value: unknown }).value]);
  devices.setProperties(deviceId, "reported", Object.fromEntries(values) as Record<string, unknown>);
  return {};
}

/** Lists of values, the last one last. */
function batchReport({ data: { properties = {} } }: Request, deviceId: string, world: World<Switches>): Outcome {
  if (!isObject(properties)) return { wrong: "data.properties: values by name" };
  const last = Object.entries(properties).map(([name, values]) => [name, Array.isArray(values) ? (values as unknown[]).at(-1) : values]);
  return report(Object.fromEntries(last) as Record<string, unknown>, deviceId, world);
}

function getDesired({ data: { properties } }: Request, deviceId: string, { devices }: World<Switches>): Outcome {
  if (!Array.isArray(properties)) return { wrong: "data.properties: names of properties" };
  const wanted = Object.entries(devices.properties(deviceId, "desired")).filter(([name]) => properties.includes(name));
  return { data: { properties: Object.fromEntries(wanted) } };
}

/** Only the version that the device has seen is deleted; without a version, any. */
function deleteDesired({ data: { properties } }: Request, deviceId: string, { devices }: World<Switches>): Outcome {
  if (!isObject(properties)) return { wrong: "data.properties: versions by name" };
  const known = devices.properties(deviceId, "desired");
  for (const [name, seen] of Object.entries(properties)) {
    const version = isObject(seen) ? seen["version"] : undefined;
    if (version === undefined || version === known[name]?.version) devices.removeProperty(deviceId, "desired", name);
  }
  return {};
}

function trigger({ data: { eventCode, outputParams = {} } }: Request): Outcome {
  if (typeof eventCode != "string" || eventCode == "") return { wrong: "data.eventCode: the event's name" };
  return isObject(outputParams) ? {} : { wrong: "data.outputParams: an object" };
}

/** Devices of the emulated platform have a model that says nothing: any property is taken. */
function model(): Outcome {
  return { data: { modelId: "", services: [] } };
}

/** Milliseconds: the device adds when it got the answer (t), and has (srt + sst + t - dst) / 2. */
function time({ data: { bizType, dst } }: Request, _: string, world: World<Switches>): Outcome {
  if (bizType !== "NTP") return { wrong: "data.bizType: NTP only; daylight saving time is not emulated" };
  if (dst !== undefined && typeof dst != "number") return { wrong: "data.dst: when the device sent it, milliseconds" };
  const now = world.time.now();
  return { data: { bizType, ...(dst !== undefined && { dst }), srt: now, sst: now } };
}

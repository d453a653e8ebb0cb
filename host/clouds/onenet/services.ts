/** What the platform does with a device's messages, by topic (OneNET Studio, "Thing model topics"; cloud reference, section 7). */
import type { Message } from "../../broker/rules.ts";
import { isObject, jsonMessage, parseObject } from "../shared/json.ts";
import type { ListedTopics } from "../shared/guest.ts";
import { takeAnswer } from "../shared/owner.ts";
import type { World } from "../shared/start.ts";
import { pathOf } from "./products.ts";
import type { DeviceNames } from "./products.ts";
import type { Switches } from "./switches.ts";

export function prefixOf(names: DeviceNames): string {
  return `$sys/${pathOf(names)}/`;
}

/** `custome` is the platform's own spelling. */
export const TOPICS: ListedTopics = {
  up: [
    ...["thing/property/post", "thing/property/set_reply", "thing/property/get_reply", "thing/event/post"],
    ...["thing/property/desired/get", "thing/property/desired/delete", "thing/service/+/invoke_reply", "custome/up"],
  ],
  down: [
    ...["thing/property/post/reply", "thing/property/set", "thing/property/get", "thing/event/post/reply"],
    ...["thing/property/desired/get/reply", "thing/property/desired/delete/reply", "thing/service/+/invoke", "custome/down/+"],
  ],
};

const DONE = { code: 200, msg: "success" };
/** Codes of errors are not documented where these services are. */
const WRONG = 400;

/** Data of a good answer, or what is wrong. */
type Outcome = { data?: unknown } | { wrong: string };

type Service = (params: unknown, device: string, world: World<Switches>) => Outcome;

/** Answered on their own topic and `/reply`. */
const SERVICES: Readonly<Record<string, Service>> = {
  "thing/property/post": postProperties,
  "thing/event/post": postEvents,
  "thing/property/desired/get": getDesired,
  "thing/property/desired/delete": deleteDesired,
};

/** Answers of devices to calls of the cloud. */
const ANSWERS = /^thing\/(property\/(set|get)|service\/[^/]+\/invoke)_reply$/;

export function answersTo(path: string, message: Message, names: DeviceNames, world: World<Switches>): Message[] {
  const { topic, payload } = message;
  const device = pathOf(names);
  const sent = parseObject(payload.toString("utf8"));
  if (ANSWERS.test(path)) return takeAnswer(message, sent?.["id"], device, world);
  const service = Object.hasOwn(SERVICES, path) ? SERVICES[path] : undefined;
  if (!service) return [];
  const { id = "", version = "1.0", params } = sent ?? {};
  const outcome = mistake(sent, id, version) ?? service(params, device, world);
  const reply = (result: object): Message[] => [jsonMessage(`${topic}/reply`, { id, ...result })];
  if (!("wrong" in outcome)) return reply({ ...DONE, ...(outcome.data !== undefined && { data: outcome.data }) });
  world.tell({ ev: "rejected", device, topic, code: WRONG, reason: outcome.wrong });
  return reply({ code: WRONG, msg: outcome.wrong });
}

function mistake(sent: object | null, id: unknown, version: unknown): Outcome | null {
  if (!sent) return { wrong: "not a JSON object" };
  if (typeof id != "string" || id == "") return { wrong: "id: a text" };
  return version === "1.0" ? null : { wrong: 'version: "1.0"' };
}

/** A value, and when it was measured if it is known: Unix milliseconds. */
function isValue(value: unknown): value is { value: unknown } {
  return isObject(value) && value["value"] !== undefined && (value["time"] === undefined || typeof value["time"] == "number");
}

function postProperties(params: unknown, device: string, { devices }: World<Switches>): Outcome {
  if (!isObject(params)) return { wrong: "params: values by name" };
  const wrong = Object.keys(params).find((name) => !isValue(params[name]));
  if (wrong !== undefined) return { wrong: `params.${wrong}: an object with a value` };
  const values = Object.entries(params).map(([name, value]) => [name, (value as { value: unknown }).value]);
  devices.setProperties(device, "reported", Object.fromEntries(values) as Record<string, unknown>);
  return {};
}

function postEvents(params: unknown): Outcome {
  if (!isObject(params)) return { wrong: "params: events by name" };
  const wrong = Object.keys(params).find((name) => !isValue(params[name]));
  return wrong === undefined ? {} : { wrong: `params.${wrong}: an object with a value` };
}

function getDesired(params: unknown, device: string, { devices }: World<Switches>): Outcome {
  if (!Array.isArray(params)) return { wrong: "params: names of properties" };
  const wanted = Object.entries(devices.properties(device, "desired")).filter(([name]) => params.includes(name));
  return { data: Object.fromEntries(wanted) };
}

/** Only the version that the device has seen is deleted; without a version, any. */
function deleteDesired(params: unknown, device: string, { devices }: World<Switches>): Outcome {
  if (!isObject(params)) return { wrong: "params: versions by name" };
  const known = devices.properties(device, "desired");
  for (const [name, seen] of Object.entries(params)) {
    const version = isObject(seen) ? seen["version"] : undefined;
    if (version === undefined || version === known[name]?.version) devices.removeProperty(device, "desired", name);
  }
  return {};
}

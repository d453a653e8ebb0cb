/** Properties and events that a device reports (Aliyun IoT Platform, "Device properties, events, and services"). */
import { isObject } from "../../shared/json.ts";
import { badParameter } from "../../alink/messages.ts";
import type { Outcome } from "../../alink/messages.ts";
import type { Service } from "./service.ts";

/** Properties of one report; more is error 6106. */
const MOST_PROPERTIES = 200;
const TOO_MANY: Outcome = { code: 6106, message: `more than ${MOST_PROPERTIES} properties` };

/** A value alone, or with the time at which it was measured. */
function valueOf(value: unknown): unknown {
  return isObject(value) && "value" in value ? value["value"] : value;
}

export const postProperties: Service = ({ params }, names, { records }) => {
  if (!isObject(params)) return badParameter("params: properties by name");
  if (Object.keys(params).length > MOST_PROPERTIES) return TOO_MANY;
  records.setAll(names, "property", mapValues(params, valueOf));
  return { data: {} };
};

export const postEvent: Service = ({ params }) => (isObject(params) ? { data: {} } : badParameter("params: the event"));

/** Lists of values, the last one last. */
export const postBatch: Service = ({ params }, names, { records }) => {
  const { properties = {}, events = {} } = isObject(params) ? params : { properties: null };
  if (!isObject(properties) || !isObject(events)) return badParameter("params: properties and events");
  if (Object.keys(properties).length > MOST_PROPERTIES) return TOO_MANY;
  const last = (values: unknown): unknown => valueOf(Array.isArray(values) ? values.at(-1) : values);
  records.setAll(names, "property", mapValues(properties, last));
  return { data: {} };
};

export const postHistory: Service = ({ params }) => (Array.isArray(params) ? { data: {} } : badParameter("params: a list of reports"));

export const postPack: Service = ({ params }) =>
  isObject(params) ? { data: {} } : badParameter("params: properties, events and subDevices");

export const getDesired: Service = ({ params }, names, { records }) => {
  if (!Array.isArray(params)) return badParameter("params: names of properties");
  const wanted = records.all(names, "desired").filter(({ name }) => params.includes(name));
  return { data: Object.fromEntries(wanted.map(({ name, value, version }) => [name, { value, version }])) };
};

/** Only the version that the device has seen is deleted; without a version, any. */
export const deleteDesired: Service = ({ params }, names, { records }) => {
  if (!isObject(params)) return badParameter("params: versions of properties by name");
  for (const [name, seen] of Object.entries(params)) {
    const version = isObject(seen) ? seen["version"] : undefined;
    if (version === undefined || records.get(names, "desired", name)?.version === Number(version)) records.remove(names, "desired", name);
  }
  return { data: {} };
};

function mapValues(values: Readonly<Record<string, unknown>>, change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

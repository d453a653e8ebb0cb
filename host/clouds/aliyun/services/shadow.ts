/** A device's shadow (Aliyun IoT Platform, "Device shadow"): its last known state, and the one it is wished to have. */
import type { Message } from "../../../broker/rules.ts";
import { isObject, jsonMessage, parseObject } from "../../shared/json.ts";
import { pathOf } from "../identifier.ts";
import type { DeviceNames } from "../identifier.ts";
import type { World } from "../world.ts";

type State = Record<string, unknown>;

export interface Shadow {
  reported: State;
  desired: State;
  /** For each attribute when it was set last: `{"timestamp": seconds}`. */
  metadata: { reported: State; desired: State };
  version: number;
}

type Part = "reported" | "desired";

/** Limits of document 30527. */
const LONGEST_BYTES = 16 * 1024;
const MOST_LEVELS = 5;
const MOST_ATTRIBUTES = 128;
/** How a device says "nothing": the text, not the value. */
const NOTHING = "null";

/** An error code of the shadow service, as text. */
class ShadowError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export function shadowOf(names: DeviceNames, { records }: World): Shadow {
  const stored = records.get(names, "shadow", "shadow");
  return stored ? (stored.value as Shadow) : { reported: {}, desired: {}, metadata: { reported: {}, desired: {} }, version: 0 };
}

export function shadowAnswer({ topic, payload }: Message, names: DeviceNames, world: World): Message[] {
  const timestamp = Math.floor(world.time.now() / 1000);
  try {
    const request = payload.length ? parseObject(payload.toString("utf8")) : fail(407, "the message is empty");
    const answer = obey(request ?? fail(400, "not a JSON object"), names, world, timestamp);
    return [jsonMessage(`/shadow/get/${pathOf(names)}`, { method: "reply", ...answer, timestamp })];
  } catch (error) {
    if (!(error instanceof ShadowError)) throw error;
    world.tell({ ev: "rejected", device: pathOf(names), topic, code: error.code, reason: error.message });
    const content = { errorcode: String(error.code), errormessage: error.message };
    return [jsonMessage(`/shadow/get/${pathOf(names)}`, { method: "reply", payload: { status: "error", content }, timestamp })];
  }
}

function fail(code: number, message: string): never {
  throw new ShadowError(code, message);
}

function obey(request: State, names: DeviceNames, world: World, timestamp: number): object {
  const { method, state, version } = request;
  if (typeof method != "string") fail(401, "method is missing");
  if (method == "get") return shown(shadowOf(names, world));
  if (method != "update" && method != "delete") fail(406, `unknown method "${method}"`);
  if (!isObject(state)) fail(402, "state is missing");
  if (typeof version != "number" || !Number.isInteger(version)) fail(403, "version is not a number");
  const shadow = shadowOf(names, world);
  if (version != -1 && version <= shadow.version) fail(409, `version ${version} is not greater than ${shadow.version}`);
  const changed = method == "update" ? updated(shadow, state, timestamp) : deleted(shadow, state);
  store(names, { ...changed, version: version == -1 ? 0 : version }, world);
  return { payload: { status: "success", version: version == -1 ? 0 : version } };
}

/** Reports attributes, or takes the cloud's wishes back. */
function updated(shadow: Shadow, state: State, timestamp: number): Shadow {
  const { reported, desired } = state;
  const cleared = desired === NOTHING ? without(shadow, "desired") : shadow;
  if (reported === undefined && desired === NOTHING) return cleared;
  if (reported === undefined) fail(404, "reported is missing");
  if (reported === NOTHING) return without(cleared, "reported");
  if (!isObject(reported) || !Object.keys(reported).length) fail(405, "reported is empty");
  return merged(cleared, "reported", reported, timestamp);
}

function deleted(shadow: Shadow, state: State): Shadow {
  const { reported } = state;
  if (reported === undefined) fail(404, "reported is missing");
  if (reported === NOTHING) return without(shadow, "reported");
  if (!isObject(reported) || !Object.keys(reported).length) fail(405, "reported is empty");
  return without(shadow, "reported", Object.keys(reported));
}

function merged(shadow: Shadow, part: Part, values: State, timestamp: number): Shadow {
  const kept = without(shadow, part, Object.keys(values));
  const set = Object.entries(values).filter(([, value]) => value !== NOTHING);
  const state = { ...kept[part], ...Object.fromEntries(set) };
  const times = { ...kept.metadata[part], ...Object.fromEntries(set.map(([name]) => [name, { timestamp }])) };
  return { ...kept, [part]: state, metadata: { ...kept.metadata, [part]: times } };
}

/** `names`: default all. */
function without(shadow: Shadow, part: Part, names = Object.keys(shadow[part])): Shadow {
  const rest = (state: State): State => Object.fromEntries(Object.entries(state).filter(([name]) => !names.includes(name)));
  return { ...shadow, [part]: rest(shadow[part]), metadata: { ...shadow.metadata, [part]: rest(shadow.metadata[part]) } };
}

function store(names: DeviceNames, shadow: Shadow, { records }: World): void {
  const { reported, desired } = shadow;
  if (countOf(reported) + countOf(desired) > MOST_ATTRIBUTES) fail(408, `more than ${MOST_ATTRIBUTES} attributes`);
  // For these two no code is documented.
  if (Math.max(depthOf(reported), depthOf(desired)) > MOST_LEVELS) fail(400, `more than ${MOST_LEVELS} levels`);
  if (Buffer.byteLength(JSON.stringify({ reported, desired })) > LONGEST_BYTES) fail(400, `more than ${LONGEST_BYTES} bytes`);
  records.set(names, "shadow", "shadow", shadow, shadow.version);
}

function countOf(value: unknown): number {
  return isObject(value) ? Object.values(value).reduce<number>((sum, one) => sum + (isObject(one) ? countOf(one) : 1), 0) : 0;
}

function depthOf(value: unknown): number {
  return isObject(value) ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
}

function shown({ reported, desired, metadata, version }: Shadow): object {
  return { payload: { status: "success", state: { reported, desired }, metadata }, version };
}

/** The cloud's wish, stored with the next version, and what the device is told about it. @throws {Error} when it is too large. */
export function desire(names: DeviceNames, values: State, world: World): Message {
  const timestamp = Math.floor(world.time.now() / 1000);
  const shadow = shadowOf(names, world);
  const wished = { ...merged(shadow, "desired", values, timestamp), version: shadow.version + 1 };
  store(names, wished, world);
  return jsonMessage(`/shadow/get/${pathOf(names)}`, { method: "control", ...shown(wished), timestamp }, 1);
}

/** What a device says about its software (Aliyun IoT Platform, "OTA"): its version, how far an update is, and whether there is one. */
import type { Message } from "../../../broker/rules.ts";
import { isObject, jsonMessage } from "../../json.ts";
import { pathOf } from "../identifier.ts";
import type { DeviceNames } from "../identifier.ts";
import { DEFAULT_MODULE } from "../jobs.ts";
import type { World } from "../world.ts";
import { badParameter, parseAlink } from "./alink.ts";
import type { Outcome, Service } from "./alink.ts";

/** Nothing is answered; what is wrong is told. */
export function versionReport(message: Message, names: DeviceNames, world: World): Message[] {
  const request = parseAlink(message.payload);
  const outcome = "wrong" in request ? request.wrong : inform(request.params, names, world);
  if (outcome) return reject(message, outcome, names, world);
  const module = moduleOf((request as { params: unknown }).params) as string;
  for (const push of world.jobs.firstPush(names, module)) void world.links.send(names, push);
  return [];
}

function inform(params: unknown, names: DeviceNames, { jobs }: World): (Outcome & { code: number }) | null {
  const read = informed(params);
  if ("code" in read) return read;
  jobs.informed(names, read.module, read.version);
  return null;
}

/** What `params` of a version report say. */
export function informed(params: unknown): { module: string; version: string } | (Outcome & { code: number }) {
  const module = moduleOf(params);
  const version = isObject(params) ? params["version"] : undefined;
  if (module === null || typeof version != "string" || version == "") return badParameter("params: version, and module as text");
  return { module, version };
}

export function progressReport(message: Message, names: DeviceNames, world: World): Message[] {
  const request = parseAlink(message.payload);
  const outcome = "wrong" in request ? request.wrong : progress(request.params, names, world);
  return outcome ? reject(message, outcome, names, world) : [];
}

function progress(params: unknown, names: DeviceNames, { jobs }: World): (Outcome & { code: number }) | null {
  const read = progressed(params);
  if ("code" in read) return read;
  jobs.progressed(names, read.module, read.step, read.desc);
  return null;
}

/** What `params` of a progress report say. `step`: text, 1 to 100 per cent, or -1 upgrade, -2 download, -3 verification, -4 flashing failed. */
export function progressed(params: unknown): { module: string; step: string; desc: string } | (Outcome & { code: number }) {
  const module = moduleOf(params);
  const { step, desc = "" } = isObject(params) ? params : { step: undefined };
  if (module === null || typeof step != "string" || !/^(-[1-4]|[1-9]\d?|100)$/.test(step) || typeof desc != "string")
    return badParameter('params: step as text, "1" to "100" or "-1" to "-4"');
  return { module, step, desc };
}

/** The older way to ask: answered like a push. */
export function legacyQuery(message: Message, names: DeviceNames, world: World): Message[] {
  const request = parseAlink(message.payload);
  const module = "wrong" in request ? null : moduleOf(request.params ?? {});
  if (module === null) return reject(message, badParameter("params: module as text"), names, world);
  const { id } = request;
  const answer = { code: "1000", data: world.jobs.query(names, module), id, message: "success" };
  return [jsonMessage(`/ota/device/upgrade/${pathOf(names)}`, answer)];
}

export const getFirmware: Service = ({ params }, names, { jobs }) => {
  const module = moduleOf(params ?? {});
  return module === null ? badParameter("params: module as text") : { data: jobs.query(names, module) };
};

/** @returns `null` when it is not text. */
export function moduleOf(params: unknown): string | null {
  const { module = DEFAULT_MODULE } = isObject(params) ? params : { module: null };
  return typeof module == "string" && module != "" ? module : null;
}

function reject({ topic }: Message, outcome: Outcome & { code: number }, names: DeviceNames, { tell }: World): Message[] {
  tell({ ev: "rejected", device: pathOf(names), topic, code: outcome.code, reason: "message" in outcome ? outcome.message : "" });
  return [];
}

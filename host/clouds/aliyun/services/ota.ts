/** What a device says about its software (Aliyun IoT Platform, "OTA"): its version, how far an update is, and whether there is one. */
import type { Message } from "../../../broker/rules.ts";
import { jsonMessage } from "../../shared/json.ts";
import { pathOf } from "../identifier.ts";
import type { DeviceNames } from "../identifier.ts";
import type { World } from "../world.ts";
import { badParameter, parseAlink } from "../../alink/messages.ts";
import { readVersionReport, moduleOf, readProgressReport } from "../../alink/reports.ts";
import type { Outcome } from "../../alink/messages.ts";
import type { Service } from "./service.ts";

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
  const read = readVersionReport(params);
  if ("code" in read) return read;
  jobs.informed(names, read.module, read.version);
  return null;
}

export function progressReport(message: Message, names: DeviceNames, world: World): Message[] {
  const request = parseAlink(message.payload);
  const outcome = "wrong" in request ? request.wrong : progress(request.params, names, world);
  return outcome ? reject(message, outcome, names, world) : [];
}

function progress(params: unknown, names: DeviceNames, { jobs }: World): (Outcome & { code: number }) | null {
  const read = readProgressReport(params);
  if ("code" in read) return read;
  jobs.progressed(names, read.module, read.step, read.desc);
  return null;
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

function reject({ topic }: Message, outcome: Outcome & { code: number }, names: DeviceNames, { tell }: World): Message[] {
  tell({ ev: "rejected", device: pathOf(names), topic, code: outcome.code, reason: "message" in outcome ? outcome.message : "" });
  return [];
}

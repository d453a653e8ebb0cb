/**
 * What a device says about its software on the topics of a private broker (cloud reference, section 4), and what is
 * answered. Nothing else is accepted.
 */
import { parseBlockRequest } from "../../alink/blocks.ts";
import type { BlockRequest } from "../../alink/blocks.ts";
import { parseAlink } from "../../alink/messages.ts";
import { DEFAULT_MODULE, readVersionReport, moduleOf, readProgressReport } from "../../alink/reports.ts";

export type Said =
  | { kind: "inform"; version: string }
  /** `step`: 1 to 100 per cent, or -1 upgrade, -2 download, -3 verification, -4 flashing failed. */
  | { kind: "progress"; step: number; text: string }
  | { kind: "get"; id: string }
  | { kind: "download"; request: BlockRequest }
  | { kind: "wrong"; id: string; reason: string; code: number };

/** Last levels of the topics that a device publishes to. */
export const DEVICE_LEAVES = ["inform", "progress", "get", "download"] as const;
export type DeviceLeaf = (typeof DEVICE_LEAVES)[number];

export function read(leaf: DeviceLeaf, payload: Buffer): Said {
  if (leaf == "download") {
    const request = parseBlockRequest(payload);
    return "wrong" in request ? wrong(request.id, request.wrong) : { kind: "download", request };
  }
  const request = parseAlink(payload);
  if ("wrong" in request) return wrong(request.id, request.wrong);
  const { id, params } = request;
  if (leaf == "get") {
    const module = moduleOf(params ?? {});
    return module == DEFAULT_MODULE ? { kind: "get", id } : otherModule(id);
  }
  const report = leaf == "inform" ? readVersionReport(params) : readProgressReport(params);
  if ("code" in report) return wrong(id, report);
  if (report.module != DEFAULT_MODULE) return otherModule(id);
  return "version" in report
    ? { kind: "inform", version: report.version }
    : { kind: "progress", step: Number(report.step), text: report.desc };
}

function wrong(id: string, outcome: { code: number } & ({ message: string } | { data: unknown })): Said {
  return { kind: "wrong", id, code: outcome.code, reason: "message" in outcome ? outcome.message : "" };
}

function otherModule(id: string): Said {
  return { kind: "wrong", id, code: 460, reason: `module: there is none but "${DEFAULT_MODULE}"` };
}

/** Of a push or of the answer to a query, in the order seen on the wire. */
export interface UpdateData {
  size: number;
  streamId: number;
  sign: string;
  dProtocol: "mqtt";
  version: string;
  signMethod: "SHA256";
  streamFileId: number;
}

export function pushPayload(id: number, data: UpdateData): Buffer {
  return Buffer.from(JSON.stringify({ code: "1000", data, id, message: "success" }), "utf8");
}

/** `null`: there is no update. */
export function queryPayload(id: string, data: UpdateData | null): Buffer {
  return Buffer.from(JSON.stringify({ id, code: 200, data: data ?? {} }), "utf8");
}

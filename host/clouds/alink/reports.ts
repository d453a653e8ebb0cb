/** What devices say about their software (Aliyun IoT Platform, "OTA"). */
import { isObject } from "../shared/json.ts";
import { badParameter } from "./messages.ts";
import type { Outcome } from "./messages.ts";

/** The part of a device that its application is. */
export const DEFAULT_MODULE = "default";

/** What `params` of a version report say. */
export function readVersionReport(params: unknown): { module: string; version: string } | (Outcome & { code: number }) {
  const module = moduleOf(params);
  const version = isObject(params) ? params["version"] : undefined;
  if (module === null || typeof version != "string" || version == "") return badParameter("params: version, and module as text");
  return { module, version };
}

/**
 * What `params` of a progress report say. `step`: text, 1 to 100 per cent, or -1 upgrade, -2 download, -3 verification, -4 flashing failed.
 */
export function readProgressReport(params: unknown): { module: string; step: string; desc: string } | (Outcome & { code: number }) {
  const module = moduleOf(params);
  const { step, desc = "" } = isObject(params) ? params : { step: undefined };
  if (module === null || typeof step != "string" || !/^(-[1-4]|[1-9]\d?|100)$/.test(step) || typeof desc != "string")
    return badParameter('params: step as text, "1" to "100" or "-1" to "-4"');
  return { module, step, desc };
}

/** @returns `null` when it is not text. */
export function moduleOf(params: unknown): string | null {
  const { module = DEFAULT_MODULE } = isObject(params) ? params : { module: null };
  return typeof module == "string" && module != "" ? module : null;
}

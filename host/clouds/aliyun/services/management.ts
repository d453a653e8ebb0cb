/** Tags, remote configuration and logs of a device (Aliyun IoT Platform, "Device tags", "Remote configuration", "Upload logs"). */
import { pathOf } from "../identifier.ts";
import { configOf } from "../configuration.ts";
import { isObject } from "../../shared/json.ts";
import { badParameter } from "../../alink/messages.ts";
import type { Service } from "./service.ts";

/** Tags of one device (document 30527). */
const MOST_TAGS = 100;

export const updateTags: Service = ({ params }, names, { records }) => {
  if (!Array.isArray(params) || !params.every(isTag)) return badParameter("params: a list of attrKey and attrValue");
  const known = records.all(names, "tag").map(({ name }) => name);
  if (new Set([...known, ...params.map(({ attrKey }) => attrKey)]).size > MOST_TAGS) return badParameter(`at most ${MOST_TAGS} tags`);
  records.setAll(names, "tag", Object.fromEntries(params.map(({ attrKey, attrValue }) => [attrKey, attrValue])));
  return { data: {} };
};

function isTag(value: unknown): value is { attrKey: string; attrValue: string } {
  return isObject(value) && typeof value["attrKey"] == "string" && typeof value["attrValue"] == "string";
}

export const deleteTags: Service = ({ params }, names, { records }) => {
  if (!Array.isArray(params) || !params.every((one) => isObject(one) && typeof one["attrKey"] == "string"))
    return badParameter("params: a list of attrKey");
  for (const { attrKey } of params as { attrKey: string }[]) records.remove(names, "tag", attrKey);
  return { data: {} };
};

/** 6713: the product has no remote configuration; 6710: it has none to give. Which is which is not documented. */
export const getConfig: Service = ({ params }, { productKey }, world) => {
  if (!isObject(params) || params["configScope"] !== "product" || params["getType"] !== "file")
    return badParameter("params: configScope product, getType file");
  const config = configOf(productKey, world);
  if (config === undefined) return { code: 6713, message: "remote configuration is switched off" };
  return config ? { data: config } : { code: 6710, message: "no configuration" };
};

const LEVELS: readonly unknown[] = ["FATAL", "ERROR", "WARN", "INFO", "DEBUG"];

export const postLog: Service = ({ params }, names, { tell }) => {
  const isLine = (line: unknown): boolean => isObject(line) && LEVELS.includes(line["logLevel"]) && typeof line["utcTime"] == "string";
  if (!Array.isArray(params) || !params.every(isLine))
    return badParameter(`params: a list of lines with utcTime and logLevel, one of ${LEVELS.join(", ")}`);
  tell({ ev: "log", device: pathOf(names), lines: params });
  return { data: {} };
};

export const getLogConfig: Service = ({ params }, names, { registry }) => {
  if (!isObject(params) || params["configScope"] !== "device" || params["getType"] !== "content")
    return badParameter("params: configScope device, getType content");
  return { data: { getType: "content", content: { mode: registry.logMode(names) } } };
};

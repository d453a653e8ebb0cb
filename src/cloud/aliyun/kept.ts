/** What registration gave, as it stands in flash: of this product and device, or nothing. */
import type { Who } from "../../api/cloud";
import { configOf, nameOf } from "./plan";
import { parsed } from "../../text/read-json";

/** `values`: what was given. */
export function keptText(who: Who, values: string[]): string {
  return JSON.stringify([configOf(who).productKey, nameOf(who)].concat(values));
}

/** Those values; `[]` if there are none, those of another device, or what a power cut left of them. */
export function keptValues(who: Who, kept: string): string[] {
  const all = parsed(kept) as unknown as string[];
  return all[0] == configOf(who).productKey && all[1] == nameOf(who) ? all.slice(2) : [];
}

/** What proves the product's secret: the same over HTTPS and MQTT. */
export function registrationContent(who: Who, random: string): string {
  return "deviceName" + nameOf(who) + "productKey" + configOf(who).productKey + "random" + random;
}

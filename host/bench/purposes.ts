/** What a command of a bring-up is for. */
import { PURPOSES } from "../modules/core/purposes.ts";
import type { CommandNotes } from "../modules/types.ts";
import { nameOf } from "./session.ts";

/** Of a command line, joined commands included; `""`: not known. */
export function purposeOf(line: string, { purposes, publish }: CommandNotes): string {
  if (publish.test(line)) return "MQTT PUBLISH: the first message";
  const all = { ...PURPOSES, ...purposes };
  return [...new Set(line.split(";").map((command) => purposeOfOne(command, all)))].filter(Boolean).join("; ");
}

function purposeOfOne(command: string, purposes: Readonly<Record<string, string>>): string {
  const name = nameOf(command);
  const rest = command.slice(command.indexOf(name) + name.length);
  // The longest beginning that is listed says most.
  const keys = Object.keys(purposes).filter((key) => (name + rest).startsWith(key) && nameOf(key) == name);
  const [best] = keys.sort((a, b) => b.length - a.length);
  return best === undefined ? "" : (purposes[best] as string);
}

/** Clouds by their names. */
import * as all from "./index.ts";
import type { Cloud } from "./types.ts";

const CLOUDS: Readonly<Record<string, Cloud>> = all;

/** What a product without the field has. */
export const DEFAULT_CLOUD = "broker" satisfies keyof typeof all;

/** What `npm run cloud` emulates unless it is told otherwise. */
export const DEFAULT_PLATFORM = "aliyun" satisfies keyof typeof all;

/** The default first. */
export const CLOUD_NAMES: readonly string[] = [DEFAULT_CLOUD, ...Object.keys(CLOUDS).filter((name) => name != DEFAULT_CLOUD)];

/** `undefined`: there is no such cloud. */
export function findCloud(name: string): Cloud | undefined {
  return Object.hasOwn(CLOUDS, name) ? CLOUDS[name] : undefined;
}

/** @throws {Error} when there is no such cloud: for names that were checked. */
export function cloudNamed(name: string): Cloud {
  const cloud = findCloud(name);
  if (!cloud) throw new Error(`there is no cloud "${name}"; there are ${CLOUD_NAMES.join(", ")}`);
  return cloud;
}

const GIVEN = Object.values(CLOUDS).flatMap(({ givenSecrets = [] }) => givenSecrets);
/** In JSON that a module hands over; the text may be cut anywhere. */
const GIVEN_FIELD = new RegExp(`("(?:${GIVEN.join("|")})" *: *")[^"]*`, "g");

/** A line of the module without what clouds give a device to prove itself with. */
export function withoutGiven(line: string): string {
  return line.replace(GIVEN_FIELD, "$1***");
}

/** What a device has written itself, and what a new firmware must not take from it. */
import { IDENTITY } from "../config/identity-files.ts";
import type { Identity } from "../../src/api/config.ts";
import type { StoredFile } from "../image/storage.ts";

/**
 * Written by the firmware: the secret that a cloud gave the device once and never again (`src/cloud/authorize.ts`), and which SIM PIN was
 * tried (`src/cellular/bringup/pin.ts`; a second wrong try leads towards PUK).
 */
export const OWN_FILES: readonly string[] = ["secret", "simpin"];

/**
 * Names of the files that stay: the device's own, and, unless the job brings an identity, the one it has with its certificate and key.
 * `identity`: the content of that file.
 * @throws {Error} if it is no identity.
 */
export function keptNames(identity: string | undefined, bringsIdentity: boolean): string[] {
  if (identity === undefined || bringsIdentity) return [...OWN_FILES];
  let parsed: Identity;
  try {
    parsed = JSON.parse(identity) as Identity;
  } catch {
    throw new Error(`the file "${IDENTITY}" on the board is damaged: it is no JSON`);
  }
  return [...OWN_FILES, IDENTITY, ...[parsed.clientCert, parsed.clientKey].filter((name) => name !== undefined)];
}

/** The same out of a Storage that was read. @throws {Error} */
export function keptFiles(files: readonly StoredFile[], bringsIdentity: boolean): Map<string, Buffer> {
  const live = new Map(files.filter((file) => !file.deleted && file.flags == 0).map(({ name, data }) => [name, data]));
  const names = keptNames(live.get(IDENTITY)?.toString("latin1"), bringsIdentity);
  return new Map(names.flatMap((name) => (live.has(name) ? [[name, live.get(name) as Buffer] as const] : [])));
}

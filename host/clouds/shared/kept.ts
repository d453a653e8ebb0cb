/** What a cloud that `npm run cloud` starts keeps in its folder besides its database. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Issued } from "../../broker/issued.ts";
import { keptCertificate } from "./certificate.ts";

/** Addresses that stand for all of this PC's. */
const ANY = ["0.0.0.0", "::"];

/** Where a cloud listens that is to be reached under a name of this PC's. */
export function isAny(address: string): boolean {
  return ANY.includes(address);
}

interface Kept {
  /** For what has to be remembered. */
  folder: string;
  /** Host names and addresses that clients use. */
  names: readonly string[];
  /** Address to listen on. */
  listen: string;
}

/** `own`: the host names of the platform. Makes the folder, which is the first thing that is kept. */
export function serverCertificate({ folder, names, listen }: Kept, own: readonly string[]): Promise<Issued> {
  mkdirSync(folder, { recursive: true });
  return keptCertificate(folder, "Emulated cloud", ["localhost", ...own, ...names, ...(isAny(listen) ? [] : [listen])]);
}

/**
 * Somewhere to begin: a new platform has a device, and its secrets in a file that only its owner reads. `count` of `what` are there;
 * `make` makes the demo, and says what it is.
 */
export function demoFile(folder: string, what: string, count: number, secrets: object, make: () => string): [string, string][] {
  if (count) return [["data", `${folder}: ${count} ${what}${count == 1 ? "" : "s"}`]];
  const made = make();
  const file = join(folder, "demo.json");
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return [
    ["data", `${folder}: new`],
    ["demo", `${made}; its secrets are in ${file}`],
  ];
}

/** The certificate of a cloud that is left running: made afresh in a new folder, and the same when it is started there again. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import { issuedFor } from "../../broker/issued.ts";
import type { Issued } from "../../broker/issued.ts";

const FILE = "certificate.json";
const DAY_MS = 86_400_000;

/** `names`: of the server; it is always valid for this PC's address. The authority's key is kept nowhere. */
export async function keptCertificate(folder: string, authority: string, names: readonly string[]): Promise<Issued> {
  const file = join(folder, FILE);
  const kept = goodOne(file, names);
  if (kept) return kept;
  const issued = await issuedFor(authority, names, "good");
  writeFileSync(file, JSON.stringify(issued), { mode: 0o600 });
  return issued;
}

/** @returns `null` when there is none, or none that can still be used. */
function goodOne(file: string, names: readonly string[]): Issued | null {
  try {
    const kept = JSON.parse(readFileSync(file, "utf8")) as Issued;
    return isGood(kept, names) ? kept : null;
  } catch {
    return null;
  }
}

/** For a day at least, and for all names. */
function isGood({ server }: Issued, names: readonly string[]): boolean {
  const certificate = new X509Certificate(server.cert);
  const alternatives = (certificate.subjectAltName ?? "").split(", ");
  const covered = names.every((name) => alternatives.some((one) => one == `DNS:${name}` || one == `IP Address:${name}`));
  return covered && Date.parse(certificate.validTo) > Date.now() + DAY_MS;
}

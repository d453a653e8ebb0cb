/** The product's `tls` section: which certificate goes into the image, and whether it can vouch for anybody. */
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { ConnectionConfig } from "../../src/api/config.ts";
import type { PemFile } from "../modules/by-hand.ts";
import { cloudNamed } from "../clouds/find.ts";
import type { Root, Server } from "../clouds/types.ts";
import type { TlsUse } from "../modules/types.ts";
import { ROOT } from "../project/root.ts";
import { nameProblem, WRONG_CA } from "./storage-names.ts";

export interface CheckedTls {
  ca?: PemFile;
  mistakes: string[];
  /** For the build's log. */
  warnings: string[];
}

/** Certificates that come with the project. */
const FOLDER = join(ROOT, "certs");

/** A section `tls` and the server that it is for. `field`: as in `cloud.tls`, for messages. */
export interface TlsSection extends Server {
  use: TlsUse;
  /** By port: the certificate that is used when the section names none. */
  roots: Readonly<Record<number, Root>>;
}

/** The sections of a product: of the broker, and of other servers that the device asks. */
export function tlsSections(cloud: ConnectionConfig): TlsSection[] {
  const { roots, servers } = cloudNamed(cloud.type);
  const { host, port } = cloud;
  const all: (Server & { use: TlsUse })[] = (servers?.(cloud) ?? []).map((one) => ({ ...one, use: "http" }));
  if (cloud.tls) all.unshift({ field: "tls", tls: cloud.tls, host, port, use: "mqtt" });
  return all.map((one) => ({ ...one, field: `cloud.${one.field}`, roots }));
}

/** Fills in the section's file name and checksum. `directory`: where the CA file is looked for, before `certs/`. */
export function checkTls(section: TlsSection, directory: string, now: Date): CheckedTls {
  const { field, tls } = section;
  const mistakes: string[] = [];
  const warnings: string[] = [];
  const chosen = tls.ca || tls.insecure ? undefined : section.roots[section.port];
  if (chosen) tls.ca = chosen.file;
  mistakes.push(...tlsMistakes(section));
  let ca: PemFile | undefined;
  // Without verification the file is not used, so it is not needed.
  if (tls.ca && !tls.insecure) {
    const path = chosen ? join(FOLDER, chosen.file) : placeOf(tls.ca, directory);
    const problem = certificateProblem(path, now);
    if (problem) mistakes.push(`${field}.ca: ${problem}`);
    else ca = { name: basename(path), pem: readFileSync(path) };
    if (ca && chosen?.ends) {
      const end = new Date(new X509Certificate(ca.pem).validTo).toISOString().slice(0, 10);
      const { name, instead } = chosen.ends;
      const better = field == "cloud.tls" ? `; ${instead}` : "";
      warnings.push(`${field}: port ${section.port} is verified with ${name}, which expires on ${end}${better}`);
    }
  }
  tls.ca = basename(tls.ca);
  tls.caChecksum = ca ? moduleChecksum(ca.pem) : "0";
  return { ...(ca && { ca }), mistakes, warnings };
}

/** Nobody's: a server that is refused for it shows that the board's interpreter verifies. */
export function wrongCa(): PemFile {
  return { name: WRONG_CA, pem: readFileSync(join(import.meta.dirname, `${WRONG_CA}.pem`)) };
}

function placeOf(name: string, directory: string): string {
  const beside = resolve(directory, name);
  const ours = join(FOLDER, basename(name));
  return !existsSync(beside) && basename(name) == name && existsSync(ours) ? ours : beside;
}

function tlsMistakes({ field, tls, host, roots }: TlsSection): string[] {
  const mistakes: string[] = [];
  if (!tls.ca && !tls.insecure) {
    const ports = Object.keys(roots);
    const known = ports.length ? `; it is chosen for port${ports.length > 1 ? "s" : ""} ${ports.join(", ")} only` : "";
    mistakes.push(`${field}.ca: missing; a server is verified against it ("insecure": true switches that off)${known}`);
  }
  const problem = tls.ca && nameProblem(basename(tls.ca));
  if (problem) mistakes.push(`${field}.ca: ${problem}`);
  // The module sends the host of the connection as SNI and checks the certificate for it; there is no command for another name.
  if (tls.serverName !== null && tls.serverName != host)
    mistakes.push(`${field}.serverName: this module can only use the name of the host it connects to; leave it null`);
  return mistakes;
}

/** Why this file cannot be a CA certificate, or `""`. */
function certificateProblem(path: string, now: Date): string {
  if (!existsSync(path)) return `${path}: no such file`;
  const text = readFileSync(path, "latin1");
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (text.includes("PRIVATE KEY")) return `${path}: holds a private key, which must never be in an image`;
  if (!blocks.length) return `${path}: no PEM certificate in it ("-----BEGIN CERTIFICATE-----")`;
  for (const block of blocks) {
    let certificate: X509Certificate;
    try {
      certificate = new X509Certificate(block);
    } catch {
      return `${path}: holds a certificate that cannot be read`;
    }
    const subject = certificate.subject.replaceAll("\n", ", ");
    if (now > new Date(certificate.validTo)) return `${path}: the certificate ${subject} expired on ${certificate.validTo}`;
    if (now < new Date(certificate.validFrom)) return `${path}: the certificate ${subject} is not valid before ${certificate.validFrom}`;
  }
  return "";
}

/**
 * Checksum of a file as a Quectel module prints it (FILE AT Commands Manual, QFUPL): XOR of its 16-bit big-endian words, an odd last byte
 * being the high byte of one; hex, lower case, no leading zeros.
 */
export function moduleChecksum(data: Buffer): string {
  let sum = 0;
  for (let i = 0; i < data.length; i += 2) sum ^= (data.readUInt8(i) << 8) | (i + 1 < data.length ? data.readUInt8(i + 1) : 0);
  return sum.toString(16);
}

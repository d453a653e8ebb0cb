/** The product's `tls` section: which certificate goes into the image, and whether it can vouch for anybody. */
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { CloudConfig, TlsConfig } from "../../src/api/config.ts";
import { asksOverHttps, MODULES } from "../compile/modules.ts";
import { ROOT } from "./root.ts";

/** The Storage name and bytes of a certificate or a key. */
export interface PemFile {
  name: string;
  pem: Buffer;
}

export interface CheckedTls {
  ca?: PemFile;
  mistakes: string[];
  /** For the build's log. */
  warnings: string[];
}

/** Certificates that come with the project. */
const FOLDER = join(ROOT, "certs");

const WRONG_CA = "wrong-ca";

/** Which root vouches for which port of a cloud. */
const ROOTS: Readonly<Record<CloudConfig["type"], Readonly<Record<number, string>>>> = {
  broker: {},
  // Link SDK for C 4.2.0, change log of 2023-11-06.
  aliyun: { 8883: "aliyun-iot-root-s1.pem", 1883: "globalsign-root-r1.pem", 443: "globalsign-root-r1.pem" },
  // Tuya's examples for its data center in China; what others present is not certain.
  tuya: { 8883: "godaddy-root-g2.pem" },
  // OneNET's own, signed by itself.
  onenet: { 8883: "onenet-mqtts.pem" },
};
const ENDING_ROOT = "globalsign-root-r1.pem";

/** A section `tls` and the server that it is for. */
export interface TlsSection {
  /** As in `cloud.tls`, for messages. */
  field: string;
  tls: TlsConfig;
  host: string;
  port: number;
  /** By port: the certificate that is used when the section names none. */
  roots: Readonly<Record<number, string>>;
}

/** The sections of a product. Where the device asks something over HTTPS it verifies that server too, by default as the other one. */
export function tlsSections(cloud: CloudConfig): TlsSection[] {
  const roots = ROOTS[cloud.type];
  const sections: TlsSection[] = [];
  if (cloud.tls) sections.push({ field: "cloud.tls", tls: cloud.tls, host: cloud.host, port: cloud.port, roots });
  if (cloud.type == "aliyun" && asksOverHttps(cloud)) {
    const [host = "", port = "443"] = cloud.authHost.split(":");
    cloud.authTls ??= { ca: "", caChecksum: "", serverName: null, checkDate: cloud.tls?.checkDate ?? "auto", insecure: false };
    sections.push({ field: "cloud.authTls", tls: cloud.authTls, host, port: Number(port), roots });
  }
  // Object storage of the region (Aliyun IoT Platform, "OTA"); what a push names is asked.
  if (cloud.type == "aliyun" && cloud.otaTls)
    sections.push({ field: "cloud.otaTls", tls: cloud.otaTls, host: `iotx-ota.oss-${cloud.region}.aliyuncs.com`, port: 443, roots });
  return sections;
}

/** Fills in the section's file name and checksum. `directory`: where the CA file is looked for, before `certs/`. */
export function checkTls(section: TlsSection, directory: string, now: Date): CheckedTls {
  const { field, tls } = section;
  const mistakes: string[] = [];
  const warnings: string[] = [];
  const chosen = tls.ca || tls.insecure ? undefined : section.roots[section.port];
  if (chosen) tls.ca = chosen;
  mistakes.push(...tlsMistakes(section));
  let ca: PemFile | undefined;
  // Without verification the file is not used, so it is not needed.
  if (tls.ca && !tls.insecure) {
    const path = chosen ? join(FOLDER, chosen) : placeOf(tls.ca, directory);
    const problem = certificateProblem(path, now);
    if (problem) mistakes.push(`${field}.ca: ${problem}`);
    else ca = { name: basename(path), pem: readFileSync(path) };
    if (ca && chosen == ENDING_ROOT) {
      const end = new Date(new X509Certificate(ca.pem).validTo).toISOString().slice(0, 10);
      const better = field == "cloud.tls" ? "; the root of port 8883 lasts until 2053" : "";
      warnings.push(`${field}: port ${section.port} is verified with GlobalSign Root R1, which expires on ${end}${better}`);
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

/** Why a file of this name cannot be one in Storage, and a quoted name in AT commands of at most 80 bytes, or `""`. */
export function nameProblem(name: string): string {
  if (!/^[\w.-]{1,28}$/.test(name)) return `"${name}" must be 1 to 28 letters, digits, ".", "_" or "-"`;
  const taken = [...MODULES.map((module) => module.name), "board", "product", "identity", "simpin", "secret", WRONG_CA];
  return taken.includes(name) ? `the name "${name}" is taken by a file of the firmware` : "";
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
 * Checksum of a file as a Quectel module prints it (FILE AT Commands Manual, QFUPL): XOR of its 16-bit big-endian words, an odd last byte being the
 * high byte of one; hex, lower case, no leading zeros.
 */
export function moduleChecksum(data: Buffer): string {
  let sum = 0;
  for (let i = 0; i < data.length; i += 2) sum ^= (data.readUInt8(i) << 8) | (i + 1 < data.length ? data.readUInt8(i + 1) : 0);
  return sum.toString(16);
}

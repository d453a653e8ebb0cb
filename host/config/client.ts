/** The identity's client certificate and key: read, checked against each other, and put where the firmware finds them. */
import { X509Certificate, createPrivateKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { Identity } from "../../src/api/config.ts";
import type { PemFile } from "../modules/by-hand.ts";
import { nameProblem } from "./storage-names.ts";
import { moduleChecksum } from "./tls.ts";
import { ConfigError } from "../project/mistakes.ts";

/** What messages call the identity, and the folder of its files. */
export interface IdentityPlace {
  name: string;
  directory: string;
}

/** `source`: a path, or the identity itself, whose files are then in `directory`. */
export function placeOf(source: string | object, directory = "."): IdentityPlace {
  return typeof source == "string" ? { name: source, directory: dirname(source) } : { name: "identity", directory };
}

/**
 * Fills in the Storage names and checksums of `clientCert` and `clientKey`. Without them there are no files. `taken`: names of the product's certificates.
 * @throws {ConfigError} naming file and field, never what is in the files.
 */
export function clientFiles(identity: Identity, place: IdentityPlace, now: Date, taken: readonly string[] = []): PemFile[] {
  if (identity.clientCert === undefined || identity.clientKey === undefined) return [];
  const cert = { name: basename(identity.clientCert), path: resolve(place.directory, identity.clientCert) };
  const key = { name: basename(identity.clientKey), path: resolve(place.directory, identity.clientKey) };
  const mistakes: string[] = [];
  for (const [field, { name }] of [["clientCert", cert] as const, ["clientKey", key] as const]) {
    const problem = taken.includes(name) ? `"${name}" is the name of a CA's file` : nameProblem(name);
    if (problem) mistakes.push(`${field}: ${problem}`);
  }
  if (cert.name == key.name) mistakes.push(`clientKey: "${key.name}" is the name of clientCert's file too`);
  const certificate = readCertificate(cert.path, now, mistakes);
  const privateKey = readKey(key.path, mistakes);
  if (certificate && privateKey && !certificate.checkPrivateKey(privateKey))
    mistakes.push(`clientKey: ${key.path} is not the key of the certificate in ${cert.path}`);
  if (mistakes.length) throw new ConfigError(mistakes.map((mistake) => `${place.name}: ${mistake}`).join("\n"));
  const files = [cert, key].map(({ name, path }) => ({ name, pem: readFileSync(path) }));
  identity.clientCert = cert.name;
  identity.clientKey = key.name;
  identity.clientCertChecksum = moduleChecksum((files[0] as PemFile).pem);
  identity.clientKeyChecksum = moduleChecksum((files[1] as PemFile).pem);
  return files;
}

function readCertificate(path: string, now: Date, mistakes: string[]): X509Certificate | undefined {
  const wrong = (problem: string): undefined => void mistakes.push(`clientCert: ${path}: ${problem}`);
  if (!existsSync(path)) return wrong("no such file");
  const text = readFileSync(path, "latin1");
  if (text.includes("PRIVATE KEY")) return wrong("holds a private key, which belongs into the file of clientKey");
  if (!text.includes("-----BEGIN CERTIFICATE-----")) return wrong('no PEM certificate in it ("-----BEGIN CERTIFICATE-----")');
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(text);
  } catch {
    return wrong("holds a certificate that cannot be read");
  }
  if (now > new Date(certificate.validTo)) return wrong(`the certificate expired on ${certificate.validTo}`);
  if (now < new Date(certificate.validFrom)) return wrong(`the certificate is not valid before ${certificate.validFrom}`);
  return certificate;
}

function readKey(path: string, mistakes: string[]): KeyObject | undefined {
  const wrong = (problem: string): undefined => void mistakes.push(`clientKey: ${path}: ${problem}`);
  if (!existsSync(path)) return wrong("no such file");
  const text = readFileSync(path, "latin1");
  if (!text.includes("PRIVATE KEY-----")) return wrong('no PEM key in it ("-----BEGIN PRIVATE KEY-----")');
  if (text.includes("ENCRYPTED")) return wrong("the key is encrypted; a module takes it without a pass phrase");
  try {
    return createPrivateKey(text);
  } catch {
    return wrong("holds a key that cannot be read");
  }
}

/**
 * A certificate authority of its own and the server certificates it issues: RSA-2048, as 4G modules and the interpreter's `tls` want it.
 */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  cryptoProvider,
} from "@peculiar/x509";
import type { Extension, JsonGeneralNames } from "@peculiar/x509";

export interface Validity {
  /** Default: an hour ago. */
  from?: Date;
  /** Default: in 45 days; devices live through a month of virtual time. */
  to?: Date;
}

export interface ServerNames extends Validity {
  /** DNS names, each a subject alternative name; the first is the common name too. */
  names?: readonly string[];
  /** IP addresses, likewise. */
  ips?: readonly string[];
}

/** PEM texts. */
export interface ServerCertificate {
  cert: string;
  key: string;
}

/** PEM texts by which a client shows who it is. */
export interface ClientCertificate {
  cert: string;
  key: string;
}

export interface Authority {
  /** Its certificate, PEM: what a device gets to verify servers with. */
  pem: string;
  issue(names: ServerNames): Promise<ServerCertificate>;
  /** `own`: a pair whose key is kept, and whose certificate is replaced by one of this authority. */
  issueClient(name: string, own?: ClientCertificate): Promise<ClientCertificate>;
}

const RSA: webcrypto.RsaHashedKeyGenParams = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1.3.6.1.5.5.7.3.1: TLS web server authentication (RFC 5280, 4.2.1.12). */
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
/** The same for clients. */
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/** Makes a new authority; its key lives in memory only. */
export async function makeAuthority(options: Validity & { name?: string } = {}): Promise<Authority> {
  cryptoProvider.set(webcrypto as unknown as Parameters<typeof cryptoProvider.set>[1]);
  const keys = await newKeys();
  const { name = "Test Authority" } = options;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${name}`,
    ...validity(options),
    signingAlgorithm: RSA,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  async function issue(server: ServerNames): Promise<ServerCertificate> {
    const serverKeys = await newKeys();
    const alternatives: JsonGeneralNames = [
      ...(server.names ?? []).map((value) => ({ type: "dns" as const, value })),
      ...(server.ips ?? []).map((value) => ({ type: "ip" as const, value })),
    ];
    const extensions: Extension[] = [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension([SERVER_AUTH]),
      new SubjectAlternativeNameExtension(alternatives),
      await SubjectKeyIdentifierExtension.create(serverKeys.publicKey),
      await AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ];
    const issued = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: `CN=${alternatives[0]?.value ?? "server"}`,
      issuer: certificate.subject,
      ...validity(server),
      signingAlgorithm: RSA,
      publicKey: serverKeys.publicKey,
      signingKey: keys.privateKey,
      extensions,
    });
    return { cert: pem(issued.toString("pem")), key: await keyPem(serverKeys) };
  }

  async function issueClient(clientName: string, own?: ClientCertificate): Promise<ClientCertificate> {
    const clientKeys = own ? null : await newKeys();
    const issued = await X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: `CN=${clientName}`,
      issuer: certificate.subject,
      ...validity({}),
      signingAlgorithm: RSA,
      publicKey: clientKeys ? clientKeys.publicKey : new X509Certificate((own as ClientCertificate).cert).publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([CLIENT_AUTH]),
      ],
    });
    return { cert: pem(issued.toString("pem")), key: clientKeys ? await keyPem(clientKeys) : (own as ClientCertificate).key };
  }

  return { pem: pem(certificate.toString("pem")), issue, issueClient };
}

async function keyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return pem(PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY"));
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(RSA, true, ["sign", "verify"]);
}

function validity({ from = new Date(Date.now() - HOUR_MS), to = new Date(Date.now() + 45 * DAY_MS) }: Validity): {
  notBefore: Date;
  notAfter: Date;
} {
  return { notBefore: from, notAfter: to };
}

/** 16 hex digits, positive: the first bit is 0 (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(8));
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}

/** With a line end at its end, as files have it. */
function pem(text: string): string {
  return `${text.trim()}\n`;
}

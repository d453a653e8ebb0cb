/** Whether a server is who it says: chain, dates and name, each as far as the module's settings ask for it. */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { checkServerIdentity, type DetailedPeerCertificate } from "node:tls";

export interface Verification {
  /** PEM, one or more certificates. Garbage trusts nobody. */
  ca: Buffer | null;
  /** The module's clock for the validity dates, Unix milliseconds; null: dates do not matter. */
  dateMs: number | null;
  /** The name that the certificate must be for; null: any. */
  name: string | null;
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** Longer chains than this are a loop. */
const MAX_DEPTH = 10;

/** @returns why the server is refused, or null. */
export function refusal(peer: DetailedPeerCertificate, wanted: Verification): string | null {
  const anchors = wanted.ca === null ? [] : parsePem(wanted.ca);
  if (anchors.length === 0) return "no CA certificate";
  const chain = trustedChain(sentChain(peer), anchors);
  if (!chain) return "not issued by the CA";
  if (wanted.dateMs !== null) {
    for (const certificate of chain) {
      if (wanted.dateMs < Date.parse(certificate.validFrom)) return "not yet valid by the module's clock";
      if (wanted.dateMs > Date.parse(certificate.validTo)) return "expired by the module's clock";
    }
  }
  // A certificate for an address has no name to compare with: the CA is the only check.
  if (wanted.name === null || isIP(wanted.name)) return null;
  return checkServerIdentity(wanted.name, peer) ? "issued for another name" : null;
}

function parsePem(pem: Buffer): X509Certificate[] {
  const certificates: X509Certificate[] = [];
  for (const [text] of pem.toString("latin1").matchAll(PEM)) {
    try {
      certificates.push(new X509Certificate(text));
    } catch {
      // Not a certificate: it cannot vouch for anybody.
    }
  }
  return certificates;
}

/** What the server presented, its own certificate first. */
function sentChain(peer: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let next: DetailedPeerCertificate | undefined = peer; next?.raw && chain.length < MAX_DEPTH; next = next.issuerCertificate) {
    const certificate = new X509Certificate(next.raw);
    if (chain.some((known) => known.fingerprint256 === certificate.fingerprint256)) break;
    chain.push(certificate);
  }
  return chain;
}

/** From the server's certificate up to one that is trusted, or null. */
function trustedChain(sent: X509Certificate[], anchors: X509Certificate[]): X509Certificate[] | null {
  const chain: X509Certificate[] = [];
  let current = sent[0];
  while (current && chain.length < MAX_DEPTH) {
    chain.push(current);
    const certificate = current;
    if (anchors.some((anchor) => anchor.fingerprint256 === certificate.fingerprint256)) return chain;
    const anchor = anchors.find((candidate) => issued(candidate, certificate));
    if (anchor) return [...chain, anchor];
    current = sent.find((candidate) => !chain.includes(candidate) && issued(candidate, certificate));
  }
  return null;
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

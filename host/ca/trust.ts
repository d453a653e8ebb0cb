/** Which root a server's certificate leads to, and what a device would find wrong with it. */
import type { X509Certificate } from "node:crypto";
import { checkServerIdentity } from "node:tls";

/** A root that is known besides what servers send. */
export interface KnownRoot {
  certificate: X509Certificate;
  /** Where it is known from. */
  source: string;
}

export interface Found {
  root: X509Certificate;
  /** `null`: only the server vouches for it. */
  source: string | null;
  /** The server's certificate and those between it and the root. */
  below: X509Certificate[];
}

/** `chain`: the server's certificate first. @returns `null` where it leads to no root. */
export function rootOf(chain: readonly X509Certificate[], known: readonly KnownRoot[], now: Date): Found | null {
  const last = chain.at(-1);
  if (last && isIssuer(last, last)) {
    const same = known.find(({ certificate }) => certificate.fingerprint256 == last.fingerprint256);
    return { root: last, source: same?.source ?? null, below: chain.slice(0, -1) };
  }
  // The end first. A root that another one vouches for too is sent as if it were none: then the certificate before
  // it leads to the root itself.
  for (let length = chain.length; length > 0; length--) {
    const top = chain[length - 1] as X509Certificate;
    const issuers = known.filter(({ certificate }) => isIssuer(certificate, top));
    const issuer = issuers.find(({ certificate }) => !dateProblem(certificate, now)) ?? issuers[0];
    if (issuer) return { root: issuer.certificate, source: issuer.source, below: chain.slice(0, length) };
  }
  return null;
}

function isIssuer(issuer: X509Certificate, of: X509Certificate): boolean {
  return of.checkIssued(issuer) && of.verify(issuer.publicKey);
}

/** Why the root cannot vouch for the server, whatever the server's operator does; `""` if it can. */
export function chainProblem({ root, below }: Found, now: Date): string {
  const dated = dateProblem(root, now);
  if (dated) return `the root ${dated}`;
  const issuers = [...below.slice(1), root];
  for (const [i, certificate] of below.entries()) {
    const issuer = issuers[i] as X509Certificate;
    if (!isIssuer(issuer, certificate)) return `the signature of certificate ${i + 1} does not fit its issuer`;
    if (!issuer.ca) return `the issuer of certificate ${i + 1} is no certificate authority`;
  }
  return "";
}

/** What a device would refuse the server for, although the root is right. `name`: what it is called. */
export function serverProblems({ root, below }: Found, name: string, now: Date): string[] {
  const dates = below.map((certificate, i) => [i, dateProblem(certificate, now)] as const).filter(([, problem]) => problem);
  const [first = root] = below;
  const misfit = checkServerIdentity(name, first.toLegacyObject());
  return [
    ...dates.map(([i, problem]) => `certificate ${i + 1} ${problem}`),
    ...(misfit ? [`the name "${name}" is not in its certificate (${namesIn(first)})`] : []),
  ];
}

function namesIn({ subjectAltName }: X509Certificate): string {
  return subjectAltName ?? "which has no names";
}

export function dateProblem({ validFrom, validTo }: X509Certificate, now: Date): string {
  if (Date.parse(validTo) < now.getTime()) return `expired on ${day(validTo)}`;
  return Date.parse(validFrom) > now.getTime() ? `is not valid before ${day(validFrom)}` : "";
}

/** `2053-07-04`, in UTC. */
export function day(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}

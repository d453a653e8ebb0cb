/** Server certificates for runs on this PC, good ones and ones that a device must refuse. */
import { isIP } from "node:net";
import { makeAuthority } from "./certificates.ts";
import type { Authority, ClientCertificate, ServerCertificate } from "./certificates.ts";

/** What is wrong with the server's certificate. */
export type CertificateKind = "good" | "wrong-ca" | "wrong-name" | "expired";

export interface Issued {
  /** PEM of the authority that devices trust. */
  ca: string;
  server: ServerCertificate;
}

const LOCAL = "127.0.0.1";
const DAY_MS = 86_400_000;

/** Made once per process: a new RSA key takes a while. */
const issued = new Map<string, Promise<Issued>>();
const authorities = new Map<string, Promise<Authority>>();

/** By which a device shows who it is: of the authority that the broker knows, or of another one. */
export async function clientFor(authorityName: string, kind: "trusted" | "stranger", own?: ClientCertificate): Promise<ClientCertificate> {
  const authority = kind == "stranger" ? await makeAuthority({ name: "Another Authority" }) : await authorityOf(authorityName);
  return authority.issueClient("device", own);
}

function authorityOf(name: string): Promise<Authority> {
  const known = authorities.get(name) ?? makeAuthority({ name });
  authorities.set(name, known);
  return known;
}

/** `names`: DNS names (with `*` for one label) and addresses of the server; it is always valid for this PC's address too. */
export function issuedFor(authorityName: string, names: readonly string[], kind: CertificateKind): Promise<Issued> {
  const key = [authorityName, kind, ...names].join(" ");
  const known = issued.get(key) ?? issue(authorityName, names, kind);
  issued.set(key, known);
  return known;
}

async function issue(authorityName: string, names: readonly string[], kind: CertificateKind): Promise<Issued> {
  const authority = await authorityOf(authorityName);
  const issuer = kind == "wrong-ca" ? await makeAuthority({ name: "Another Authority" }) : authority;
  const valid = kind == "wrong-name" ? ["other.test"] : names;
  const server = await issuer.issue({
    names: valid.filter((name) => !isIP(name)),
    ips: [...new Set([LOCAL, ...valid.filter((name) => isIP(name))])],
    ...(kind == "expired" && { from: new Date(Date.now() - 3 * DAY_MS), to: new Date(Date.now() - DAY_MS) }),
  });
  return { ca: authority.pem, server };
}

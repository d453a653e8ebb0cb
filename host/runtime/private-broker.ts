/** The cloud `broker`: a private MQTT broker with user and password, over TLS with an authority of its own. */
import { isIP } from "node:net";
import type { Identity } from "../../src/api/config.ts";
import { startBroker } from "../broker/broker.ts";
import { makeAuthority } from "../broker/certificates.ts";
import type { Authority, ServerCertificate } from "../broker/certificates.ts";
import { OPERATOR } from "../broker/operator.ts";
import type { CertificateKind, CloudOptions, RunningCloud } from "./clouds.ts";

const HOST = "broker.test";
const LOCAL = "127.0.0.1";
const CA_FILE = "ca.pem";
const USERS = { device: "device-password", [OPERATOR]: "operator-password" };
const DAY_MS = 86_400_000;

export async function startPrivateBroker(options: CloudOptions): Promise<RunningCloud> {
  const { host = HOST, identity } = options;
  const tls = options.tls ? await certificate(host, options.certificate ?? "good") : undefined;
  const broker = await startBroker({
    ...usersFor(identity),
    trusted: [OPERATOR],
    refuse: options.refuse ?? null,
    onEvent: (event) => options.onEvent(event),
    ...(tls && { tls: tls.server }),
  });
  const port = options.port ?? broker.port;
  return {
    broker,
    product: { type: "broker", host, port, ...(tls && { tls: { ca: CA_FILE } }) },
    identity: identity ?? { username: "device", password: USERS.device },
    ca: tls ? { name: CA_FILE, pem: tls.authority.pem } : null,
    resolve: (name, toPort) => {
      if (name.endsWith(".invalid")) return "dns-failed";
      return { host: name == host ? LOCAL : name, port: name == host && toPort == port ? broker.port : toPort };
    },
    operator: { username: OPERATOR, password: USERS[OPERATOR] as string },
  };
}

/** A device without a user name belongs to a broker that asks for none. */
function usersFor(identity: Identity | undefined): { users?: Record<string, string> } {
  if (!identity) return { users: USERS };
  return identity.username ? { users: { ...USERS, [identity.username]: identity.password ?? "" } } : {};
}

interface Issued {
  /** Whom devices trust. */
  authority: Authority;
  server: ServerCertificate;
}

/** Made once per process: a new RSA key takes a while. */
const issued = new Map<string, Promise<Issued>>();
let trustedAuthority: Promise<Authority> | undefined;

function certificate(host: string, kind: CertificateKind): Promise<Issued> {
  const key = `${host} ${kind}`;
  const known = issued.get(key) ?? issue(host, kind);
  issued.set(key, known);
  return known;
}

async function issue(host: string, kind: CertificateKind): Promise<Issued> {
  trustedAuthority ??= makeAuthority({ name: "Broker Authority" });
  const authority = await trustedAuthority;
  const issuer = kind == "wrong-ca" ? await makeAuthority({ name: "Another Authority" }) : authority;
  const name = kind == "wrong-name" ? "other.test" : host;
  const server = await issuer.issue({
    names: isIP(name) ? [] : [name],
    ips: [...new Set([LOCAL, ...(isIP(name) ? [name] : [])])],
    ...(kind == "expired" && { from: new Date(Date.now() - 3 * DAY_MS), to: new Date(Date.now() - DAY_MS) }),
  });
  return { authority, server };
}

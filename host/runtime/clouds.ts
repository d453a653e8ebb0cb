/**
 * Clouds that a device can be run against on this PC. One entry per cloud: what it starts, what product and identity a device needs for it, and how
 * somebody at its other end talks to the device. `start.ts` and `bench.ts` know no cloud by name.
 */
import { isIP } from "node:net";
import type { Identity } from "../../src/api/config.ts";
import { startBroker } from "../broker/broker.ts";
import type { Broker, BrokerEvent, Refusal } from "../broker/broker.ts";
import { makeAuthority } from "../broker/certificates.ts";
import type { Authority, ServerCertificate } from "../broker/certificates.ts";
import { OPERATOR } from "../broker/operator.ts";

/** What is wrong with the server's certificate. */
export type CertificateKind = "good" | "wrong-ca" | "wrong-name" | "expired";

export interface CloudOptions {
  /** `false`: plain TCP. */
  tls: boolean;
  /** Host and port that the product names; default: ones of its own. Devices are led to the emulated cloud. */
  host?: string;
  port?: number;
  /** A device that may connect, besides the cloud's own. */
  identity?: Identity;
  certificate?: CertificateKind;
  refuse?: Refusal | null;
  onEvent(event: BrokerEvent): void;
}

/** A cloud that runs. */
export interface RunningCloud {
  broker: Broker;
  /** The `cloud` section of a product for it. */
  product: Record<string, unknown>;
  identity: Identity;
  /** PEM of the authority that the device is to trust, and its file's name; `null` without TLS. */
  ca: { name: string; pem: string } | null;
  /** Where the host names that devices use really are. */
  resolve(host: string, port: number): { host: string; port: number } | "dns-failed";
  /** Login of the operator. */
  operator: { username: string; password: string };
}

export interface Cloud {
  /** Values of `--auth`; the first is the default. */
  authModes: readonly string[];
  start(options: CloudOptions): Promise<RunningCloud>;
}

const HOST = "broker.test";
const LOCAL = "127.0.0.1";
const CA_FILE = "ca.pem";
const USERS = { device: "device-password", [OPERATOR]: "operator-password" };
const DAY_MS = 86_400_000;

export const CLOUDS: Readonly<Partial<Record<string, Cloud>>> = {
  broker: { authModes: ["password"], start: startPrivateBroker },
};

async function startPrivateBroker(options: CloudOptions): Promise<RunningCloud> {
  const { host = HOST, identity } = options;
  const tls = options.tls ? await certificate(host, options.certificate ?? "good") : undefined;
  const users = { ...USERS, ...(identity?.username && { [identity.username]: identity.password ?? "" }) };
  const broker = await startBroker({
    users,
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

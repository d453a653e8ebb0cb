/** The cloud `broker`: a private MQTT broker with user and password, over TLS with an authority of its own. */
import type { Identity } from "../../../src/api/config.ts";
import { startBroker } from "../../broker/broker.ts";
import { clientFor, issuedFor } from "../../broker/issued.ts";
import { OPERATOR } from "../../broker/operator.ts";
import type { CloudOptions, RunningCloud } from "../types.ts";
import { serveUpdate } from "./updates/serve.ts";

const HOST = "broker.test";
const LOCAL = "127.0.0.1";
const AUTHORITY = "Broker Authority";
const CA_FILE = "ca.pem";
const CERT_FILE = "client.pem";
const KEY_FILE = "client.key";
const USERS = { device: "device-password", [OPERATOR]: "operator-password" };
/** The builder's default. */
const TOPIC_BASE = "devices/{deviceName}";

export async function startPrivateBroker(options: CloudOptions): Promise<RunningCloud> {
  const { host = HOST, identity } = options;
  const tls = options.tls ? await issuedFor(AUTHORITY, [host], options.certificate ?? "good") : undefined;
  const client = options.client ?? (options.auth == "certificate" ? { kind: "trusted" as const } : undefined);
  const shown = tls && client && client.kind != "none" ? await clientFor(AUTHORITY, client.kind, client.own) : undefined;
  const broker = await startBroker({
    ...usersFor(identity),
    trusted: [OPERATOR],
    refuse: options.refuse ?? null,
    onEvent: (event) => options.onEvent(event),
    ...(tls && { tls: tls.server }),
    ...(tls && client && { clientCa: tls.ca }),
  });
  const port = options.port ?? broker.port;
  const topicBase = (options.section?.["topicBase"] as string | undefined) ?? TOPIC_BASE;
  return {
    broker,
    product: { type: "broker", host, port, topicBase, ...(tls && { tls: { ca: CA_FILE } }) },
    identity: {
      ...(identity ?? { username: "device", password: USERS.device }),
      ...(shown && { clientCert: CERT_FILE, clientKey: KEY_FILE }),
    },
    ...(shown && {
      files: [
        { name: CERT_FILE, pem: shown.cert },
        { name: KEY_FILE, pem: shown.key },
      ],
    }),
    ca: tls ? { name: CA_FILE, pem: tls.ca } : null,
    resolve: (name, toPort) => {
      if (name.endsWith(".invalid")) return "dns-failed";
      return { host: name == host ? LOCAL : name, port: name == host && toPort == port ? broker.port : toPort };
    },
    operator: {
      username: OPERATOR,
      password: USERS[OPERATOR] as string,
      ...(tls && client && { client: await clientFor(AUTHORITY, "trusted") }),
    },
    update: serveUpdate,
  };
}

/** A device without a user name belongs to a broker that asks for none. */
function usersFor(identity: Identity | undefined): { users?: Record<string, string> } {
  if (!identity) return { users: USERS };
  return identity.username ? { users: { ...USERS, [identity.username]: identity.password ?? "" } } : {};
}

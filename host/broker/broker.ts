/** An MQTT broker in the process, for runs and tests: real sockets, TCP or TLS, and switches for what a broker may do to a device. */
import { TLSSocket } from "node:tls";
import type { Socket } from "node:net";
import { Aedes } from "aedes";
import type { AedesPublishPacket, AuthenticateError, Client, ConnectPacket, PublishPacket, Subscription } from "aedes";
import type { ServerCertificate } from "./certificates.ts";
import { makeDoor } from "./doors.ts";
import type { DoorOptions } from "./doors.ts";
import type { Guest, Message, Rules } from "./rules.ts";

export type BrokerEvent =
  | { ev: "connect"; client: string }
  | { ev: "refused"; client: string; code: number; reason: string }
  /** A newer connection of the same client: this one is closed. */
  | { ev: "replaced"; client: string }
  | { ev: "subscribe"; client: string; topics: string[] }
  /** A message that goes nowhere, or a subscription that is answered with 0x80. */
  | { ev: "denied"; client: string; action: "publish" | "subscribe"; topic: string; reason: string }
  | { ev: "publish"; client: string | null; topic: string; payload: Buffer; qos: number; retain: boolean }
  /** What the cloud itself says. */
  | { ev: "answer"; topic: string; payload: Buffer; qos: number }
  /** The client acknowledged a message of ours. */
  | { ev: "ack"; client: string; messageId: number }
  | { ev: "disconnect"; client: string }
  | { ev: "warning"; client: string; message: string }
  /** A TLS handshake failed, or a connection broke. */
  | { ev: "error"; message: string };

/** How a CONNECT is answered: CONNACK 2, 3, 4, 5 (MQTT 3.1.1, 3.2.2.3), or not at all. */
export type Refusal = "client-id" | "unavailable" | "credentials" | "not-authorized" | "silence";

export interface BrokerOptions {
  /** With it the broker speaks TLS, without it plain TCP. */
  tls?: ServerCertificate;
  /** 0 or absent: a free one. */
  port?: number;
  /** Several ports, instead of `tls` and `port`. */
  doors?: readonly DoorOptions[];
  /** Passwords by user name; absent: anybody may connect. */
  users?: Readonly<Record<string, string>>;
  /** Decide about all clients but those in `trusted`. */
  rules?: Rules;
  /** All clients but those in `trusted` are refused like this. */
  refuse?: Refusal | null;
  /** Client ids that `rules`, `refuse` and `kick()` leave alone. */
  trusted?: readonly string[];
  /** Patience between connection and CONNECT, milliseconds; default 30,000. */
  connectTimeoutMs?: number;
  onEvent?(event: BrokerEvent): void;
}

export interface Broker {
  /** Of the first door. */
  readonly port: number;
  /** Of all doors, in their order. */
  readonly ports: readonly number[];
  /** Changes how clients are refused from now on; `null`: they are not. */
  refuse(how: Refusal | null): void;
  /** Cuts the connection of one client, or of all that are not trusted. */
  kick(client?: string): void;
  /** Client ids (with `rules`: names) that are connected. */
  clients(): string[];
  /** Closes the ports and every connection; sessions stay. */
  stop(): Promise<void>;
  /** Listens on the same ports again. */
  start(): Promise<void>;
  /** Ends it for good. May be called twice. */
  close(): Promise<void>;
}

const CODES: Record<Exclude<Refusal, "silence">, number> = { "client-id": 2, unavailable: 3, credentials: 4, "not-authorized": 5 };
const CONNECT_TIMEOUT_MS = 30_000;
/** Nobody subscribes to it: `#` does not reach topics that begin with `$` (MQTT 3.1.1, 4.7.2). */
const NOWHERE = "$dropped";
/** MQTT 3.1.1, 3.1.3.1 lets a server take ids of any length; MQTT 3.1 stopped at 23, and its clients that know of it send shorter ones. */
const LONGEST_CLIENT_ID = 65_535;

export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const { trusted = [], users, rules, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  const tell = (event: BrokerEvent): void => options.onEvent?.(event);
  const connected = new Map<string, Client>();
  const requests = new WeakMap<Client, ConnectPacket>();
  const guests = new WeakMap<Client, Guest>();
  /** What guests subscribed to. */
  const filters = new WeakMap<Client, Set<string>>();
  /** Why their connection ends was told: the error that comes of it is no news. */
  const told = new WeakSet<Client>();
  const answers = new WeakSet<object>();
  let refusal = options.refuse ?? null;

  const aedes = await Aedes.createBroker({
    connectTimeout: connectTimeoutMs,
    maxClientsIdLength: LONGEST_CLIENT_ID,
    preConnect: (client, packet, done) => {
      requests.set(client, packet);
      const { clientId, protocolVersion } = packet;
      if (protocolVersion !== 3 && protocolVersion !== 4) {
        tell({
          ev: "refused",
          client: clientId,
          code: 1,
          reason: `protocol level ${protocolVersion ?? "unknown"}; 3 and 4 are spoken here`,
        });
        told.add(client);
      }
      if (rules && !rules.keepsMessages && packet.will && !trusted.includes(clientId)) {
        delete packet.will;
        tell({ ev: "warning", client: clientId, message: "its will is ignored" });
      }
      done(null, true);
    },
    authenticate: (client, username, password, done) => {
      const isTrusted = trusted.includes(client.id);
      const how = isTrusted ? null : refusal;
      if (how == "silence") return;
      if (how) return refuse(client, CODES[how], `told to refuse: ${how}`, done);
      if (rules && !isTrusted) return admit(client, rules, done);
      const known = username !== undefined && users !== undefined && Object.hasOwn(users, username) ? users[username] : undefined;
      if (users && (known === undefined || known !== password?.toString()))
        return refuse(client, CODES.credentials, "wrong user name or password", done);
      enter(client, client.id, done);
    },
    authorizePublish: (client, packet, done) => done(mayPublish(client, packet)),
    authorizeSubscribe: (client, subscription, done) => maySubscribe(client, subscription, done),
    authorizeForward: (client, packet) => (guests.get(client)?.receives(packet.topic) === false ? null : packet),
  });

  type Done = (error: AuthenticateError | null, success: boolean | null) => void;

  function refuse(client: Client, code: number, reason: string, done: Done): void {
    told.add(client);
    tell({ ev: "refused", client: client.id, code, reason });
    done(Object.assign(new Error(reason), { returnCode: code }), null);
  }

  function admit(client: Client, by: Rules, done: Done): void {
    const packet = requests.get(client) as ConnectPacket;
    const { clientId, username, keepalive = 0 } = packet;
    const password = packet.password === undefined ? undefined : Buffer.from(packet.password as Buffer);
    const admission = by.admit({ clientId, username, password, keepaliveS: keepalive, secure: client.conn instanceof TLSSocket });
    if (!("guest" in admission)) return refuse(client, admission.code, admission.why, done);
    const { guest } = admission;
    guests.set(client, guest);
    if (guest.keepaliveS !== undefined) packet.keepalive = guest.keepaliveS;
    for (const message of guest.warnings) tell({ ev: "warning", client: guest.name, message });
    enter(client, guest.name, done);
  }

  /** The broker closes the older of two connections with the same id. */
  function enter(client: Client, name: string, done: Done): void {
    client.id = name;
    if (connected.has(name)) tell({ ev: "replaced", client: name });
    done(null, true);
  }

  /** Changes the packet where it goes nowhere, so that a QoS 1 publish is acknowledged all the same. */
  function mayPublish(client: Client | null, packet: PublishPacket): Error | null {
    if (packet.topic.startsWith("$SYS/")) return new Error("$SYS/ topics are the broker's own");
    const guest = client && guests.get(client);
    if (!guest) return null;
    if (packet.retain && rules && !rules.keepsMessages) {
      packet.retain = false;
      tell({ ev: "warning", client: guest.name, message: `the retain flag of ${packet.topic} is ignored` });
    }
    const objection = guest.publish(messageOf(packet));
    if (!objection) return null;
    tell({ ev: "denied", client: guest.name, action: "publish", topic: packet.topic, reason: objection.why });
    if (objection.close) return ended(client, objection.why);
    packet.topic = NOWHERE;
    return null;
  }

  function maySubscribe(
    client: Client,
    subscription: Subscription,
    done: (error: Error | null, subscription?: Subscription | null) => void,
  ): void {
    const guest = guests.get(client);
    if (!guest) return done(null, subscription);
    const { topic, qos } = subscription;
    const mine = filters.get(client) ?? new Set<string>();
    filters.set(client, mine);
    const objection = guest.subscribe(topic, qos, mine.has(topic) ? mine.size - 1 : mine.size);
    if (objection) {
      tell({ ev: "denied", client: guest.name, action: "subscribe", topic, reason: objection.why });
      return objection.close ? done(ended(client, objection.why)) : done(null, null);
    }
    mine.add(topic);
    // SUBACK grants what was asked for: that number was taken down before.
    if (rules?.publisherQos) subscription.qos = 1;
    done(null, subscription);
  }

  function ended(client: Client, why: string): Error {
    told.add(client);
    return new Error(why);
  }

  aedes.on("clientReady", (client) => {
    connected.set(client.id, client);
    tell({ ev: "connect", client: client.id });
  });
  aedes.on("clientDisconnect", (client) => {
    if (connected.get(client.id) === client) connected.delete(client.id);
    tell({ ev: "disconnect", client: client.id });
  });
  aedes.on("subscribe", (subscriptions, client) => {
    const topics = subscriptions.filter((one) => (one.qos as number) != 128).map((one) => one.topic);
    if (topics.length) tell({ ev: "subscribe", client: client.id, topics });
  });
  aedes.on("unsubscribe", (topics, client) => topics.forEach((topic) => filters.get(client)?.delete(topic)));
  aedes.on("publish", (packet, client) => {
    // What the broker tells about itself is nobody's message.
    if (packet.topic.startsWith("$")) return;
    const message = messageOf(packet);
    if (answers.has(packet)) return tell({ ev: "answer", ...message });
    tell({ ev: "publish", client: client?.id ?? null, ...message, retain: packet.retain });
    for (const answer of (client && guests.get(client)?.answers(message)) ?? []) say(answer);
  });
  aedes.on("ack", (packet, client) => tell({ ev: "ack", client: client.id, messageId: packet?.messageId ?? 0 }));
  aedes.on("clientError", (client, error) => {
    if (!told.has(client)) tell({ ev: "error", message: `${client.id}: ${error.message}` });
  });
  aedes.on("connectionError", (client, error) => {
    if (!told.has(client)) tell({ ev: "error", message: error.message });
  });

  function say({ topic, payload, qos }: Message): void {
    const packet: PublishPacket = { cmd: "publish", topic, payload, qos: qos == 0 ? 0 : 1, dup: false, retain: false };
    answers.add(packet);
    aedes.publish(packet, () => {});
  }

  const { tls, port } = options;
  const doors = (options.doors ?? [{ ...(tls && { tls }), ...(port !== undefined && { port }) }]).map((door) =>
    makeDoor(door, {
      accept: (stream) => void aedes.handle(stream),
      failed: (message) => tell({ ev: "error", message }),
      patienceMs: connectTimeoutMs,
    }),
  );
  const start = async (): Promise<void> => {
    for (const door of doors) await door.open();
  };
  const stop = async (): Promise<void> => {
    for (const door of doors) await door.close();
  };

  await start();
  return {
    get port() {
      return doors[0]?.port ?? 0;
    },
    get ports() {
      return doors.map((door) => door.port);
    },
    refuse: (how) => void (refusal = how),
    kick: (client) => {
      for (const [id, one] of connected) {
        if (client === undefined ? !trusted.includes(id) : id == client) (one.conn as Socket).destroy();
      }
    },
    clients: () => [...connected.keys()],
    stop,
    start,
    close: async () => {
      await stop();
      if (!aedes.closed) await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
  };
}

function messageOf({ topic, payload, qos }: PublishPacket | AedesPublishPacket): Message {
  return { topic, payload: Buffer.from(payload as Buffer), qos };
}

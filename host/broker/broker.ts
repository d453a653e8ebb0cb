/** An MQTT broker in the process, for runs and tests: real sockets, TCP or TLS, and switches for what a broker may do to a device. */
import type { Socket } from "node:net";
import { Aedes } from "aedes";
import type { AedesPublishPacket, AuthenticateError, Client, PublishPacket } from "aedes";
import { IN_MEMORY, openDatabase } from "../store/database.ts";
import type { ServerCertificate } from "./certificates.ts";
import { makeDoor } from "./doors.ts";
import type { DoorOptions } from "./doors.ts";
import { REFUSAL_CODES } from "./events.ts";
import type { BrokerEvent, Refusal } from "./events.ts";
import { Gate } from "./gate.ts";
import type { GateWorld } from "./gate.ts";
import type { Message, Rules } from "./rules.ts";
import { SESSION_SCHEMA, Sessions } from "./sessions.ts";
import { REAL_TIME } from "../time/wall.ts";
import type { Time } from "../time/wall.ts";

export type { BrokerEvent, Refusal } from "./events.ts";

export interface BrokerOptions {
  /** With it the broker speaks TLS, without it plain TCP. */
  tls?: ServerCertificate;
  /** PEM of the authority whose clients alone are let in; with `tls`. */
  clientCa?: string;
  /** 0 or absent: a free one. */
  port?: number;
  /** Several ports, instead of `tls` and `port`. */
  doors?: readonly DoorOptions[];
  /** Passwords by user name; absent: anybody may connect. */
  users?: Readonly<Record<string, string>>;
  /** Decide about all clients but those in `trusted`. */
  rules?: Rules;
  /** Where `rules` keep sessions; default: in memory. */
  sessions?: Sessions;
  /** All clients but those in `trusted` are refused like this. */
  refuse?: Refusal | null;
  /** Client ids that `rules`, `refuse` and `kick()` leave alone. */
  trusted?: readonly string[];
  /** Patience between connection and CONNECT, milliseconds; default 30,000. */
  connectTimeoutMs?: number;
  /** Default: the PC's. */
  time?: Time;
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
  /** The cloud's own message, to all who subscribed. */
  publish(message: Message): void;
  /** To one client, whether it subscribed or not. Resolves when it is written; to `false` if the client is not connected. */
  send(client: string, message: Message): Promise<boolean>;
  /** QoS 1 messages that the client has not acknowledged. */
  inFlight(client: string): number;
  /** Closes the ports and every connection; sessions stay. */
  stop(): Promise<void>;
  /** Listens on the same ports again. */
  start(): Promise<void>;
  /** Ends it for good. May be called twice. */
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 30_000;
/** Longest delay of a timer (Node.js, "setTimeout"). The doors are patient instead of the broker's core. */
const NEVER_MS = 2 ** 31 - 1;
/** MQTT 3.1.1, 3.1.3.1 lets a server take ids of any length; MQTT 3.1 stopped at 23, and its clients that know of it send shorter ones. */
const LONGEST_CLIENT_ID = 65_535;

/** @throws {Error} when a port is taken. */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const { trusted = [], users, rules, time = REAL_TIME, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  const tell = (event: BrokerEvent): void => options.onEvent?.(event);
  const isTrusted = (clientId: string): boolean => trusted.includes(clientId);
  const connected = new Map<string, Client>();
  /** What to call when a connection's CONNECT has come. */
  const arrivals = new WeakMap<object, () => void>();
  /** Why their connection ends was told: the error that comes of it is no news. */
  const told = new WeakSet<Client>();
  const own = new WeakSet<object>();
  let refusal = options.refuse ?? null;

  const database = rules && !options.sessions ? await openDatabase(IN_MEMORY, 1, SESSION_SCHEMA) : null;
  const sessions = options.sessions ?? (database && new Sessions(database, time));
  const world: GateWorld | null = rules && sessions ? { rules, sessions, time, tell, isTrusted, refusal: () => refusal } : null;

  const aedes = await Aedes.createBroker({
    ...(sessions && { persistence: sessions }),
    connectTimeout: NEVER_MS,
    maxClientsIdLength: LONGEST_CLIENT_ID,
    preConnect: (client, { clientId, protocolVersion }, done) => {
      arrivals.get(client.conn)?.();
      if (protocolVersion !== 3 && protocolVersion !== 4) {
        const reason = `protocol level ${protocolVersion ?? "unknown"}; 3 and 4 are spoken here`;
        tell({ ev: "refused", client: clientId, code: 1, reason });
        told.add(client);
      }
      done(null, true);
    },
    authenticate: (client, username, password, done) => {
      // A gate has let it in already.
      if (guestOf(client)) return enter(client, done);
      const how = isTrusted(client.id) ? null : refusal;
      if (how == "silence") return;
      if (how) return refuse(client, REFUSAL_CODES[how], `told to refuse: ${how}`, done);
      const known = username !== undefined && users !== undefined && Object.hasOwn(users, username) ? users[username] : undefined;
      if (users && (known === undefined || known !== password?.toString()))
        return refuse(client, REFUSAL_CODES.credentials, "wrong user name or password", done);
      enter(client, done);
    },
    authorizePublish: (_, { topic }, done) => done(topic.startsWith("$SYS/") ? new Error("$SYS/ topics are the broker's own") : null),
    authorizeForward: (client, packet) => {
      const { conn } = client;
      if (!(conn instanceof Gate)) return packet;
      return conn.lets(messageOf(packet), (packet as { clientId?: string }).clientId === client.id) ? packet : null;
    },
  });

  type Done = (error: AuthenticateError | null, success: boolean | null) => void;

  function refuse(client: Client, code: number, reason: string, done: Done): void {
    told.add(client);
    tell({ ev: "refused", client: client.id, code, reason });
    done(Object.assign(new Error(reason), { returnCode: code }), null);
  }

  /** The broker's core closes the older of two connections with the same id. */
  function enter(client: Client, done: Done): void {
    if (connected.has(client.id)) tell({ ev: "replaced", client: client.id });
    done(null, true);
  }

  aedes.on("clientReady", (client) => {
    connected.set(client.id, client);
    tell({ ev: "connect", client: client.id });
    if (client.conn instanceof Gate) for (const message of client.conn.greet()) void send(client.id, message);
  });
  aedes.on("clientDisconnect", (client) => {
    if (connected.get(client.id) === client) {
      connected.delete(client.id);
      sessions?.leave(client.id);
    }
    tell({ ev: "disconnect", client: client.id });
  });
  aedes.on("subscribe", (subscriptions, client) => {
    const topics = subscriptions.filter((one) => (one.qos as number) != 128).map((one) => one.topic);
    if (topics.length) tell({ ev: "subscribe", client: client.id, topics });
  });
  aedes.on("publish", (packet, client) => {
    // What the broker tells about itself is nobody's message.
    if (packet.topic.startsWith("$SYS/")) return;
    const message = messageOf(packet);
    if (own.has(packet)) return tell({ ev: "answer", ...message });
    tell({ ev: "publish", client: client?.id ?? null, ...message, retain: packet.retain });
    for (const answer of (client && guestOf(client)?.answers(message)) ?? []) publish(answer);
  });
  aedes.on("ack", (packet, client) => tell({ ev: "ack", client: client.id, messageId: packet?.messageId ?? 0 }));
  aedes.on("clientError", (client, error) => {
    if (!told.has(client)) tell({ ev: "error", message: `${client.id}: ${error.message}` });
  });
  aedes.on("connectionError", (client, error) => {
    if (!told.has(client)) tell({ ev: "error", message: error.message });
  });

  function publish(message: Message): void {
    const packet = packetOf(message);
    own.add(packet);
    aedes.publish(packet, () => {});
  }

  function send(name: string, message: Message): Promise<boolean> {
    const client = connected.get(name);
    if (!client) return Promise.resolve(false);
    tell({ ev: "answer", ...message });
    return new Promise((resolve) => client.publish(packetOf(message), () => resolve(true)));
  }

  const { tls, clientCa, port } = options;
  const doors = (
    options.doors ?? [{ ...(tls && { tls }), ...(clientCa !== undefined && { clientCa }), ...(port !== undefined && { port }) }]
  ).map((door) =>
    makeDoor(door, {
      accept: (socket, arrived) => {
        if (!world) arrivals.set(socket, arrived);
        void aedes.handle(world ? new Gate(socket, world, arrived) : socket);
      },
      failed: (message) => tell({ ev: "error", message }),
      after: (ms, fn) => time.after(ms, fn),
      patienceMs: connectTimeoutMs,
    }),
  );
  const stop = async (): Promise<void> => {
    for (const door of doors) await door.close();
  };
  const start = async (): Promise<void> => {
    for (const door of doors) await door.open();
  };
  const close = async (): Promise<void> => {
    await stop();
    if (!aedes.closed) await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await database?.close();
  };

  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
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
        if (client === undefined ? !isTrusted(id) : id == client) (one.conn as Socket).destroy();
      }
    },
    clients: () => [...connected.keys()],
    publish,
    send,
    inFlight: (client) => {
      const conn = connected.get(client)?.conn;
      return conn instanceof Gate ? conn.inFlight.size : 0;
    },
    stop,
    start,
    close,
  };
}

function guestOf({ conn }: Client): Gate["guest"] {
  return conn instanceof Gate ? conn.guest : null;
}

function messageOf({ topic, payload, qos }: PublishPacket | AedesPublishPacket): Message {
  return { topic, payload: Buffer.from(payload as Buffer), qos };
}

function packetOf({ topic, payload, qos }: Message): PublishPacket {
  return { cmd: "publish", topic, payload, qos: qos == 0 ? 0 : 1, dup: false, retain: false };
}

/** An MQTT broker in the process, for runs and tests: real sockets, TCP or TLS, and switches for what a broker may do to a device. */
import { Aedes } from "aedes";
import type { AuthenticateError, Client } from "aedes";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { ServerCertificate } from "./certificates.ts";

export type BrokerEvent =
  | { ev: "connect"; client: string }
  | { ev: "refused"; client: string; code: number }
  | { ev: "subscribe"; client: string; topics: string[] }
  | { ev: "publish"; client: string | null; topic: string; payload: Buffer; qos: number; retain: boolean }
  /** The client acknowledged a message of ours. */
  | { ev: "ack"; client: string; messageId: number }
  | { ev: "disconnect"; client: string }
  /** A TLS handshake failed, or a connection broke. */
  | { ev: "error"; message: string };

/** How a CONNECT is answered: CONNACK 2, 3, 4, 5 (MQTT 3.1.1, 3.2.2.3), or not at all. */
export type Refusal = "client-id" | "unavailable" | "credentials" | "not-authorized" | "silence";

export interface BrokerOptions {
  /** With it the broker speaks TLS, without it plain TCP. */
  tls?: ServerCertificate;
  /** Passwords by user name; absent: anybody may connect. */
  users?: Readonly<Record<string, string>>;
  /** 0 or absent: a free one. */
  port?: number;
  /** All clients but those in `trusted` are refused like this. */
  refuse?: Refusal | null;
  /** Client ids that `refuse` and `kick()` leave alone. */
  trusted?: readonly string[];
  onEvent?(event: BrokerEvent): void;
}

export interface Broker {
  readonly port: number;
  /** Changes how clients are refused from now on; `null`: they are not. */
  refuse(how: Refusal | null): void;
  /** Cuts the connection of one client, or of all that are not trusted. */
  kick(client?: string): void;
  /** Client ids that are connected. */
  clients(): string[];
  /** Closes the port and every connection; sessions stay. */
  stop(): Promise<void>;
  /** Listens on the same port again. */
  start(): Promise<void>;
  /** Ends it for good. May be called twice. */
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const CODES: Record<Exclude<Refusal, "silence">, number> = { "client-id": 2, unavailable: 3, credentials: 4, "not-authorized": 5 };

export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const { trusted = [], users } = options;
  const tell = (event: BrokerEvent): void => options.onEvent?.(event);
  const connected = new Map<string, Client>();
  const sockets = new Set<Socket>();
  /** Told already: the error that comes of it is no news. */
  const refused = new WeakMap<Client, Error>();
  let refusal = options.refuse ?? null;
  let port = options.port ?? 0;
  let server: Server | null = null;

  const aedes = await Aedes.createBroker({
    authenticate: (client, username, password, done) => {
      const how = trusted.includes(client.id) ? null : refusal;
      if (how == "silence") return;
      if (how) return refuse(client, CODES[how], done);
      if (!users || (username !== undefined && users[username] !== undefined && users[username] === password?.toString()))
        return done(null, true);
      refuse(client, CODES.credentials, done);
    },
  });

  function refuse(client: Client, code: number, done: (error: AuthenticateError, success: null) => void): void {
    const error = Object.assign(new Error("refused"), { returnCode: code });
    refused.set(client, error);
    tell({ ev: "refused", client: client.id, code });
    done(error, null);
  }

  aedes.on("clientReady", (client) => {
    connected.set(client.id, client);
    tell({ ev: "connect", client: client.id });
  });
  aedes.on("clientDisconnect", (client) => {
    if (connected.get(client.id) === client) connected.delete(client.id);
    tell({ ev: "disconnect", client: client.id });
  });
  aedes.on("subscribe", (subscriptions, client) =>
    tell({ ev: "subscribe", client: client.id, topics: subscriptions.map((one) => one.topic) }),
  );
  aedes.on("publish", (packet, client) => {
    // What the broker tells about itself is nobody's message.
    if (packet.topic.startsWith("$SYS/")) return;
    const { topic, qos, retain } = packet;
    tell({ ev: "publish", client: client?.id ?? null, topic, payload: Buffer.from(packet.payload), qos, retain });
  });
  aedes.on("ack", (packet, client) => tell({ ev: "ack", client: client.id, messageId: packet?.messageId ?? 0 }));
  aedes.on("clientError", (client, error) => {
    if (error !== refused.get(client)) tell({ ev: "error", message: `${client.id}: ${error.message}` });
  });
  aedes.on("connectionError", (_client, error) => tell({ ev: "error", message: error.message }));

  function accept(socket: Socket): void {
    aedes.handle(socket);
  }

  async function start(): Promise<void> {
    if (server) return;
    const { tls } = options;
    const next = tls ? createTlsServer({ cert: tls.cert, key: tls.key }, accept) : createTcpServer(accept);
    // Of a TLS connection too: that is the one that must be destroyed to close the port.
    next.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    });
    next.on("tlsClientError", (error: Error) => tell({ ev: "error", message: `TLS: ${error.message}` }));
    await new Promise<void>((resolve, reject) => next.once("error", reject).listen(port, HOST, resolve));
    next.removeAllListeners("error");
    port = (next.address() as AddressInfo).port;
    server = next;
  }

  async function stop(): Promise<void> {
    const ending = server;
    if (!ending) return;
    server = null;
    const closed = new Promise<void>((resolve) => ending.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  await start();
  return {
    get port() {
      return port;
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

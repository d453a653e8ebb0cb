/** Ports that clients come in by: TCP, TLS, or both on one port. */
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { ServerCertificate } from "./certificates.ts";

export interface DoorOptions {
  /** Address to listen on; default: this PC only. */
  host?: string;
  /** 0 or absent: a free one. */
  port?: number;
  /** With it the door speaks TLS. */
  tls?: ServerCertificate;
  /** PEM of the authority whose clients alone are let in: mutual TLS. */
  clientCa?: string;
  /** A door with TLS takes plain TCP too: the first byte tells. */
  plainToo?: boolean;
}

export interface DoorKeeper {
  /** `arrived`: to be called when the client has said what it has to say first. */
  accept(stream: Socket, arrived: () => void): void;
  /** A TLS handshake failed, or a client has not said in time what it has to say first. */
  failed(message: string): void;
  /** Calls `fn` in `ms` milliseconds; returns what cancels it. */
  after(ms: number, fn: () => void): () => void;
  /** Milliseconds from a connection until what the client has to say first. */
  patienceMs: number;
}

export interface Door {
  /** Known once it was open. */
  readonly port: number;
  /** Opens it, on the same port each time. */
  open(): Promise<void>;
  /** Closes the port and every connection. */
  close(): Promise<void>;
}

const LOCAL = "127.0.0.1";
/** First byte of a TLS connection: a handshake record (RFC 8446, 5.1). No MQTT client begins like this: CONNECT is 0x10. */
const TLS_HANDSHAKE = 0x16;

export function makeDoor(options: DoorOptions, keeper: DoorKeeper): Door {
  const sockets = new Set<Socket>();
  /** By where a client comes from, which TLS does not hide: what to call when it has arrived. */
  const waiting = new Map<string, () => void>();
  let port = options.port ?? 0;
  let server: Server | null = null;

  const { tls, clientCa } = options;
  const clients = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const secure = tls ? createTlsServer({ cert: tls.cert, key: tls.key, ...clients }, (socket) => admit(socket)) : null;
  secure?.on("tlsClientError", (error: Error) => keeper.failed(`TLS: ${error.message}`));

  function enter(socket: Socket): void {
    // Of a TLS connection too: that is the one that must be destroyed to close the port.
    sockets.add(socket);
    const peer = peerOf(socket);
    const cancel = keeper.after(keeper.patienceMs, () => {
      keeper.failed("connect did not arrive in time");
      socket.destroy();
    });
    waiting.set(peer, cancel);
    // Small packets one after the other: each would wait 40 ms for the acknowledgement of the one before.
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      cancel();
      if (waiting.get(peer) === cancel) waiting.delete(peer);
    });
    if (!secure) admit(socket);
    else if (options.plainToo) byFirstByte(socket, secure);
    else secure.emit("connection", socket);
  }

  function admit(socket: Socket): void {
    keeper.accept(socket, () => waiting.get(peerOf(socket))?.());
  }

  function byFirstByte(socket: Socket, tls: Server): void {
    socket.once("data", (chunk: Buffer) => {
      // Whoever takes the socket over finds everything in it.
      socket.pause();
      socket.unshift(chunk);
      if (chunk[0] == TLS_HANDSHAKE) tls.emit("connection", socket);
      else admit(socket);
    });
  }

  return {
    get port() {
      return port;
    },
    open: async () => {
      if (server) return;
      const next = createTcpServer(enter);
      await new Promise<void>((resolve, reject) => next.once("error", reject).listen(port, options.host ?? LOCAL, resolve));
      next.removeAllListeners("error");
      port = (next.address() as AddressInfo).port;
      server = next;
    },
    close: async () => {
      const ending = server;
      if (!ending) return;
      server = null;
      const closed = new Promise<void>((resolve) => ending.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function peerOf({ remoteAddress = "", remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

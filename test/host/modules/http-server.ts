/** HTTP servers in this process: one by Node that remembers what it was asked, and one that says whatever bytes a test wants. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";

/** A request as it arrived. */
export interface Asked {
  method: string;
  path: string;
  /** `Name: value`, in their order. */
  headers: string[];
  body: string;
  /** Over TLS: the name in the greeting, and the common name of the client's certificate. */
  serverName?: string | false | null;
  client?: string;
}

export interface TestServer {
  port: number;
  asked: Asked[];
  close(): Promise<void>;
}

export interface ServerOptions {
  tls?: { cert: string; key: string };
  /** Asks clients for a certificate of this authority, PEM. */
  clientCa?: string;
  reply?(asked: Asked, response: ServerResponse): void;
}

function ok(_: Asked, response: ServerResponse): void {
  response.end("hello");
}

/** Answers 200 and `hello` if nothing else is said. */
export async function startServer({ tls, clientCa, reply = ok }: ServerOptions = {}): Promise<TestServer> {
  const asked: Asked[] = [];
  const listener: RequestListener = (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const one = askedBy(request, Buffer.concat(parts));
      asked.push(one);
      reply(one, response);
    });
  };
  const asksClient = clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: false, ca: clientCa };
  const server = tls ? createSecureServer({ ...tls, ...asksClient }, listener) : createServer(listener);
  const { port, close } = await listen(server);
  return {
    port,
    asked,
    close: () => {
      server.closeAllConnections();
      return close();
    },
  };
}

function askedBy(request: IncomingMessage, body: Buffer): Asked {
  const { method = "", url = "", rawHeaders, socket } = request;
  const headers = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []));
  const secure = "getPeerCertificate" in socket ? (socket as TLSSocket) : null;
  const client = secure?.authorized ? String(secure.getPeerCertificate().subject.CN) : undefined;
  return {
    method,
    path: url,
    headers,
    body: body.toString("latin1"),
    ...(secure ? { serverName: (secure as TLSSocket & { servername: string | false | null }).servername } : {}),
    ...(client === undefined ? {} : { client }),
  };
}

/** Calls `said` with all that a connection has said so far, whenever it says more. */
export async function startRawServer(
  said: (socket: Socket, text: string) => void,
  connected: (socket: Socket) => void = () => {},
): Promise<TestServer> {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    let text = "";
    open.add(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => said(socket, (text += bytes.toString("latin1"))));
    connected(socket);
  });
  const { port, close } = await listen(server);
  return {
    port,
    asked: [],
    close: () => {
      for (const socket of open) socket.destroy();
      return close();
    },
  };
}

async function listen(server: Server): Promise<{ port: number; close(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** A port of this machine that nobody listens on. */
export async function deadPort(): Promise<number> {
  const { port, close } = await listen(createTcpServer());
  await close();
  return port;
}

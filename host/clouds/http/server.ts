/** A small HTTP server over TLS. It never sends chunks: modems on AT commands say how long an answer is before they hand it out. */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { makeDoor } from "../../broker/doors.ts";
import type { DoorOptions } from "../../broker/doors.ts";

export type HttpEvent =
  /** `code`: what the answer's JSON says, where it has one. */
  | { ev: "http"; method: string; path: string; status: number; code?: number; reason?: string }
  /** A TLS handshake failed. */
  | { ev: "error"; message: string };

export interface HttpRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

export interface HttpAnswer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body: Buffer;
  /** The connection breaks after so many bytes of the body. */
  cutAfterBytes?: number;
  /** For the log; without secrets. */
  code?: number;
  reason?: string;
}

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface HttpOptions {
  door: DoorOptions;
  answer(request: HttpRequest): HttpAnswer;
  tell(event: HttpEvent): void;
}

/** Bytes of a request's body. */
const LONGEST_BODY = 64 * 1024;
/** From a connection to its TLS handshake; Node's HTTP server has limits of its own after that. */
const PATIENCE_MS = 30_000;

/** @throws {Error} when the port is taken. */
export async function startHttps(options: HttpOptions): Promise<HttpServer> {
  const server = createServer((request, response) => void serve(request, response, options));
  const door = makeDoor(options.door, {
    accept: (socket, arrived) => {
      arrived();
      server.emit("connection", socket);
    },
    failed: (message) => options.tell({ ev: "error", message: `HTTPS: ${message}` }),
    after: (ms, fn) => {
      const timer = setTimeout(fn, ms);
      return () => clearTimeout(timer);
    },
    patienceMs: PATIENCE_MS,
  });
  await door.open();
  return {
    get port() {
      return door.port;
    },
    close: () => door.close(),
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, { answer, tell }: HttpOptions): Promise<void> {
  const { method = "", url = "/", headers } = request;
  const [path = "", search = ""] = url.split("?", 2);
  const query = new URLSearchParams(search);
  const body = await bodyOf(request).catch(() => undefined);
  if (body === undefined) return void response.destroy();
  const told = body === null ? tooLong() : answered(() => answer({ method, path, query, headers, body }));
  const { status, code, reason } = told;
  tell({ ev: "http", method, path, status, ...(code !== undefined && { code }), ...(reason !== undefined && { reason }) });
  send(response, told, method == "HEAD");
}

/** @returns `null` when it is too long. @throws when the connection breaks. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= LONGEST_BODY) chunks.push(chunk);
  }
  return length <= LONGEST_BODY ? Buffer.concat(chunks) : null;
}

function tooLong(): HttpAnswer {
  return { status: 413, body: Buffer.alloc(0), reason: `a body has at most ${LONGEST_BODY} bytes` };
}

/** A mistake of the emulator's own must not look like one of the device. */
function answered(make: () => HttpAnswer): HttpAnswer {
  try {
    return make();
  } catch (error) {
    return { status: 500, body: Buffer.alloc(0), reason: String(error) };
  }
}

function send(response: ServerResponse, { status, headers = {}, body, cutAfterBytes }: HttpAnswer, headOnly: boolean): void {
  response.writeHead(status, { ...headers, "Content-Length": String(body.length) });
  if (headOnly) response.end();
  else if (cutAfterBytes === undefined || cutAfterBytes >= body.length) response.end(body);
  else response.write(body.subarray(0, cutAfterBytes), () => response.destroy());
}

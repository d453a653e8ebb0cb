/**
 * The commands over HTTP, for programs on this PC: `POST /{command}` with a JSON object, `GET /` for what there is, `GET /events` for one
 * JSON line per event from now on.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { described, runCommand, UsageError } from "./commands.ts";
import type { Commands } from "./commands.ts";

export interface AdminServer {
  port: number;
  /** To everybody who listens to events. */
  tell(event: object): void;
  close(): Promise<void>;
}

const LOCAL = "127.0.0.1";
/** Bytes of a body: software for devices comes this way too. */
const LONGEST_BODY = 32 * 1024 * 1024;

/** @throws {Error} when the port is taken. */
export async function serveAdmin(commands: Commands, port: number): Promise<AdminServer> {
  const listeners = new Set<ServerResponse>();
  const server = createServer((request, response) => void serve(request, response));

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").slice(1);
    if (request.method == "GET" && path == "") return answer(response, 200, described(commands));
    if (request.method == "GET" && path == "events") return listen(response);
    if (request.method != "POST") return answer(response, 405, { error: "commands are POST, / and /events are GET" });
    // A web page cannot send this without being asked whether it may: nothing here is for web pages.
    if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
      return answer(response, 415, { error: "Content-Type must be application/json" });
    try {
      answer(response, 200, (await runCommand(commands, path, await jsonOf(request))) ?? {});
    } catch (error) {
      answer(response, error instanceof UsageError ? 400 : 422, { error: (error as Error).message });
    }
  }

  function listen(response: ServerResponse): void {
    listeners.add(response);
    response.on("close", () => listeners.delete(response));
    response.writeHead(200, { "Content-Type": "application/x-ndjson" }).flushHeaders();
  }

  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, LOCAL, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    tell(event) {
      const line = `${JSON.stringify(event, readable)}\n`;
      for (const listener of listeners) listener.write(line);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  const text = `${JSON.stringify(value, readable)}\n`;
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }).end(text);
}

/** @throws {UsageError} when it is not JSON. */
async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= LONGEST_BODY) chunks.push(chunk);
  }
  if (length > LONGEST_BODY) throw new UsageError(`a body has at most ${LONGEST_BODY} bytes`);
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8") || "{}");
  } catch (error) {
    throw new UsageError(`the body is not JSON: ${(error as Error).message}`);
  }
}

/** Bytes as text where they are text, else as base64. `value` has been through `Buffer.toJSON` already. */
function readable(_key: string, value: unknown): unknown {
  if (typeof value != "object" || value === null || (value as { type?: unknown }).type !== "Buffer" || !("data" in value)) return value;
  const bytes = Buffer.from(value.data as number[]);
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : { base64: bytes.toString("base64") };
}

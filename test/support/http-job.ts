/** What a device asks for over HTTPS, from whom, and what it must print: the same in Node and on the interpreter. */
import assert from "node:assert/strict";
import { issuedFor } from "../../host/broker/issued.ts";
import { startServer, type TestServer } from "../host/modules/http-server.ts";
import { sumOf, type Wanted } from "./http-up.ts";

/** Every byte, and what ends and begins things in the conversation with a module. */
const BODY = (
  Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("") +
  '\r\nOK\r\n\r\nRDY\r\n\r\n+MSUB: "a",3 byte,abc\r\n+QMTRECV: 0,0,"a",3,"abc"\r\n> \0'
).repeat(14);
const FORM = "productKey=k&sign=0f655b12";

export interface HttpJob {
  server: TestServer;
  requests: Wanted[];
  /** Fails unless the device printed what it must, and asked for it. */
  check(lines: readonly string[]): void;
}

/** The server's certificate is of the authority that the private broker's devices trust, and for this PC's address. */
export async function httpJob(): Promise<HttpJob> {
  const { server: tls } = await issuedFor("Broker Authority", ["127.0.0.1"], "good");
  const server = await startServer({
    tls,
    reply: (asked, response) => {
      const range = asked.headers.map((line) => /^range: bytes=(\d+)-(\d+)$/i.exec(line)).find((found) => found);
      const body = asked.method == "POST" ? `got ${asked.body}` : BODY;
      const bytes = Buffer.from(range ? body.slice(Number(range[1]), Number(range[2]) + 1) : body, "latin1");
      response.writeHead(range ? 206 : 200, { "Content-Length": bytes.length }).end(bytes);
    },
  });
  const url = `https://127.0.0.1:${server.port}`;
  const reply = (status: number, body: string): string => `reply: ${status} ${body.length} ${sumOf(body)}`;
  return {
    server,
    requests: [
      { url: `${url}/file`, range: [0, 4095] },
      { url: `${url}/file?from=4096`, range: [4096, 4099] },
      { url: `${url}/auth`, body: FORM },
      { url: `${url}/auth`, body: "{}", type: "application/json", headers: ["X-One: 1"] },
    ],
    check: (lines) => {
      assert.deepEqual(
        lines.filter((line) => line.startsWith("reply: ")),
        [reply(206, BODY.slice(0, 4096)), reply(206, BODY.slice(4096, 4100)), reply(200, `got ${FORM}`), reply(200, "got {}")],
      );
      assert.deepEqual(
        server.asked.map(({ method, path }) => `${method} ${path}`),
        ["GET /file", "GET /file?from=4096", "POST /auth", "POST /auth"],
      );
    },
  };
}

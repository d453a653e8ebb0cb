/**
 * Transcripts of real modules against the emulator: the same text in the same order, empty lines dropped; and where the log has
 * time stamps, after the same time.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { startBroker, type Broker } from "../../../host/broker/broker.ts";
import { makeAuthority } from "../../../host/broker/certificates.ts";
import { checksum } from "../../../host/modules/core/files.ts";
import { startServer, type TestServer } from "./http-server.ts";
import { attached, BOOT_MS, eventually, type Host } from "./support.ts";
import {
  elidedBody,
  exchangesOf,
  linesIn,
  transcripts,
  type Cause,
  type Exchange,
  type Message,
  type Preparation,
  type Transcript,
} from "./transcripts.ts";

/** A late result comes within this time, milliseconds. */
const LIMIT_MS = 40_000;
/** How far a measured time may be from the one in use: a fifth, but not less than this. */
const TOLERANCE = 0.2;
const MIN_TOLERANCE_MS = 5;

/** How long what is told takes, milliseconds from the command: the mean in use and its spread. The first line that fits counts. */
const LATENCIES: readonly [command: RegExp, told: RegExp, meanMs: number, spreadMs: number][] = [
  [/CFUN=1/, /NITZ/, 1685, 0],
  [/CFUN=1/, /MODE|CGEV|PDN ACT/, 1602, 0],
  [/CFUN=1/, /OK/, 150, 0],
  [/RESET/, /NITZ/, 6900, 0],
  [/RESET/, /RDY/, 1540, 0],
  [/FSMKDIR/, /OK/, 35, 4],
  [/CIICR/, /PDN ACT 7/, 290, 0],
  [/SSLMIPSTART/, /CONNECT OK/, 1800, 450],
  [/MIPSTART/, /CONNECT OK/, 320, 80],
  [/MCONNECT/, /CONNACK OK/, 230, 40],
  [/MPUB/, /PUBACK/, 300, 60],
  [/MSUB/, /SUBACK/, 300, 60],
  [/MPUB/, /\+MSUB: /, 160, 40],
  [/MDISCONNECT/, /CLOSED/, 2560, 0],
  [/CIFSR/, /UPGRADEIND: 0/, 19_000, 0],
  [/CIFSR/, /UPGRADEIND: -1002/, 25_590, 0],
  [/HTTPACTION/, /\+HTTPACTION: /, 1900, 400],
  [/HTTPDATA/, /DOWNLOAD/, 3, 1],
  [/^productKey/, /OK/, 4, 1],
  [/QHTTPCFG/, /OK/, 9, 4],
  [/QHTTPURL/, /CONNECT/, 3, 1],
  [/^http:/, /OK/, 5, 1],
  [/QHTTPGET/, /QHTTPGET: /, 166, 30],
  [/QHTTPGET/, /OK/, 2, 1],
  [/QHTTPREAD/, /CONNECT/, 4, 1],
  [/^AT|^[0-9]/, /./, 3, 2],
];
/** At 115,200 baud. */
const MS_PER_BYTE = 10 / 115.2;
/** Logs with time stamps that are fine enough. */
const TIMED = /^(air|ec21j)/;

/** Bytes in place of data that the log does not hold, with the checksum that the log shows. */
function filler(size: number, sum: string): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt16BE(parseInt(sum, 16));
  assert.equal(checksum(bytes), sum);
  return bytes;
}

async function prepare(host: Host, commands: readonly Preparation[]): Promise<void> {
  for (const command of commands) {
    const { send, until } = typeof command === "string" ? { send: command, until: "OK\r\n" } : command;
    host.send(`${send}\r`);
    assert.ok(await host.clock.run(() => host.output().endsWith(until), LIMIT_MS), `${send}: ${JSON.stringify(host.output())}`);
  }
}

async function brokerFor({ start }: Transcript): Promise<Broker | null> {
  if (!start.broker) return null;
  const { users, tls } = start.broker;
  const certificate = tls ? await (await makeAuthority()).issue({ names: ["nobody.asks"] }) : undefined;
  return startBroker({ ...(users ? { users } : {}), ...(certificate ? { tls: certificate } : {}) });
}

async function serverFor({ start }: Transcript): Promise<TestServer | null> {
  if (!start.server) return null;
  const { replies, tls } = start.server;
  const certificate = tls ? await (await makeAuthority()).issue({ names: ["nobody.asks"] }) : undefined;
  return startServer({
    ...(certificate ? { tls: certificate } : {}),
    reply({ path }, response) {
      const { text, bytes = 0, chunked } = replies[path] ?? { text: `no reply for ${path}` };
      const body = text ?? elidedBody(bytes);
      if (chunked) response.flushHeaders();
      response.end(body);
    },
  });
}

/** The module in the transcript's starting state. */
async function prepared({ profile, start }: Transcript, port: number | undefined): Promise<Host> {
  const host = attached({
    model: profile,
    poweredOn: true,
    ...start.options,
    ...(port === undefined ? {} : { resolve: () => ({ host: "127.0.0.1", port }) }),
  });
  await host.clock.advance(start.runMs ?? BOOT_MS);
  for (const { name, bytes } of start.files ?? []) await host.data(`AT+QFUPL="${name}",${bytes}`, /CONNECT\r\n/, "x".repeat(bytes));
  await prepare(host, start.commands ?? []);
  if (!start.echo) await host.at("ATE0");
  host.clear();
  return host;
}

/** What was uploaded before the log begins. */
function files({ start }: Transcript): string {
  return "x".repeat(start.files?.[0]?.bytes ?? 0);
}

async function publish(host: Host, broker: Broker, users: Record<string, string> = {}, messages: readonly Message[]): Promise<void> {
  const [username, password] = Object.entries(users)[0] ?? [];
  const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { username, password });
  for (const { topic, payload } of messages) {
    const before = host.named("message").length;
    await client.publishAsync(topic, payload);
    await eventually(() => host.named("message").length > before, "message");
  }
  await client.endAsync();
}

async function carryOut(cause: Cause, host: Host, broker: Broker | null, { start }: Transcript): Promise<void> {
  await prepare(host, cause.commands ?? []);
  host.clear();
  if (cause.control) host.modem.control(cause.control);
  if (cause.kick) {
    broker?.kick();
    await eventually(() => host.named("lost").length > 0, "loss");
  }
  if (cause.publish) await publish(host, broker as Broker, start.broker?.users, cause.publish);
}

/** Whether all that is expected came, down to the last line end. */
function complete(output: string, expected: string): boolean {
  const flat = (text: string): string => linesIn(text).join("\n") + (text.endsWith("\n") ? "\n" : "");
  return flat(output).startsWith(flat(expected));
}

/** One exchange in the emulator, with the time of each record. */
async function play(exchange: Exchange, host: Host): Promise<void> {
  const startedAt = host.clock.now();
  let expected = "";
  for (const { data, afterMs, line } of exchange.received) {
    expected += data;
    await host.clock.run(() => complete(host.output(), expected), LIMIT_MS);
    // Here the echo starts when the command is complete, at a terminal with its first character; and the logs come over USB:
    // 160 bytes in 3 ms.
    const wireMs = expected.length * MS_PER_BYTE;
    if (afterMs !== null && linesIn(data).length > 0) checkTime(exchange, line, data, host.clock.now() - startedAt - wireMs, afterMs);
  }
}

let timed: Transcript | null = null;

function checkTime({ sent }: Exchange, line: number, told: string, tookMs: number, measuredMs: number): void {
  if (!timed) return;
  const command = sent.toString("latin1");
  const echoOnly = told === command;
  const [, , meanMs, spreadMs] = echoOnly ? [0, 0, 0, 0] : (LATENCIES.find(([c, t]) => c.test(command) && t.test(told)) ?? [0, 0, 3, 2]);
  const room = Math.max(MIN_TOLERANCE_MS, meanMs * TOLERANCE);
  const where = `line ${line} of ${timed.file}`;
  assert.ok(Math.abs(tookMs - meanMs) <= spreadMs + room, `${where}: ${tookMs.toFixed(1)} ms, in use ${meanMs} +- ${spreadMs}`);
  const roomOfLog = spreadMs + Math.max(room, timed.coarseMs ?? 0);
  assert.ok(Math.abs(measuredMs - meanMs) <= roomOfLog, `${where}: measured ${measuredMs} ms, in use ${meanMs} +- ${spreadMs}`);
}

describe("transcripts", () => {
  for (const transcript of transcripts()) {
    const list = exchangesOf(transcript, filler);
    it(`${transcript.profile}: ${transcript.file}, ${list.length} exchanges`, async () => {
      assert.ok(list.length > 0, "something of it is left");
      const broker = await brokerFor(transcript);
      const server = await serverFor(transcript);
      const host = await prepared(transcript, (broker ?? server)?.port);
      timed = TIMED.test(transcript.file) ? transcript : null;
      try {
        for (const exchange of list) {
          if (exchange.cause) await carryOut(exchange.cause, host, broker, transcript);
          if (exchange.sent.length > 0) host.send(exchange.sent);
          await play(exchange, host);
          const expected = exchange.received.map(({ data }) => data).join("");
          assert.deepEqual(linesIn(host.output()), linesIn(expected), `line ${exchange.line} of ${transcript.file}`);
        }
        // What the log shows as data is what the server got, byte for byte.
        const sent = list.map((exchange) => exchange.sent.toString("latin1"));
        for (const { body } of server?.asked ?? []) assert.ok(body === "" || sent.includes(body) || body === files(transcript), body);
      } finally {
        await host.modem.close();
        await broker?.close();
        await server?.close();
      }
    });
  }
});

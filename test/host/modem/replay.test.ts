/** Transcripts of real modules against the emulator: the same text in the same order, empty lines dropped. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { startBroker, type Broker } from "../../../host/broker/broker.ts";
import { checksum } from "../../../host/modem/core/files.ts";
import { attached, BOOT_MS, eventually, type Host, type HostOptions } from "./support.ts";

interface Record {
  line: number;
  dir: "tx" | "rx";
  data: string;
  at_ms?: number;
  elided_bytes?: number;
}

interface Transcript {
  file: string;
  /** The log shows commands only by their echo. */
  commandsFromEcho?: boolean;
  start: {
    echo: boolean;
    options?: HostOptions;
    commands?: string[];
    files?: { name: string; bytes: number }[];
    broker?: { users?: { [name: string]: string } };
  };
  /** What another client publishes when the module has said `after`. */
  messages?: { after: string; topic: string; payload: string }[];
  elided?: { line: number; checksum: string }[];
  leftOut: { from: number; to: number; why: string }[];
}

/** What the host sends, and what must come before it sends again. */
interface Exchange {
  line: number;
  sent: Buffer;
  expected: string;
}

const folder = new URL("../../replay/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", folder), "utf8")) as { transcripts: Transcript[] };
/** A late result comes within this time, milliseconds. */
const LIMIT_MS = 20_000;

function records({ file }: Transcript): Record[] {
  const text = readFileSync(new URL(`transcripts/${file}`, folder), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line, i) => ({ line: i + 1, ...(JSON.parse(line) as Omit<Record, "line">) }));
}

/** Bytes in place of data that the log does not hold, with the checksum that the log shows. */
function filler(size: number, sum: string): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt16BE(parseInt(sum, 16));
  assert.equal(checksum(bytes), sum);
  return bytes;
}

function exchanges(transcript: Transcript): Exchange[] {
  const list: Exchange[] = [];
  let answered = true;
  const send = (line: number, sent: Buffer): void => {
    const last = list.at(-1);
    if (answered || !last) list.push({ line, sent, expected: "" });
    else last.sent = Buffer.concat([last.sent, sent]);
    answered = false;
  };
  for (const { line, dir, data, elided_bytes } of records(transcript)) {
    if (transcript.leftOut.some(({ from, to }) => line >= from && line <= to)) continue;
    const elided = transcript.elided?.find((one) => one.line === line);
    if (dir === "tx") send(line, elided ? filler(elided_bytes as number, elided.checksum) : Buffer.from(data, "latin1"));
    else {
      if (transcript.commandsFromEcho) send(line, Buffer.from(data.slice(0, data.indexOf("\r") + 1), "latin1"));
      (list.at(-1) as Exchange).expected += data;
      answered = true;
    }
  }
  return list;
}

function lines(text: string): string[] {
  return text.split(/[\r\n]+/).filter((line) => line !== "");
}

/** The module in the transcript's starting state. */
async function prepared({ start }: Transcript, broker: Broker | null): Promise<Host> {
  const host = attached({
    poweredOn: true,
    ...start.options,
    ...(broker ? { resolve: () => ({ host: "127.0.0.1", port: broker.port }) } : {}),
  });
  await host.clock.advance(BOOT_MS);
  for (const { name, bytes } of start.files ?? []) await host.data(`AT+QFUPL="${name}",${bytes}`, /CONNECT\r\n/, "x".repeat(bytes));
  for (const command of start.commands ?? []) assert.match(await host.at(command), /OK\r\n$/);
  if (!start.echo) await host.at("ATE0");
  return host;
}

/** Whether all that is expected came, down to the last line end. */
function complete(output: string, expected: string): boolean {
  const [got, wanted] = [lines(output), lines(expected)];
  return got.length >= wanted.length && (got.at(-1)?.length ?? 0) >= (wanted.at(-1)?.length ?? 0) && output.endsWith(expected.slice(-2));
}

async function published(
  host: Host,
  broker: Broker,
  users: { [name: string]: string } = {},
  { after, topic, payload }: { after: string; topic: string; payload: string },
): Promise<void> {
  assert.ok(await host.clock.run(() => host.output().includes(after), LIMIT_MS), `no ${after}`);
  const [username, password] = Object.entries(users)[0] ?? [];
  const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { username, password });
  await client.publishAsync(topic, payload);
  await eventually(() => host.named("message").length > 0, "message");
  await client.endAsync();
}

describe("transcripts", () => {
  for (const transcript of manifest.transcripts) {
    const list = exchanges(transcript);
    if (list.length === 0) {
      it(`${transcript.file} waits: ${transcript.leftOut[0]?.why}`, { skip: true }, () => {});
      continue;
    }
    it(`${transcript.file}, ${list.length} exchanges`, async () => {
      const { start } = transcript;
      const broker = start.broker ? await startBroker(start.broker) : null;
      const host = await prepared(transcript, broker);
      try {
        for (const { line, sent, expected } of list) {
          host.send(sent);
          for (const message of transcript.messages ?? []) {
            if (expected.includes(message.after)) await published(host, broker as Broker, start.broker?.users, message);
          }
          const wanted = lines(expected);
          await host.clock.run(() => complete(host.output(), expected), LIMIT_MS);
          assert.deepEqual(lines(host.output()), wanted, `line ${line} of ${transcript.file}`);
        }
      } finally {
        await host.modem.close();
        await broker?.close();
      }
    });
  }
});

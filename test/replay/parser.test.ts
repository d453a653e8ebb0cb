/**
 * Logs of real modules, replayed against the AT engine: the outcome of every exchange, every signal and every message must be
 * the same in whatever pieces the bytes arrive.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { Result } from "../../src/api/command.ts";
import * as channel from "../../src/cellular/at/channel.ts";
import { dialect as ec20 } from "../../src/cellular/modules/ec20/steady.ts";
import { dialect as luat } from "../../src/cellular/modules/luat/steady.ts";
import { fakeWorld } from "../support/world.ts";
import { signalName } from "../support/signals.ts";

interface Line {
  dir: "tx" | "rx";
  data: string;
}

type Event = ["result", string, Result | null] | ["signal", string, string] | ["message", string, string];

const folder = new URL("transcripts/", import.meta.url);
const sizes = [1, 2, 7, 64, Infinity];

function load(file: string): Line[] {
  const text = readFileSync(new URL(file, folder), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

/** Commands as they were typed (a terminal may have sent the CR apart), each with its data and everything received until the next. */
function exchanges(lines: Line[]): { at: string; data: string; received: string }[] {
  const all = [{ at: "", data: "", received: "" }];
  for (const { dir, data } of lines) {
    const last = all[all.length - 1] as (typeof all)[number];
    if (dir === "rx") last.received += data;
    else if (data === "\r") continue;
    else if (/^at/i.test(data)) all.push({ at: data.replace("\r", ""), data: "", received: "" });
    else last.data += data;
  }
  return all;
}

function replay(file: string, size: number): Event[] {
  const isLuat = file.startsWith("air");
  const world = fakeWorld();
  const events: Event[] = [];
  channel.init(
    world,
    isLuat ? luat : ec20,
    (signal, rest) => events.push(["signal", signalName(signal), rest]),
    (topic, payload) => events.push(["message", topic, payload]),
  );
  channel.open(115200);
  for (const { at, data, received } of exchanges(load(file))) {
    let result: Result | null = null;
    if (at)
      channel.send({ at, like: /^[+A-Z]/, ms: 1000, data: data || "x", ...(isLuat ? {} : { prompt: "CONNECT" }) }, (r) => (result = r));
    for (let i = 0; i < received.length; i += size) world.receive(received.slice(i, i + size));
    if (at) events.push(["result", at, result]);
    channel.abort(true);
    channel.tick();
  }
  return events;
}

describe("the parser on real logs", () => {
  for (const file of readdirSync(folder)) {
    it(file, () => {
      const whole = replay(file, Infinity);
      assert.ok(whole.length > 0);
      for (const size of sizes) assert.deepEqual(replay(file, size), whole, `pieces of ${size}`);
    });
  }

  it("reads what the logs say", () => {
    const of = (file: string, at: string): Result | null | undefined => {
      const found = replay(file, 7).find((e) => e[0] === "result" && e[1] === at);
      return found?.[2] as Result | null | undefined;
    };
    assert.equal(of("ec2x-raw-bytes.jsonl", "AT+CSQ")?.text, "+CSQ: 19,99");
    assert.equal(of("ec2x-raw-bytes.jsonl", "AT+MODE=2")?.error, "refused");
    assert.equal(of("bg770a-raw-framing.jsonl", "ATI")?.text, "Quectel\nBG770A-GL\nRevision: BG770AGLAAR01A05");
    assert.equal(of("ec600k-mqtt-noecho.jsonl", "AT+COPS?")?.text, '+COPS: 0,0,"INDOSATOOREDOO",7');
    const messages = replay("quectel-qmtpub-ctrlz.jsonl", 2).filter((e) => e[0] === "message");
    assert.deepEqual(messages, [["message", "STX-3", "hey there"]]);
  });

  it("reads what the logs of Luat modules say", () => {
    const told = (file: string, kind: Event[0]): unknown[] =>
      replay(file, 3)
        .filter((event) => event[0] === kind)
        .map(([, ...rest]) => rest);
    assert.deepEqual(told("air780e-mqtt-plain.jsonl", "message"), [["mqtt/pub", "data from tcp server"]]);
    assert.deepEqual(told("air720-article003-aliyun.jsonl", "message"), [["/a1hahpgAs3s/test/test", "helloworld"]]);
    assert.ok(told("air720-article003-aliyun.jsonl", "signal").some((signal) => (signal as string[])[0] === "connection-lost"));
    const lf = '{\n  "msg": "hello"\n}';
    assert.deepEqual(told("air780ep-mqtt-cache-mode.jsonl", "message"), [
      ["mqtt/pub_topic", "publish 1 payload"],
      ["mqtt/pub_topic", "publish 1 payload"],
      ["mqtt/sub_topic", lf],
      ["mqtt/sub_topic", lf],
    ]);
    assert.deepEqual(
      told("air780ep-mqtt-cache-mode.jsonl", "signal").filter((signal) => (signal as string[])[0] === "stored"),
      [
        ["stored", "0"],
        ["stored", "0"],
        ["stored", "1"],
      ],
    );
  });
});

/** Random conversations, cut anywhere: what the module meant arrives, whatever bytes it is made of, and nothing else does. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Result } from "../../../src/api/command.ts";
import * as channel from "../../../src/cellular/at/channel.ts";
import { dialect } from "../../../src/cellular/modules/ec20/steady.ts";
import { fakeWorld } from "../../support/world.ts";
import { signalName } from "../../support/signals.ts";

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => String.fromCharCode(...array));
/** Payloads that look like the protocol are likelier to hurt than noise. */
const nasty = fc.constantFrom(
  "\r\nOK\r\n",
  "\r\nERROR\r\n",
  '"\r\n',
  "\r\n> ",
  "\r\nRDY\r\n",
  '\r\n+QMTRECV: 0,0,"x",3,"abc"\r\n',
  "\x1a",
  '"',
  "\r",
  "\n",
);
const payload = fc.array(fc.oneof(bytes, nasty), { maxLength: 6 }).map((parts) => parts.join(""));
const topic = fc.stringMatching(/^[a-z/]{1,40}$/);

const item = fc.oneof(
  fc.record({ kind: fc.constant("message" as const), topic, payload }),
  fc.record({ kind: fc.constant("urc" as const), stat: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ kind: fc.constant("exchange" as const), value: fc.integer({ min: 0, max: 31 }), echo: fc.boolean(), urc: fc.boolean() }),
  // Without the characters that would make it a prompt, a message or an answer.
  fc.record({ kind: fc.constant("noise" as const), text: fc.stringMatching(/^[a-z0-9 .;#\xff]{0,60}$/) }),
);

type Item = typeof item extends fc.Arbitrary<infer T> ? T : never;

function play(items: readonly Item[], sizes: readonly number[]): { expected: unknown[]; got: unknown[] } {
  const world = fakeWorld();
  const got: unknown[] = [];
  const expected: unknown[] = [];
  channel.init(
    world,
    dialect,
    (signal, rest) => got.push([signalName(signal), rest]),
    (to, data) => got.push([to, data]),
  );
  channel.open(115200);
  let piece = 0;
  const receive = (text: string): void => {
    for (let i = 0; i < text.length;) {
      const size = sizes[piece++ % sizes.length] as number;
      world.receive(text.slice(i, i + size));
      i += size;
    }
  };
  for (const one of items) {
    if (one.kind === "message") {
      expected.push([one.topic, one.payload]);
      receive(`\r\n+QMTRECV: 0,7,"${one.topic}",${one.payload.length},"${one.payload}"\r\n`);
    } else if (one.kind === "urc") {
      expected.push(["registration", String(one.stat)]);
      receive(`\r\n+CREG: ${one.stat}\r\n`);
    } else if (one.kind === "exchange") {
      channel.send({ at: "AT+CSQ", want: "+CSQ: ", ms: 1000 }, (result: Result) => got.push(result.text));
      if (one.urc) expected.push(["registration", "1"]);
      expected.push(`${one.value},99`);
      receive(`${one.echo ? "AT+CSQ\r" : ""}${one.urc ? "\r\n+CREG: 1\r\n" : ""}\r\n+CSQ: ${one.value},99\r\n\r\nOK\r\n`);
    } else receive(`\r\n${one.text}\r\n`);
  }
  return { expected, got };
}

describe("random conversations", () => {
  it("arrive as they were meant, in pieces of any size", () => {
    fc.assert(
      fc.property(
        fc.array(item, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 }),
        (items, sizes) => {
          const { expected, got } = play(items, sizes);
          assert.deepEqual(got, expected);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("any bytes at all leave an engine that still works", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(bytes, nasty), { maxLength: 30 }), (chunks) => {
        const world = fakeWorld();
        channel.init(
          world,
          dialect,
          () => {},
          () => {},
        );
        channel.open(115200);
        world.every(channel.tick, channel.TICK_MS);
        for (const chunk of chunks) world.receive(chunk);
        // A payload that stopped short is given up in five seconds; what follows to the next line end is torn.
        world.clock.advanceSync(6000);
        world.receive("\r\n");
        let answer = "";
        channel.send({ at: "AT+CSQ", want: "+CSQ: ", ms: 1000 }, (result) => (answer = result.text));
        world.receive("\r\n+CSQ: 21,99\r\n\r\nOK\r\n");
        assert.equal(answer, "21,99");
      }),
      { numRuns: 2000 },
    );
  });
});

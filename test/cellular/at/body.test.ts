/** Bytes that are no lines, kept as a command's answer: the body of an HTTP reply. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Command, Result } from "../../../src/api/command.ts";
import * as channel from "../../../src/cellular/at/channel.ts";
import { dialect } from "../../../src/cellular/modules/ec20/steady.ts";
import { fakeWorld, type FakeWorld } from "../../support/world.ts";
import { signalName } from "../../support/signals.ts";

const READ: Command = { at: "AT+READ", prompt: "+READ: ", skip: 9, keep: true, late: "OK", lateMs: 5000, ms: 60_000 };
const BODY = "\r\nOK\r\n\0\xffA";

let world: FakeWorld;
let told: string[];
let result: Result | null;

beforeEach(() => {
  world = fakeWorld();
  told = [];
  result = null;
  channel.init(
    world,
    dialect,
    (signal, rest) => told.push(`${signalName(signal)} ${rest}`),
    (topic, payload) => told.push(`${topic} ${payload}`),
  );
  channel.open(115200);
  world.every(channel.tick, 250);
  channel.send(READ, (got) => (result = got));
});

function receive(text: string, size = text.length): void {
  for (let i = 0; i < text.length; i += size) world.receive(text.slice(i, i + size));
}

const done = (): Result | null => result;

describe("a body", () => {
  for (const size of [1, 2, 7, 64, 1000]) {
    it(`of any bytes is the answer, URCs and messages around it, in pieces of ${size}`, () => {
      const around = '\r\n+CEREG: 1\r\n\r\n+QMTRECV: 0,0,"t",3,"\r\nx"\r\n';
      receive(`AT+READ\r${around}\r\n+READ: 9\r\n${BODY}\r\n${around}\r\nOK\r\n${around}`, size);
      assert.deepEqual(done(), { error: "", code: -1, text: BODY, late: "OK" });
      assert.deepEqual(told, ["registration 1", "t \r\nx", "registration 1", "t \r\nx", "registration 1", "t \r\nx"]);
      channel.send({ at: "AT+CSQ", want: "+CSQ: ", ms: 1000 }, (got) => (result = got));
      receive("\r\n+CSQ: 21,99\r\n\r\nOK\r\n", size);
      assert.equal(done()?.text, "21,99", "the conversation goes on");
    });
  }

  it("is as long as the module says, if that is not more than was expected", () => {
    receive("\r\n+READ: 3\r\nabc\r\nOK\r\n");
    assert.equal(done()?.text, "abc");
    channel.send(READ, (got) => (result = got));
    receive(`\r\n+READ: 10\r\n${BODY}!\r\nOK\r\n`);
    world.clock.advanceSync(6000);
    assert.deepEqual(done(), { error: "unfinished", code: -1, text: "", late: "" });
    assert.deepEqual(told, [], "and no byte of it is a line");
  });

  it("that breaks off is given up, with what came", () => {
    receive("\r\n+READ: 9\r\n\r\nRDY\r\n");
    world.clock.advanceSync(24_000);
    assert.equal(done(), null, "pauses are normal");
    world.clock.advanceSync(8000);
    assert.deepEqual(done(), { error: "unfinished", code: -1, text: "\r\nRDY\r\n", late: "" });
    world.clock.advanceSync(2000);
    channel.send({ at: "AT", ms: 1000 }, (got) => (result = got));
    receive("\r\n\r\nOK\r\n");
    assert.equal(done()?.error, "");
    assert.deepEqual(told, []);
  });

  it("whose end does not follow is unfinished", () => {
    receive(`\r\n+READ: 9\r\n${BODY}`);
    world.clock.advanceSync(6000);
    assert.deepEqual(done(), { error: "unfinished", code: -1, text: BODY, late: "" });
  });

  it("of a command that was given up is nobody's", () => {
    receive("\r\n+READ: 9\r\nabc");
    channel.abort(false);
    assert.equal(done()?.error, "reset");
    receive("defghi\r\nOK\r\n");
    channel.send({ at: "AT+CSQ", want: "+CSQ: ", ms: 1000 }, (got) => (result = got));
    receive("\r\n+CSQ: 1\r\n\r\nOK\r\n");
    assert.deepEqual(done(), { error: "", code: -1, text: "1", late: "" });
  });
});

describe("a refusal", () => {
  for (const [line, code] of [
    ["ERROR:7", 7],
    ["ERROR: 12", 12],
    ["ERROR", -1],
    ["+CME ERROR: 703", 703],
    ["+CME ERROR: operation not allowed", -1],
  ] as const) {
    it(`${line} has the code ${code}`, () => {
      receive(`\r\n${line}\r\n`);
      assert.deepEqual(done(), { error: "refused", code, text: "", late: "" });
    });
  }
});

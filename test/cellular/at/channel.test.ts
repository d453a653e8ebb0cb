import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Command, Result } from "../../../src/api/command.ts";
import * as channel from "../../../src/cellular/at/channel.ts";
import { dialect } from "../../../src/cellular/modules/ec20/steady.ts";
import { fakeWorld, type FakeWorld } from "../../support/world.ts";
import { signalName } from "../../support/signals.ts";

let world: FakeWorld;
let signals: [string, string][];
let messages: [string, string][];
let onMessage: () => void;
let onSignal: () => void;

beforeEach(() => {
  world = fakeWorld();
  signals = [];
  messages = [];
  onMessage = () => {};
  onSignal = () => {};
  channel.init(
    world,
    dialect,
    (signal, rest) => {
      signals.push([signalName(signal), rest]);
      onSignal();
    },
    (topic, payload) => {
      messages.push([topic, payload]);
      onMessage();
    },
  );
  channel.open(115200);
  world.every(channel.tick, 250);
});

function send(command: Partial<Command>): { result: Result | null } {
  const box: { result: Result | null } = { result: null };
  channel.send({ at: "AT", ms: 1000, ...command }, (result) => (box.result = result));
  return box;
}

function isOpen(box: { result: Result | null }): boolean {
  return box.result === null;
}

const csq = { at: "AT+CSQ", want: "+CSQ: " };

describe("an exchange", () => {
  it("ends with OK and hands over the lines that fit", () => {
    const box = send(csq);
    assert.equal(world.written(), "AT+CSQ\r");
    world.receive("AT+CSQ\r\r\n+CSQ: 21,99\r\n\r\nOK\r\n");
    assert.deepEqual(box.result, { error: "", code: -1, text: "21,99", late: "" });
  });

  it("ends with each final result code, by whole line only", () => {
    for (const [line, error, code] of [
      ["OK", "", -1],
      ["ERROR", "refused", -1],
      ["+CME ERROR: 10", "refused", 10],
      ["+CME ERROR: SIM not inserted", "refused", -1],
      ["+CMS ERROR: 500", "refused", 500],
    ] as const) {
      const box = send({ at: "AT+CPIN?", want: "+CPIN: " });
      world.receive(`\r\nNOT OK\r\nOKAY\r\nMY ERROR\r\n+CMTI: "SM",1\r\n`);
      assert.ok(isOpen(box), "these lines are not final");
      world.receive(`\r\n${line}\r\n`);
      assert.equal(box.result?.error, error, line);
      assert.equal(box.result?.code, code, line);
    }
  });

  it("is not disturbed by lines of others, before, in and after the answer", () => {
    const box = send(csq);
    world.receive("AT+CSQ\r\r\n+CGEV: ME PDN ACT 1\r\n\r\n+QIND: SMS DONE\r\n+CSQ: 7,99\r\n\r\n+CREG: 1\r\n\r\nOK\r\n");
    assert.equal(box.result?.text, "7,99");
    assert.deepEqual(signals, [["registration", "1"]]);
  });

  it("takes the read answer, not the URC of the same name (atat #179, rt-thread #2363)", () => {
    const box = send({ at: "AT+CREG?", like: /^\+CREG: [0-9],[0-9]/ });
    world.receive('\r\n+CREG: 5\r\n\r\n+CREG: 1,"D509","80D413D",7\r\n\r\n+CREG: 2,1,"D509","80D413D",7\r\n\r\nOK\r\n');
    assert.equal(box.result?.text, '+CREG: 2,1,"D509","80D413D",7');
    assert.equal(signals.length, 2);
  });

  it("does not take a URC for the IMEI (TinyGSM #817)", () => {
    const box = send({ at: "AT+GSN", like: /^[0-9]+$/ });
    world.receive("AT+GSN\r\r\n+CEREG: 1\r\n\r\nRDYX\r\n861234567890123\r\n\r\nOK\r\n");
    assert.equal(box.result?.text, "861234567890123");
  });

  it("joins an answer of several lines", () => {
    const box = send({ at: "ATI", like: /^[A-Z]/ });
    world.receive("ATI\r\r\nQuectel\r\nEC20F\r\nRevision: EC20CEFAGR06A05M4G\r\n\r\nOK\r\n");
    assert.equal(box.result?.text, "Quectel\nEC20F\nRevision: EC20CEFAGR06A05M4G");
  });

  it("is not hidden by a shape that would fit its error", () => {
    const box = send({ at: "ATI", like: /^[A-Z]/ });
    world.receive("\r\nERROR\r\n");
    assert.equal(box.result?.error, "refused");
  });

  it("is the same with echo, without, and with half of it (atat #231, #219)", () => {
    for (const echo of ["AT+CSQ\r", "", "T+CSQ\r", "AT+C", "\r\nAT+CSQ\r"]) {
      const box = send(csq);
      world.receive(`${echo}\r\n+CSQ: 9,99\r\n\r\nOK\r\n`);
      assert.equal(box.result?.text, "9,99", JSON.stringify(echo));
    }
  });

  it("is sent when the one before is done, in order", () => {
    const first = send({ at: "AT+A" });
    const second = send({ at: "AT+B" });
    assert.equal(world.written(), "AT+A\r");
    world.receive("\r\nOK\r\n\r\nOK\r\n");
    assert.ok(first.result);
    assert.equal(world.written(), "AT+B\r", "sent after the chunk was read to its end");
    assert.ok(isOpen(second), "the second OK was not its answer");
    world.receive("\r\nOK\r\n");
    assert.ok(second.result);
  });

  it("finds a full queue, and says so", () => {
    for (let i = 0; i < 5; i++) send({});
    assert.equal(channel.counters.dropped, 0);
    send({});
    assert.equal(channel.counters.dropped, 1);
  });
});

describe("two stages", () => {
  const open = { at: 'AT+QMTOPEN=0,"h",1', late: "+QMTOPEN: 0,", lateMs: 5000 };

  it("end with the result after OK, or before it", () => {
    for (const order of ["\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n", "\r\n+QMTOPEN: 0,0\r\n\r\nOK\r\n"]) {
      const box = send(open);
      world.receive(order);
      assert.equal(box.result?.error, "");
      assert.equal(box.result?.late, "0");
    }
  });

  it("end with a failure code, an error, or a deadline of their own", () => {
    const failed = send(open);
    world.receive("\r\nOK\r\n\r\n+QMTOPEN: 0,-1\r\n");
    assert.equal(failed.result?.late, "-1");
    const refused = send(open);
    world.receive("\r\nERROR\r\n");
    assert.equal(refused.result?.error, "refused");
    const late = send(open);
    world.receive("\r\nOK\r\n");
    world.clock.advanceSync(4500);
    assert.ok(isOpen(late));
    world.clock.advanceSync(1000);
    assert.equal(late.result?.error, "unfinished");
  });

  it("are not ended by the result of another client", () => {
    const box = send(open);
    world.receive("\r\nOK\r\n\r\n+QMTOPEN: 1,0\r\n");
    assert.ok(isOpen(box));
  });
});

describe("quarantine", () => {
  it("keeps a late answer from the next command (esp_modem #129)", () => {
    const first = send(csq);
    world.clock.advanceSync(1500);
    assert.equal(first.result?.error, "timeout");
    world.written();
    const second = send({ at: "AT+CREG?", like: /^\+CREG: [0-9],[0-9]/ });
    assert.equal(world.written(), "", "waits");
    world.receive("\r\n+CSQ: 3,99\r\n\r\nOK\r\n");
    assert.ok(isOpen(second));
    assert.equal(channel.counters.lateReplies, 1);
    assert.equal(world.written(), "AT+CREG?\r", "the late answer came: go");
    world.receive("\r\n+CREG: 0,1\r\n\r\nOK\r\n");
    assert.equal(second.result?.error, "");
  });

  it("keeps a late result from the next command of the same name", () => {
    const open = { at: 'AT+QMTOPEN=0,"h",1', late: "+QMTOPEN: 0,", lateMs: 2000 };
    const first = send(open);
    world.receive("\r\nOK\r\n");
    world.clock.advanceSync(2500);
    assert.equal(first.result?.error, "unfinished");
    const second = send(open);
    world.receive("\r\n+QMTOPEN: 0,-1\r\n");
    assert.ok(isOpen(second));
    assert.equal(channel.counters.lateReplies, 1);
    world.receive("\r\nOK\r\n\r\n+QMTOPEN: 0,0\r\n");
    assert.equal(second.result?.late, "0");
  });

  it("ends by itself", () => {
    send(csq);
    world.clock.advanceSync(1250);
    send({ at: "AT+B" });
    world.written();
    world.clock.advanceSync(1250);
    assert.equal(world.written(), "AT+B\r");
  });

  it("is not for a probe", () => {
    send({ at: "AT", ms: 300, probe: true });
    world.clock.advanceSync(750);
    world.written();
    send({ at: "AT" });
    assert.equal(world.written(), "AT\r");
  });
});

describe("data", () => {
  const payload = 'a"\r\nOK\r\n> \x1a\x1b\0\xff';
  const command = { at: 'AT+QMTPUBEX=0,1,1,0,"t",15', data: payload, ms: 2000 };

  it("goes out at the prompt, which no line end follows", () => {
    for (const prompt of ["\r\n> ", "\r\n>", "AT…\r\r\n> "]) {
      const box = send(command);
      world.written();
      world.receive(prompt);
      assert.equal(world.written(), payload);
      world.receive(" \r\nOK\r\n");
      assert.equal(box.result?.error, "");
    }
  });

  it("goes out after CONNECT, and not at a prompt sign in a line", () => {
    const box = send({ ...command, prompt: "CONNECT" });
    world.written();
    world.receive("\r\n+QIND: a > b\r\n");
    assert.equal(world.written(), "");
    world.receive("\r\nCONNECT\r\n");
    assert.equal(world.written(), payload);
    world.receive("\r\nOK\r\n");
    assert.equal(box.result?.error, "");
  });

  it("goes out in pieces that the board's queue takes", () => {
    const long = "x".repeat(1500);
    send({ ...command, data: long, ms: 15000 });
    world.written();
    world.receive("\r\n> ");
    assert.equal(world.written().length, 256);
    world.clock.advanceSync(1000);
    assert.equal(world.written().length, 1500 - 256);
  });

  it("is sent at a prompt that comes too late: the module's data mode ends, and no command becomes payload", () => {
    const box = send(command);
    world.clock.advanceSync(2250);
    assert.equal(box.result?.error, "timeout");
    send({ at: "AT+B" });
    world.written();
    world.receive("\r\n> ");
    assert.equal(world.written(), payload);
    world.receive("\r\nOK\r\n");
    assert.equal(world.written(), "AT+B\r");
  });

  it("that was never asked for is made up with bytes that are nothing in command mode (SIM7000-LTE-Shield #306)", () => {
    send(command);
    world.clock.advanceSync(2250);
    send({ at: "AT+B" });
    world.written();
    world.clock.advanceSync(1250);
    assert.equal(world.written(), "\x1b" + "\r".repeat(payload.length) + "AT+B\r");
  });

  it("is cancelled when nothing is to be sent", () => {
    world.receive("\r\n> ");
    assert.equal(world.written(), "\x1b");
  });
});

describe("messages", () => {
  const payload = 'quotes " and\r\nOK\r\n\r\n+CME ERROR: 3\r\n> RDY\r\n+QMTRECV: 0,0,"x",1,"y"\r\n\0\xe4\xb8\xad';

  it("are taken by count, whatever they hold, in pieces of any size", () => {
    const bytes = `\r\n+QMTRECV: 0,7,"a/b",${payload.length},"${payload}"\r\n\r\n+CREG: 1\r\n`;
    for (let size = 1; size <= bytes.length; size++) {
      messages = [];
      signals = [];
      for (let i = 0; i < bytes.length; i += size) world.receive(bytes.slice(i, i + size));
      assert.deepEqual(messages, [["a/b", payload]], `pieces of ${size}`);
      assert.deepEqual(signals, [["registration", "1"]], `pieces of ${size}`);
    }
  });

  it("may come inside an answer", () => {
    const box = send(csq);
    world.receive('AT+CSQ\r\r\n+QMTRECV: 0,0,"t",2,"OK"\r\n\r\n+CSQ: 21,99\r\n\r\n+QMTRECV: 0,0,"t",0,""\r\n\r\nOK\r\n');
    assert.deepEqual(messages, [
      ["t", "OK"],
      ["t", ""],
    ]);
    assert.equal(box.result?.text, "21,99");
  });

  it("without a length end at the closing quote", () => {
    world.receive('\r\n+QMTRECV: 1,0,"STX-3","hey ""there"\r\n\r\n+QMTRECV: 0,0,"t","a\r\nb"\r\n');
    assert.deepEqual(messages, [
      ["STX-3", 'hey ""there'],
      ["t", "a\r\nb"],
    ]);
  });

  it("that stop short are given up, and the next line is read", () => {
    world.receive('\r\n+QMTRECV: 0,0,"t",100,"only this');
    world.clock.advanceSync(5500);
    assert.equal(channel.counters.overflows, 1);
    world.receive("rest\r\n\r\n+CREG: 5\r\n");
    assert.deepEqual(messages, []);
    assert.deepEqual(signals, [["registration", "5"]]);
  });

  it("beyond the limit are counted and dropped", () => {
    world.receive('\r\n+QMTRECV: 0,0,"t",5000,"' + "x".repeat(5000) + '"\r\n\r\n+CREG: 5\r\n');
    assert.deepEqual(messages, []);
    assert.equal(channel.counters.overflows, 1);
    assert.equal(signals.length, 1);
  });

  it("of a buffer announced by number are only a line", () => {
    world.receive("\r\n+QMTRECV: 0,3\r\n\r\n+CREG: 5\r\n");
    assert.deepEqual(messages, []);
    assert.equal(signals.length, 1);
  });
});

describe("bounds", () => {
  it("a megabyte without a line end leaves no trace but a counter", () => {
    for (let i = 0; i < 16384; i++) world.receive("z".repeat(64));
    assert.equal(channel.counters.overflows, 1, "one line, one event");
    world.receive("\r\n");
    const box = send(csq);
    world.receive("\r\n+CSQ: 1,99\r\n\r\nOK\r\n");
    assert.equal(box.result?.text, "1,99");
  });

  it("noise between lines does no harm", () => {
    const box = send(csq);
    world.receive("\0\xff\xfe\r\n\x01garbage\r\n+CSQ: 1,99\r\n\xc3\r\n\r\nOK\r\n");
    assert.equal(box.result?.text, "1,99");
  });
});

describe("a command sent from a callback", () => {
  it("waits for the rest of what was received: it is no part of its answer", () => {
    let box: { result: Result | null } = { result: null };
    channel.send({ ...csq, ms: 1000 }, () => (box = send(csq)));
    world.written();
    world.receive("\r\n+CSQ: 1,99\r\n\r\nOK\r\n\r\n+CSQ: 2,99\r\n\r\nERROR\r\n");
    assert.equal(world.written(), "AT+CSQ\r");
    assert.ok(isOpen(box));
    world.receive("\r\n+CSQ: 3,99\r\n\r\nOK\r\n");
    assert.equal(box.result?.text, "3,99");
  });

  it("waits for what follows a URC that caused it", () => {
    let box: { result: Result | null } = { result: null };
    onSignal = () => (box = send({ at: "AT+CPIN?", want: "+CPIN: " }));
    world.receive("\r\n+CPIN: READY\r\n\r\nOK\r\n");
    assert.ok(isOpen(box), "the OK is not its own");
    onSignal = () => {};
    world.receive("\r\n+CPIN: READY\r\n\r\nOK\r\n");
    assert.equal(box.result?.text, "READY");
  });

  it("waits for what follows a message that caused it", () => {
    let box: { result: Result | null } = { result: null };
    onMessage = () => (box = send(csq));
    world.receive('\r\n+QMTRECV: 0,0,"t",1,"x"\r\n\r\n+CSQ: 2,99\r\n\r\nOK\r\n');
    assert.equal(world.written(), "AT+CSQ\r");
    assert.ok(isOpen(box));
    world.receive("\r\n+CSQ: 3,99\r\n\r\nOK\r\n");
    assert.equal(box.result?.text, "3,99");
  });
});

describe("a module that restarts", () => {
  it("ends the command in flight and those that wait, and answers the next", () => {
    const first = send({ at: 'AT+QMTOPEN=0,"h",1', late: "+QMTOPEN: 0,", lateMs: 5000 });
    const second = send(csq);
    world.receive("\r\nOK\r\n\r\nRDY\r\n");
    assert.deepEqual(signals, [["rebooted", "RDY"]]);
    channel.abort(true);
    assert.equal(first.result?.error, "reset");
    assert.equal(second.result?.error, "reset");
    world.written();
    send(csq);
    channel.tick();
    assert.equal(world.written(), "AT+CSQ\r");
  });

  it("that only lost its link still owes its answer", () => {
    const first = send(csq);
    channel.abort(false);
    assert.equal(first.result?.error, "reset");
    world.written();
    const second = send({ at: "AT+B" });
    assert.equal(world.written(), "");
    world.receive("\r\n+CSQ: 1,99\r\n\r\nOK\r\n");
    assert.equal(world.written(), "AT+B\r");
    assert.ok(isOpen(second));
  });
});

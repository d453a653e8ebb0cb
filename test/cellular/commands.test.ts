import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Result } from "../../src/api/command.ts";
import type { Session } from "../../src/api/link.ts";
import type { CommandStep, Script, Step } from "../../src/api/script.ts";
import { apnOf } from "../../src/cellular/bringup/apn.ts";
import { unixTimeOf } from "../../src/cellular/bringup/clock.ts";
import { dialect } from "../../src/cellular/modules/ec20/steady.ts";
import { has, inOneLine, must, numberIn, quote } from "../../src/cellular/bringup/commands.ts";
import { mayTryPin, pinFailed, pinWorked } from "../../src/cellular/bringup/pin.ts";
import { fakeWorld } from "../support/world.ts";

describe("the module's clock", () => {
  it("is local time with a zone in quarters of an hour", () => {
    assert.equal(unixTimeOf('+CSQ: 20,99\n+CCLK: "24/08/22,15:00:02+32"\n+CGATT: 1'), Date.UTC(2024, 7, 22, 7, 0, 2) / 1000);
    assert.equal(unixTimeOf('+CCLK: "26/02/28,23:59:59-20"'), Date.UTC(2026, 2, 1, 4, 59, 59) / 1000);
    assert.equal(unixTimeOf('+CCLK: "24/02/29,00:00:00+00"'), Date.UTC(2024, 1, 29) / 1000);
    assert.equal(unixTimeOf('+CCLK: "24/12/31,23:59:59"'), Date.UTC(2024, 11, 31, 23, 59, 59) / 1000);
  });

  it("agrees with the calendar on every day it can tell", () => {
    for (let day = Date.UTC(2023, 0, 1); day < Date.UTC(2069, 0, 1); day += 86400000) {
      const date = new Date(day);
      const two = (n: number): string => String(n).padStart(2, "0");
      const text = `+CCLK: "${two(date.getUTCFullYear() - 2000)}/${two(date.getUTCMonth() + 1)}/${two(date.getUTCDate())},00:00:00+00"`;
      assert.equal(unixTimeOf(text), day / 1000, text);
    }
  });

  it("is unknown before the network told it, or when it cannot be read", () => {
    for (const text of [
      '+CCLK: "80/01/06,00:00:12+00"',
      '+CCLK: "70/01/01,00:00:00+00"',
      '+CCLK: "04/01/01,00:00:00+00"',
      '+CCLK: "08/01/04,00:00:00+00"',
      "",
      "ERROR",
    ])
      assert.equal(unixTimeOf(text), null, text);
  });
});

describe("the access point", () => {
  it("follows the operator of the SIM", () => {
    assert.equal(apnOf("460001234567890"), "CMNET");
    assert.equal(apnOf("460071234567890"), "CMNET");
    assert.equal(apnOf("460011234567890"), "3GNET");
    assert.equal(apnOf("460111234567890"), "CTNET");
    assert.equal(apnOf("310260123456789"), "", "the network chooses");
    assert.equal(apnOf(""), "");
  });
});

describe("a SIM PIN", () => {
  it("is tried once per value, over restarts", () => {
    const world = fakeWorld();
    assert.ok(mayTryPin(world, "1234"));
    assert.equal(mayTryPin(world, "1234"), false, "the board restarted before the answer came");
    assert.ok(mayTryPin(world, "4321"), "another value");
    assert.equal(mayTryPin(world, "4321"), false);
  });

  it("that worked is tried at every start, until it fails once", () => {
    const world = fakeWorld();
    mayTryPin(world, "1234");
    pinWorked(world);
    assert.ok(mayTryPin(world, "1234"));
    pinWorked(world);
    assert.ok(mayTryPin(world, "1234"));
    pinFailed(world);
    assert.equal(mayTryPin(world, "1234"), false);
  });

  it("is not in flash as it is", () => {
    const world = fakeWorld();
    mayTryPin(world, "1234");
    assert.ok(![...world.files.values()].join().includes("1234"));
  });
});

describe("what cannot be carried is refused", () => {
  const session: Session = { form: 0, maxPayload: 1548, secured: "", found: false, attached: true, opened: true };
  it("a setting with a quote or a line end", () => {
    for (const text of ['a"b', "a\rb", "a\nb", "\0"]) assert.throws(() => quote(text));
    assert.equal(quote("a,b=c|"), '"a,b=c|"');
  });

  it("a topic with a quote or a line end, a payload too long, Ctrl-Z and ESC in the Ctrl-Z form", () => {
    assert.match(dialect.refuses(session, 'a"b', "x"), /quotes/);
    assert.match(dialect.refuses(session, "a\r\nAT+CFUN=0", "x"), /control/);
    assert.match(dialect.refuses(session, "a", "x".repeat(1549)), /1549 bytes; this module takes 1548/);
    assert.equal(dialect.refuses(session, "a", "\x1a\x1b\0\xff"), "");
    assert.match(dialect.refuses({ ...session, form: 2 }, "a", "a\x1a"), /0x1A/);
  });

  it("a publish is written in the form the firmware has", () => {
    const command = (form: 0 | 1 | 2, payload: string): string => {
      const c = dialect.publish({ ...session, form }, 7, "t", payload, 1, true);
      return `${c.at}|${c.data}`;
    };
    assert.equal(command(0, "hi"), 'AT+QMTPUBEX=0,7,1,1,"t",2|hi');
    assert.equal(command(1, "hi"), 'AT+QMTPUB=0,7,1,1,"t",2|hi');
    assert.equal(command(2, "hi"), 'AT+QMTPUB=0,7,1,1,"t"|hi\x1a');
    assert.equal(command(0, ""), 'AT+QMTPUB=0,7,1,1,"t"|\x1a', "an empty payload has no length form");
    assert.match(dialect.publish(session, 7, "t", "x", 0, false).at, /^AT\+QMTPUBEX=0,0,0,0,/, "QoS 0 has message id 0");
  });

  it("a publish is done by its own result: 0 or 2, not 1", () => {
    const late = dialect.publish(session, 7, "t", "x", 1, false).lateLike as RegExp;
    assert.ok(late.test("+QMTPUBEX: 0,7,0"));
    assert.ok(late.test("+QMTPUBEX: 0,7,2"));
    assert.ok(!late.test("+QMTPUBEX: 0,7,1,1"), "sent again: the end follows");
    assert.ok(!late.test("+QMTPUBEX: 0,6,0"));
  });
});

describe("commands in one line", () => {
  const ok = (text: string): Result => ({ error: "", code: -1, text, late: "" });
  const no: Result = { error: "refused", code: 50, text: "", late: "" };
  const told: string[] = [];
  const step = inOneLine(['+SSLCFG="a",1', "+B?", "+C"], (text) => void told.push(text), "tls-failed", 1);
  const answer = (one: Script, result: Result): Script => (one as Step & { then(r: Result): Script }).then(result);

  it("are answered together", () => {
    assert.equal((step as CommandStep).at, 'AT+SSLCFG="a",1;+B?;+C');
    const [breathMs, look] = answer(step, ok("+B: 1\n+C: 2")) as [number, () => Script];
    assert.deepEqual([breathMs, [...told], look()], [10, [], undefined], "in a slice of its own");
    assert.deepEqual(told.splice(0), ["+B: 1\n+C: 2"]);
  });

  it("go one by one when the line is refused, each time anew, and their answers come together", () => {
    for (let i = 0; i < 2; i++) {
      const [single, end] = answer(step, no) as [CommandStep[], () => Script];
      assert.deepEqual(
        single.map((one) => one.at),
        ['AT+SSLCFG="a",1', "AT+B?", "AT+C"],
      );
      assert.deepEqual([answer(single[0], ok("")), answer(single[1], no), answer(single[2], ok("+C: 2"))].filter(Boolean), []);
      end();
      assert.deepEqual(told.splice(0), ["\n\n+C: 2\n"]);
    }
  });

  it("fail when one that is needed is refused, without telling what may be secret", () => {
    const [single] = answer(step, no) as [CommandStep[]];
    assert.equal(answer(single[0], no), 'tls-failed: the module refused +SSLCFG="a", CME 50');
    assert.equal(
      answer(must('+QICSGP=1,1,"apn","user","secret",1', "apn-refused"), no),
      "apn-refused: the module refused +QICSGP=1, CME 50",
    );
  });

  it("are read line by line", () => {
    assert.equal(numberIn('+CREG: 1\n"861234567890126"\nRING'), "861234567890126");
    assert.equal(numberIn("+CREG: 1,5\nA1"), "");
    assert.ok(has("+CGATT: 1\n+CSQ: 2,99", "+CGATT: 1"));
    assert.ok(!has("+CGATT: 10", "+CGATT: 1"));
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Result } from "../../src/api/command.ts";
import type { Session } from "../../src/api/link.ts";
import * as channel from "../../src/cellular/at/channel.ts";
import { dialect } from "../../src/cellular/modules/luat/steady.ts";
import { fakeWorld } from "../support/world.ts";
import { signalName } from "../support/signals.ts";

const session: Session = { form: 0, maxPayload: 4100, secured: "", found: false, attached: true, opened: true };
const result: Result = { error: "", code: -1, text: "", late: "" };

function head(text: string): string[] | null {
  const found = dialect.messageHead.exec(text) ?? dialect.oddHead(text);
  return found && [...found];
}

describe("a message of a Luat module", () => {
  it("is counted, whatever its bytes are", () => {
    assert.deepEqual(head('+MSUB: "a/b",10 byte,helloworld'), ['+MSUB: "a/b",10 byte,', "a/b", "10"]);
    assert.deepEqual(head('+MSUB: "a, 1 byte,b",3 byte,x'), ['+MSUB: "a, 1 byte,b",3 byte,', "a, 1 byte,b", "3"], "a topic like a head");
    assert.deepEqual(head("+MSUB: mqtt/pub,20 byte,"), ["+MSUB: mqtt/pub,20 byte,", "mqtt/pub", "20"], "stored, without quotes");
  });

  it("waits for its whole head, and a stored one is none", () => {
    const text = '+MSUB: "a/b",10 byte,';
    for (let i = 0; i < text.length; i++) assert.equal(head(text.substring(0, i)), null, text.substring(0, i));
    assert.equal(head("+MSUB: 0\r\n"), null);
  });

  for (const size of [1, 2, 7, 1000]) {
    it(`is delivered beside answers, and announced when stored, in pieces of ${size}`, () => {
      const world = fakeWorld();
      const events: unknown[] = [];
      channel.init(
        world,
        dialect,
        (signal, rest) => events.push([signalName(signal), rest]),
        (topic, payload) => events.push([topic, payload]),
      );
      channel.open(115200);
      channel.send(dialect.fetch as { at: string; ms: number }, (r) => events.push(r.error));
      const rx =
        '\r\n+MSUB: 1\r\n\r\n+MSUB: "t",12 byte,\r\nOK\r\n+MSUB:\r\n+MSUB: u,2 byte,{}\r\n\r\nOK\r\n\r\n+CGEV: NW PDN DEACT 1\r\n\r\nCLOSED\r\n';
      for (let i = 0; i < rx.length; i += size) world.receive(rx.slice(i, i + size));
      assert.deepEqual(events, [
        ["stored", "1"],
        ["t", "\r\nOK\r\n+MSUB:"],
        ["u", "{}"],
        "",
        ["bearer-lost", "NW PDN DEACT 1"],
        ["connection-lost", "CLOSED"],
      ]);
    });
  }
});

describe("a publish of a Luat module", () => {
  it("has a length where the firmware has MPUBEX, and escapes where it has not", () => {
    const written = (form: number, payload: string): string => {
      const { at, data } = dialect.publish({ ...session, form }, 7, "t", payload, 1, true);
      return at + "|" + data;
    };
    assert.equal(written(0, "hi"), 'AT+MPUBEX="t",1,1,2|hi');
    assert.equal(written(0, ""), 'AT+MPUB="t",1,1,""|undefined', "an empty payload has no length form");
    assert.equal(written(1, '{"a":"\\"}\r\n'), 'AT+MPUB="t",1,1,"{\\22a\\22:\\22\\5C\\22}\\0D\\0A"|undefined');
  });

  it("is done by PUBACK with QoS 1, by OK with QoS 0", () => {
    assert.equal(dialect.publish(session, 7, "t", "x", 1, false).late, "PUBACK");
    assert.equal(dialect.publish(session, 7, "t", "x", 0, false).late, undefined);
    assert.equal(dialect.published({ ...result, error: "unfinished" }), "Nconnection-lost");
  });

  it("is refused where the form cannot carry it", () => {
    assert.equal(dialect.refuses(session, "t", "\0\x1a\x1b\xff"), "");
    assert.match(dialect.refuses({ ...session, form: 1 }, "t", "gr\xc3\xbcn"), /printable ASCII/);
    assert.match(dialect.refuses({ ...session, form: 1 }, "t", "a\x1a"), /printable ASCII/);
    assert.equal(dialect.refuses({ ...session, form: 1 }, "t", 'a"\\\r\n'), "");
    assert.match(dialect.refuses(session, "t\\22", "x"), /backslashes/);
    assert.match(dialect.refuses(session, "t", "x".repeat(4101)), /4101 bytes; this module takes 4100/);
  });
});

describe("a subscription of a Luat module", () => {
  it("tells a lost connection from a refused topic", () => {
    assert.equal(dialect.subscribed({ ...result, error: "refused", code: 767 }), "Nconnection-lost");
    assert.equal(dialect.subscribed({ ...result, error: "refused", code: 53 }), "");
    assert.ok(dialect.isRefused({ ...result, error: "refused", code: 53 }));
    assert.ok(!dialect.isRefused({ ...result, error: "refused", code: 767 }));
    assert.equal(dialect.subscribed(result), "");
  });
});

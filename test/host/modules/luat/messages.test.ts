/** Publishing, subscribing and receiving with an Air module, with a real broker. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { unescaped } from "../../../../host/modules/luat/escapes.ts";
import { eventually } from "../support.ts";
import { AIR_MODELS, connected, late, linesOf, send, until, type Session } from "./session.ts";

let session: Session;

afterEach(() => session.close());

/** What the broker got from the module. */
function published(): { topic: string; payload: string; qos: number; retain: boolean }[] {
  return session.brokerEvents.flatMap((event) =>
    event.ev === "publish" && event.client === "device"
      ? [{ topic: event.topic, payload: event.payload.toString("latin1"), qos: event.qos, retain: event.retain }]
      : [],
  );
}

async function pubex(head: string, payload: string, until = /PUBACK\r\n$/): Promise<string> {
  return session.data(`AT+MPUBEX=${head},${payload.length}`, /\r\n>$/, payload, until);
}

const AWKWARD: readonly (readonly [what: string, payload: string])[] = [
  ["quotes and backslashes", '"a"\\"b\\\\'],
  ["a final result", "\r\nOK\r\n"],
  ["a prompt", "\r\n>"],
  ["Ctrl-Z, ESC and NUL", "a\x1ab\x1bc\x00"],
  ["bytes above 0x7F", Buffer.from("Grüße, 世界 \xff", "utf8").toString("latin1")],
  ["a message of its own kind", '+MSUB: "t",3 byte,abc\r\n'],
];

for (const model of AIR_MODELS) {
  describe(`${model}: publishing`, () => {
    it("with QoS 0 says OK only, with 1 PUBACK, with 2 PUBREC and PUBCOMP", async () => {
      session = await connected({ model });
      await session.ask('AT+MPUB="a/b",0,0,"helloworld"');
      await session.clock.advance(1000);
      assert.equal(session.output(), "\r\nOK\r\n");
      assert.deepEqual(linesOf(await until(session, 'AT+MPUB="a/b",1,1,"x"', /PUBACK\r\n$/)), ["OK", "PUBACK"]);
      assert.deepEqual(linesOf(await until(session, 'AT+MPUB="a/b",2,0,"y"', /PUBCOMP\r\n$/)), ["OK", "PUBREC", "PUBCOMP"]);
      await eventually(() => published().length === 3, "publishes");
      assert.deepEqual(published(), [
        { topic: "a/b", payload: "helloworld", qos: 0, retain: false },
        { topic: "a/b", payload: "x", qos: 1, retain: true },
        { topic: "a/b", payload: "y", qos: 2, retain: false },
      ]);
    });

    it("decodes the four escapes in the line", async () => {
      session = await connected({ model });
      await late(session, 'AT+MPUB="t",1,0,"\\22a\\22\\0D\\0A\\5C22"');
      assert.equal(published()[0]?.payload, '"a"\r\n\\22');
    });

    it("takes hexadecimal with MQTTMODE=1", async () => {
      session = await connected({ model });
      await session.ask("AT+MQTTMODE=1");
      await late(session, 'AT+MPUB="t",1,0,"313233001aFF"');
      assert.equal(published()[0]?.payload, "123\x00\x1a\xff");
      assert.equal(await session.at('AT+MPUB="t",1,0,"313"'), "\r\n+CME ERROR: 53\r\n");
    });

    it("is refused beyond the module's limit", async () => {
      session = await connected({ model });
      const limit = model === "air720" ? 1360 : 4100;
      await late(session, `AT+MPUB="t",1,0,"${"x".repeat(limit)}"`);
      assert.equal(published()[0]?.payload.length, limit);
      assert.equal(await session.at(`AT+MPUB="t",1,0,"${"x".repeat(limit + 1)}"`), "\r\n+CME ERROR: 53\r\n");
    });

    it("never gets its PUBACK while publishes are stalled", async () => {
      session = await connected({ model });
      session.modem.control({ fault: "stall-publish" });
      await session.ask('AT+MPUB="t",1,0,"x"');
      await session.clock.advance(300_000);
      assert.equal(session.output(), "\r\nOK\r\n");
      assert.equal(published().length, 0);
      assert.equal(session.first("published").ok, false);
      assert.equal(await late(session, 'AT+MSUB="t",0'), "SUBACK");
    });
  });

  describe(`${model}: receiving`, () => {
    for (const [what, payload] of AWKWARD) {
      it(`counts ${what} byte by byte`, async () => {
        session = await connected({ model });
        await late(session, 'AT+MSUB="down/#",1');
        session.clear();
        await send(session, "down/x", Buffer.from(payload, "latin1"), 1);
        assert.equal(session.output(), `\r\n+MSUB: "down/x",${payload.length} byte,${payload}\r\n`);
      });
    }

    it("returns what it published itself, 160 ms later", async () => {
      session = await connected({ model });
      await late(session, 'AT+MSUB="own",0');
      const start = session.clock.now();
      assert.deepEqual(linesOf(await until(session, 'AT+MPUB="own",0,0,"me"', /byte,me\r\n$/)), ["OK", '+MSUB: "own",2 byte,me']);
      const ms = session.clock.now() - start;
      assert.ok(ms >= 120 && ms <= 210, `${ms} ms`);
    });

    it("loses a message that is longer than it can hold", async () => {
      session = await connected({ model });
      await late(session, 'AT+MSUB="t",0');
      session.clear();
      const limit = model === "air720" ? 1360 : 4100;
      await send(session, "t", "x".repeat(limit + 1));
      assert.equal(session.output(), "");
      await send(session, "t", "x".repeat(limit));
      assert.ok(session.output().startsWith(`\r\n+MSUB: "t",${limit} byte,xxx`));
    });
  });
}

describe("the escapes", () => {
  for (const [typed, meant] of [
    ["\\22", '"'],
    ["\\0D\\0A", "\r\n"],
    ["\\5C", "\\"],
    ["\\5C22", "\\22"],
    ["\\0d", "\\0d"],
    ["\\1A", "\\1A"],
    ["\\", "\\"],
    ["a\\b", "a\\b"],
  ] as const) {
    it(`${typed} is ${JSON.stringify(meant)}`, () => assert.equal(unescaped(typed), meant));
  }
});

describe("MPUBEX", () => {
  for (const [what, payload] of AWKWARD) {
    it(`carries ${what} by its length`, async () => {
      session = await connected();
      assert.equal(await pubex('"up",1,0', payload), "\r\nOK\r\n\r\nPUBACK\r\n");
      assert.equal(published()[0]?.payload, payload);
    });
  }

  it("carries 4,100 bytes and not one more", async () => {
    session = await connected();
    await pubex('"up",1,0', "x".repeat(4100));
    assert.equal(published()[0]?.payload.length, 4100);
    assert.equal(await session.at('AT+MPUBEX="up",1,0,4101'), "\r\n+CME ERROR: 53\r\n");
  });

  it("without a length ends at Ctrl-Z; ESC is data", async () => {
    session = await connected();
    await session.data("AT+MPUBEX=up,1,0", /\r\n>$/, "a\x1bb\x1a", /PUBACK\r\n$/);
    assert.equal(published()[0]?.payload, "a\x1bb");
  });

  it("without a length ends after five seconds of silence", async () => {
    session = await connected();
    await until(session, 'AT+MPUBEX="up",1,0', /\r\n>$/);
    session.send("hello");
    await session.clock.advance(4900);
    session.modem.receive(Buffer.from(" world"));
    const start = session.clock.now();
    await session.wait(/PUBACK\r\n$/);
    assert.ok(session.clock.now() - start >= 5000);
    assert.equal(published()[0]?.payload, "hello world");
  });

  it("with a length waits for its bytes a minute, then ERROR", async () => {
    session = await connected();
    await until(session, 'AT+MPUBEX="up",1,0,5', /\r\n>$/);
    session.send("AT\r");
    assert.equal(await session.wait(/ERROR\r\n$/), "\r\nERROR\r\n");
    assert.equal(published().length, 0);
    assert.equal(await session.at("AT"), "\r\nOK\r\n");
  });

  it("does not hear data that come before its prompt, but in some firmware", async () => {
    session = await connected();
    assert.equal(await session.data('AT+MPUBEX="up",1,0,2\r\nxx', /\r\n>$/, "hi", /PUBACK\r\n$/), "\r\nOK\r\n\r\nPUBACK\r\n");
    assert.equal(published()[0]?.payload, "hi");
    await session.close();
    session = await connected({ quirks: { beforePrompt: "kept" } });
    session.send('AT+MPUBEX="up",1,0,2\rxx');
    await session.wait(/PUBACK\r\n$/);
    assert.equal(published()[0]?.payload, "xx");
  });

  it("keeps URCs back until its data are there", async () => {
    session = await connected();
    await until(session, 'AT+MPUBEX="up",1,0,2', /\r\n>$/);
    session.modem.control({ urc: "+CGEV: NW MODIFY 1,2" });
    await session.clock.advance(100);
    assert.equal(session.output(), "\r\n>");
    session.send("hi");
    assert.deepEqual(linesOf(await session.wait(/PUBACK\r\n$/)), ["+CGEV: NW MODIFY 1,2", "OK", "PUBACK"]);
  });

  it("fails when the connection goes while its data come", async () => {
    session = await connected();
    await until(session, 'AT+MPUBEX="up",1,0,2', /\r\n>$/);
    session.modem.control({ fault: "drop" });
    await session.clock.advance(100);
    session.send("hi");
    assert.match(await session.wait(/767\r\n$/), /CLOSED\r\n\r\n\+CME ERROR: 767\r\n$/);
  });

  it("is unknown to an Air720, and its test form to some firmware", async () => {
    session = await connected({ model: "air720" });
    assert.equal(await session.at("AT+MPUBEX=?"), "\r\nERROR\r\n");
    assert.equal(await session.at('AT+MPUBEX="up",1,0,5'), "\r\nERROR\r\n");
    await session.close();
    session = await connected();
    assert.equal(await session.at("AT+MPUBEX=?"), "\r\nOK\r\n");
    await session.close();
    session = await connected({ quirks: { mpubexTest: false } });
    assert.equal(await session.at("AT+MPUBEX=?"), "\r\nERROR\r\n");
    await pubex('"up",1,0', "x");
  });

  it("is echoed by some firmware, with echo or always", async () => {
    session = await connected({ quirks: { echoData: true } });
    assert.equal(await pubex('"up",1,0', "hi"), "hi\r\nOK\r\n\r\nPUBACK\r\n");
    await session.close();
    session = await connected({ quirks: { payloadEcho: true } });
    assert.equal(await pubex('"up",1,0', "hi"), "\r\nOK\r\n\r\nPUBACK\r\n");
    await session.at("ATE1");
    assert.match(await pubex('"up",1,0', "hi"), /^hi\r\nOK/);
  });

  it("has a prompt with a blank in some firmware", async () => {
    session = await connected({ quirks: { prompt: "> " } });
    await session.data('AT+MPUBEX="up",1,0,2', /\r\n> $/, "hi", /PUBACK\r\n$/);
  });
});

describe("a subscription", () => {
  it("is acknowledged without a name, and ends with UNSUBACK", async () => {
    session = await connected();
    assert.equal(await until(session, 'AT+MSUB="t",1', /SUBACK\r\n$/), "\r\nOK\r\n\r\nSUBACK\r\n");
    assert.deepEqual(session.first("subscribe").topics, ["t"]);
    assert.equal(await until(session, 'AT+MUNSUB="t"', /UNSUBACK\r\n$/), "\r\nOK\r\n\r\nUNSUBACK\r\n");
    session.clear();
    await session.ask('AT+MPUB="t",0,0,"nobody"');
    await session.clock.advance(1000);
    assert.equal(session.output(), "\r\nOK\r\n");
  });
});

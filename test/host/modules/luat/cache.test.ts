/** Messages that an Air module keeps until they are asked for, and ones that it tells in another form. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { connected, late, linesOf, send, type Session } from "./session.ts";

let session: Session;

afterEach(() => session.close());

describe("the cache", () => {
  async function cached(): Promise<void> {
    session = await connected({ quirks: { messageMode: "cached" } });
    assert.deepEqual(await session.ask("AT+MQTTMSGSET?"), ["+MQTTMSGSET: 1"]);
    await late(session, 'AT+MSUB="t",0');
    session.clear();
  }
  const validity = (...valid: boolean[]): string[] => valid.map((one, i) => `+MQTTMSGGET: ${i},${one ? "VALID" : "INVALID"}`);

  it("tells the slot, and gives all messages once", async () => {
    await cached();
    await send(session, "t", "one");
    await send(session, "t", "two\n");
    assert.deepEqual(linesOf(session.output()), ["+MSUB: 0", "+MSUB: 1"]);
    assert.deepEqual(await session.ask("AT+MQTTMSGGET?"), validity(true, true, false, false));
    assert.equal(await session.at("AT+MQTTMSGGET"), '\r\n+MSUB: "t",3 byte,one\r\n+MSUB: "t",4 byte,two\n\r\n\r\nOK\r\n');
    assert.deepEqual(await session.ask("AT+MQTTMSGGET?"), validity(false, false, false, false));
    assert.deepEqual(await session.ask("AT+MQTTMSGGET"), []);
  });

  it("has four slots: the fifth message takes the place of the oldest", async () => {
    await cached();
    for (const payload of ["1", "2", "3", "4", "5"]) await send(session, "t", payload);
    assert.deepEqual(
      linesOf(session.output()),
      [0, 1, 2, 3, 0].map((slot) => `+MSUB: ${slot}`),
    );
    assert.deepEqual(
      await session.ask("AT+MQTTMSGGET"),
      ["2", "3", "4", "5"].map((payload) => `+MSUB: "t",1 byte,${payload}`),
    );
  });

  it("is off after MQTTMSGSET=0, keeps what it has, and is lost by a restart", async () => {
    await cached();
    await send(session, "t", "kept");
    await session.ask("AT+MQTTMSGSET=0");
    session.clear();
    await send(session, "t", "told");
    assert.equal(session.output(), '\r\n+MSUB: "t",4 byte,told\r\n');
    assert.deepEqual(await session.ask("AT+MQTTMSGGET?"), validity(true, false, false, false));
    await session.ask("AT+RESET");
    await session.wait(/RDY[^]*PDN ACT 1\r\n$/);
    await session.at("ATE0");
    assert.deepEqual(await session.ask("AT+MQTTMSGGET?"), validity(false, false, false, false));
  });
});

describe("a module that tells messages in hexadecimal", () => {
  it("does so with MQTTMODE=1 only", async () => {
    session = await connected({ quirks: { msubHex: true } });
    await late(session, 'AT+MSUB="t",0');
    session.clear();
    await send(session, "t", "abc");
    assert.equal(session.output(), '\r\n+MSUB: "t",3 byte,abc\r\n');
    await session.ask("AT+MQTTMODE=1");
    session.clear();
    await send(session, "t", "a\x00c");
    assert.equal(session.output(), '\r\n+MSUB: "t",3,"610063"\r\n');
  });
});

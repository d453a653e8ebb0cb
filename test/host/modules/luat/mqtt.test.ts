/** The MQTT connection of an Air module, from MCONFIG to CLOSED, with a real broker. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { BOOT_MS, booted, eventually } from "../support.ts";
import { AIR_MODELS, bringUp, connected, late, linesOf, until, withBroker, type Session } from "./session.ts";

let session: Session;

afterEach(() => session.close());

async function status(): Promise<number> {
  return Number(/:(\d)/.exec((await session.ask("AT+MQTTSTATU"))[0] as string)?.[1]);
}

/** Everything that comes of MIPSTART until it failed. */
async function failure(): Promise<string[]> {
  return linesOf(await until(session, 'AT+MIPSTART="broker",1883', /CONNECT FAIL\r\n$/));
}

async function control(message: unknown): Promise<void> {
  session.modem.control(message);
  await session.clock.advance(0);
}

for (const model of AIR_MODELS) {
  describe(`${model}: a session`, () => {
    it("goes from MCONFIG to CONNACK OK, and MQTTSTATU follows", async () => {
      session = await withBroker({ model }, { users: { user: "top-secret" } });
      assert.equal(await session.at("AT+MQTTSTATU"), "\r\n+MQTTSTATU :0\r\n\r\nOK\r\n");
      await session.ask('AT+MCONFIG="device","user","top-secret"');
      assert.equal(await until(session, 'AT+MIPSTART="broker",1883', /CONNECT OK\r\n$/), "\r\nOK\r\n\r\nCONNECT OK\r\n");
      assert.equal(await status(), 2);
      assert.equal(await until(session, "AT+MCONNECT=1,120", /CONNACK OK\r\n$/), "\r\nOK\r\n\r\nCONNACK OK\r\n");
      assert.equal(await status(), 1);
      assert.deepEqual(session.broker.clients(), ["device"]);
      assert.doesNotMatch(JSON.stringify(session.events), /top-secret/);
    });

    it("ends by MDISCONNECT, and CLOSED comes 2.56 s later", async () => {
      session = await connected({ model });
      const start = session.clock.now();
      assert.equal(await until(session, "AT+MDISCONNECT", /CLOSED\r\n$/), "\r\nOK\r\n\r\nCLOSED\r\n");
      const ms = session.clock.now() - start;
      assert.ok(ms > 2500 && ms < 2620, `${ms} ms`);
      assert.equal(await status(), 0);
      assert.equal(await session.at("AT+MIPCLOSE"), "\r\n+CME ERROR: 767\r\n");
      await eventually(() => session.broker.clients().length === 0, "end at the broker");
    });

    it("is over at once by MIPCLOSE, and nothing more is said", async () => {
      session = await connected({ model });
      await session.ask("AT+MDISCONNECT");
      await session.ask("AT+MIPCLOSE");
      session.clear();
      await session.clock.advance(10_000);
      assert.equal(session.output(), "");
      assert.equal(await late(session, 'AT+MIPSTART="broker",1883'), "CONNECT OK");
    });
  });
}

describe("MCONFIG", () => {
  it("takes its strings without quotes, and empty ones for none", async () => {
    session = await withBroker();
    await session.ask("AT+MCONFIG=868488076771714,root,luat123456");
    await session.ask('AT+MCONFIG="test|securemode=3,signmethod=hmacsha1|","",""');
    await late(session, 'AT+MIPSTART="broker","1883"');
    assert.equal(await late(session, "AT+MCONNECT=1,600"), "CONNACK OK");
    assert.deepEqual(session.broker.clients(), ["test|securemode=3,signmethod=hmacsha1|"]);
  });

  it("sets a will, which the broker publishes after MIPCLOSE and not after MDISCONNECT", async () => {
    session = await withBroker();
    for (const [end, wills] of [
      ["AT+MDISCONNECT", 0],
      ["AT+MIPCLOSE", 1],
    ] as const) {
      await session.ask('AT+MCONFIG="device","","",1,0,"gone","good, bye"');
      await late(session, 'AT+MIPSTART="broker",1883');
      await late(session, "AT+MCONNECT=1,120");
      await session.ask(end);
      await session.clock.advance(5000);
      await eventually(() => session.broker.clients().length === 0, "end at the broker");
      const published = (): number => session.brokerEvents.filter((event) => event.ev === "publish").length;
      await eventually(() => published() >= wills, "will");
      assert.equal(published(), wills);
    }
  });

  for (const wrong of ["\xe2\x80\x9ca\xe2\x80\x9d", '"a","b"', '"a","b","c",1,0', '"a","b","c",1,0,topic,"x"', `"${"x".repeat(257)}"`]) {
    it(`refuses ${wrong.slice(0, 30)}`, async () => {
      session = await withBroker();
      assert.equal(await session.at(`AT+MCONFIG=${wrong}`), "\r\n+CME ERROR: 53\r\n");
    });
  }
});

describe("MIPSTART", () => {
  it("on an open connection says ALREADY CONNECT", async () => {
    session = await connected();
    assert.equal(await until(session, 'AT+MIPSTART="broker",1883', /CONNECT\r\n$/), "\r\nOK\r\n\r\nALREADY CONNECT\r\n");
    assert.equal(await status(), 1);
  });

  it("fails at a dead port, and can be tried again", async () => {
    session = await withBroker();
    await session.broker.stop();
    assert.deepEqual(await failure(), ["OK", "STATE: TCP CLOSED", "CONNECT FAIL"]);
    await session.broker.start();
    assert.equal(await late(session, 'AT+MIPSTART="broker",1883'), "CONNECT OK");
  });

  it("fails with a name that nobody knows, and by order", async () => {
    session = await withBroker({ resolve: () => "dns-failed" });
    assert.deepEqual(await failure(), ["OK", "STATE: TCP CLOSED", "CONNECT FAIL"]);
    assert.match(String(session.first("open-failed").reason), /dns/);
    await control({ fault: "open-fails" });
    assert.deepEqual(await failure(), ["OK", "STATE: TCP CLOSED", "CONNECT FAIL"]);
  });

  it("needs CSTT, CIICR and CIFSR on an Air720", async () => {
    session = await connected({ model: "air780ep" });
    const air720 = await booted({ model: "air720", resolve: () => ({ host: "127.0.0.1", port: session.broker.port }) });
    for (const [command, state] of [
      ["AT", "IP INITIAL"],
      ["AT+CSTT", "IP START"],
      ["AT+CIICR", "IP GPRSACT"],
    ] as const) {
      await air720.at(command);
      const output = await until(air720, 'AT+MIPSTART="broker",1883', /CONNECT FAIL\r\n$/);
      assert.deepEqual(linesOf(output), ["OK", `STATE: ${state}`, "CONNECT FAIL"]);
    }
    await until(air720, "AT+CIFSR", /34\r\n$/);
    assert.equal(await late(air720, 'AT+MIPSTART="broker",1883'), "CONNECT OK");
    await air720.modem.close();
  });

  it("needs a registered module", async () => {
    session = await withBroker({ network: { registration: "denied" } });
    assert.deepEqual(await failure(), ["OK", "STATE: IP INITIAL", "CONNECT FAIL"]);
  });

  it("has numbered words with CIPMUX=1", async () => {
    session = await withBroker();
    await session.ask("AT+CIPMUX=1");
    await session.ask('AT+MCONFIG="device"');
    assert.equal(await late(session, 'AT+MIPSTART="broker",1883'), "7,CONNECT OK");
    await session.ask("AT+MIPCLOSE");
    await session.broker.stop();
    assert.deepEqual(await failure(), ["OK", "7,CONNECT FAIL"]);
  });

  it("has no line end behind CONNECT OK in some firmware", async () => {
    session = await withBroker({ quirks: { noCrlf: true } });
    await until(session, 'AT+MIPSTART="broker",1883', /CONNECT OK/);
    await session.clock.advance(100);
    assert.equal(session.output(), "\r\nOK\r\n\r\nCONNECT OK");
  });
});

describe("MCONNECT", () => {
  it("before CONNECT OK, or twice, or without MCONFIG, is 767", async () => {
    session = await withBroker();
    assert.equal(await session.at("AT+MCONNECT=1,120"), "\r\n+CME ERROR: 767\r\n");
    await late(session, 'AT+MIPSTART="broker",1883');
    assert.equal(await session.at("AT+MCONNECT=1,120"), "\r\n+CME ERROR: 767\r\n");
    await session.ask('AT+MCONFIG="device"');
    assert.equal(await late(session, "AT+MCONNECT=1,120,1"), "CONNACK OK");
    assert.equal(await session.at("AT+MCONNECT=1,120"), "\r\n+CME ERROR: 767\r\n");
    assert.equal(await session.at("AT+MCONNECT=1,0"), "\r\n+CME ERROR: 53\r\n");
  });

  it("that the broker refuses says ERROR, whatever the reason, and CLOSED", async () => {
    for (const refuse of ["client-id", "unavailable", "credentials", "not-authorized"] as const) {
      session = await withBroker({}, { refuse });
      await session.ask('AT+MCONFIG="device"');
      await late(session, 'AT+MIPSTART="broker",1883');
      assert.equal(await until(session, "AT+MCONNECT=1,120", /CLOSED\r\n$/), "\r\nOK\r\n\r\nERROR\r\n\r\nCLOSED\r\n");
      assert.equal(await status(), 0);
      await session.close();
    }
  });

  it("that the broker does not answer ends with CLOSED", async () => {
    session = await withBroker({}, { refuse: "silence" });
    await session.ask('AT+MCONFIG="device"');
    await late(session, 'AT+MIPSTART="broker",1883');
    assert.equal(await until(session, "AT+MCONNECT=1,120", /CLOSED\r\n$/), "\r\nOK\r\n\r\nCLOSED\r\n");
  });

  it("that comes too late finds the connection closed", async () => {
    session = await withBroker({ quirks: { connectTimerMs: 7000 } });
    await session.ask('AT+MCONFIG="device"');
    await late(session, 'AT+MIPSTART="broker",1883');
    session.clear();
    await session.clock.advance(6900);
    assert.equal(session.output(), "");
    assert.equal(await session.wait(/CLOSED\r\n$/), "\r\nCLOSED\r\n");
    assert.equal(await session.at("AT+MCONNECT=1,120"), "\r\n+CME ERROR: 767\r\n");
  });
});

describe("outside a session", () => {
  for (const command of ['AT+MSUB="t",0', 'AT+MUNSUB="t"', 'AT+MPUB="t",0,0,"x"', 'AT+MPUBEX="t",0,0,5', "AT+MDISCONNECT", "AT+MIPCLOSE"]) {
    it(`${command} is 767`, async () => {
      session = await withBroker();
      assert.equal(await session.at(command), "\r\n+CME ERROR: 767\r\n");
    });
  }
});

describe("a connection that is lost", () => {
  it("is CLOSED when the broker kicks the module, and it can begin again", async () => {
    session = await connected();
    session.broker.kick();
    await eventually(() => session.named("lost").length > 0, "loss");
    assert.equal(await session.wait(/CLOSED\r\n$/), "\r\nCLOSED\r\n");
    assert.equal(await session.at("AT+MIPCLOSE"), "\r\n+CME ERROR: 767\r\n");
    await session.ask('AT+MCONFIG="device"');
    assert.equal(await late(session, 'AT+MIPSTART="broker",1883'), "CONNECT OK");
    assert.equal(await late(session, "AT+MCONNECT=1,120"), "CONNACK OK");
  });

  it("is CLOSED by order of the control port, or CONNECT FAIL while it opens", async () => {
    session = await connected();
    await control({ fault: "drop" });
    assert.equal(await session.wait(/CLOSED\r\n$/), "\r\nCLOSED\r\n");
    await session.ask('AT+MIPSTART="broker",1883');
    await control({ fault: "drop" });
    assert.equal(await session.wait(/FAIL\r\n$/), "\r\nOK\r\n\r\nSTATE: TCP CLOSED\r\n\r\nCONNECT FAIL\r\n");
  });

  it("is noticed by the module's own PINGREQ, where it sends one", async () => {
    session = await connected({ quirks: { pings: true } });
    await control({ fault: "hang" });
    await session.clock.advance(120_000);
    assert.equal(session.output(), "");
    await session.clock.advance(61_000);
    assert.equal(session.output(), "\r\nCLOSED\r\n");
  });

  it("is not noticed by an Air720, which sends none", async () => {
    session = await connected({ model: "air720" });
    await control({ fault: "hang" });
    await session.clock.advance(3_600_000);
    assert.equal(session.output(), "");
  });

  it("is forgotten by a restart", async () => {
    session = await connected({ model: "air720" });
    await session.ask("AT+RESET");
    await session.clock.advance(BOOT_MS);
    await eventually(() => session.broker.clients().length === 0, "end at the broker");
    await session.ask("ATE0");
    assert.equal(await status(), 0);
    assert.equal(await late(session, "AT+CIPSTATUS"), "STATE: IP INITIAL");
    await bringUp(session);
  });

  it("shows in CIPSTATUS", async () => {
    session = await connected();
    assert.equal(await late(session, "AT+CIPSTATUS"), "STATE: CONNECT OK");
    await session.ask("AT+MDISCONNECT");
    assert.equal(await late(session, "AT+CIPSTATUS"), "STATE: TCP CLOSING");
    await session.wait(/CLOSED\r\n$/);
    await session.clock.advance(5000);
    assert.equal(await late(session, "AT+CIPSTATUS"), "STATE: TCP CLOSED");
  });
});

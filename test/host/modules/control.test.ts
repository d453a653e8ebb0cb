/** The control port, and that nothing survives close(). */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { afterEach, describe, it } from "node:test";
import { FAULTS, SETTINGS } from "../../../host/modules/control.ts";
import { serveControl } from "../../../host/modules/control-server.ts";
import { attached, booted, BOOT_MS, eventually, type Host } from "./support.ts";
import { connected, result, type Session } from "./session.ts";

let host: Host;
let session: Session | null = null;

afterEach(async () => {
  await host?.modem.close();
  await session?.close();
  session = null;
});

async function control(message: unknown): Promise<void> {
  host.modem.control(message);
  await host.clock.advance(0);
}

describe("a control message", () => {
  for (const [message, complaint] of [
    ["text", "a message is a JSON object"],
    [null, "a message is a JSON object"],
    [{}, "is missing"],
    [{ fault: "nonsense" }, '"fault" is "nonsense", must be one of: reboot,'],
    [{ set: "signal", rssi: "5" }, '"rssi" is "5", must be a number from 0 to 99'],
    [{ set: "signal" }, '"rssi" is undefined'],
    [{ pin: "PWRKEY", level: 2 }, '"level" is 2'],
    [{ pin: "POWER", level: 0 }, '"pin" is "POWER", must be one of: PWRKEY, RESET'],
    [{ urc: 5 }, '"urc" is 5, must be a string'],
    [{ get: "weather" }, '"get" is "weather"'],
  ] as const) {
    it(`${JSON.stringify(message)} is answered by an error that names what is wrong`, async () => {
      host = await booted();
      await control(message);
      const event = host.named("error")[0];
      assert.ok(String(event?.message).includes(complaint), String(event?.message));
    });
  }

  it("has help for every fault and setting", () => {
    for (const { help } of [...Object.values(FAULTS), ...Object.values(SETTINGS)]) assert.ok(help.length > 3);
  });

  it("presses keys", async () => {
    host = attached();
    await control({ pin: "PWRKEY", level: 0 });
    await host.clock.advance(500);
    await control({ pin: "PWRKEY", level: 1 });
    await host.wait(/RDY/);
  });

  it("tells the state", async () => {
    host = await booted();
    await host.ask("AT+QIACT=1");
    await control({ get: "state" });
    const { power, registration, contexts, baud, sim } = host.first("state");
    assert.deepEqual(
      { power, registration, contexts, baud, sim },
      { power: "on", registration: "home", contexts: [1], baud: 115200, sim: "ready" },
    );
  });

  it("changes the signal", async () => {
    host = await booted();
    await control({ set: "signal", rssi: 5 });
    assert.deepEqual(await host.ask("AT+CSQ"), ["+CSQ: 5,99"]);
  });
});

describe("a fault", () => {
  it("of silence ends with a restart by key", async () => {
    host = await booted();
    await control({ fault: "silent" });
    host.send("AT\r");
    host.modem.control({ urc: "+URC" });
    await host.clock.advance(5000);
    assert.equal(host.output(), "");
    host.modem.setPin("RESET", 0);
    await host.clock.advance(300);
    host.modem.setPin("RESET", 1);
    await host.wait(/RDY/);
  });

  it("makes the next answer late, once", async () => {
    host = await booted();
    await control({ fault: "late", ms: 5000 });
    const start = host.clock.now();
    await host.at("AT");
    assert.ok(host.clock.now() - start > 5000);
    await host.at("AT");
    assert.ok(host.clock.now() - start < 5100);
  });

  it("loses an answer, not the command", async () => {
    host = await booted();
    await control({ fault: "lose-answer" });
    host.send("AT+CREG=2\r");
    await host.clock.advance(3000);
    assert.equal(host.output(), "");
    assert.match((await host.ask("AT+CREG?"))[0] as string, /^\+CREG: 2/);
  });

  it("loses a prompt, and data mode is there", async () => {
    host = await booted();
    await control({ fault: "lose-prompt" });
    host.send('AT+QFUPL="a",5\r');
    await host.clock.advance(1000);
    assert.equal(host.output(), "");
    host.send("hello");
    assert.match(await host.wait(/OK/), /QFUPL: 5,6b09/);
  });

  it("loses bytes of an upload, until restored", async () => {
    host = await booted();
    await control({ fault: "lose-upload", bytes: 2 });
    assert.match(await host.data('AT+QFUPL="a",5', /CONNECT/, "hello"), /QFUPL: 3,/);
    await control({ fault: "restore" });
    assert.match(await host.data('AT+QFUPL="b",5', /CONNECT/, "hello"), /QFUPL: 5,/);
  });

  it("fails connections", async () => {
    session = await connected();
    host = session;
    await result(session, "AT+QMTDISC=0");
    await control({ fault: "open-fails", result: 5 });
    assert.equal(await result(session, 'AT+QMTOPEN=0,"broker",1883'), "+QMTOPEN: 0,5");
    assert.equal(await result(session, 'AT+QMTOPEN=0,"broker",1883'), "+QMTOPEN: 0,0");
  });

  it("cuts the supply, until the key or for a while", async () => {
    host = await booted();
    await control({ fault: "power-off" });
    assert.equal(host.modem.status, 0);
    await host.clock.advance(BOOT_MS);
    assert.equal(host.modem.status, 0);
    host.modem.start();
    await host.wait(/RDY/);
    await control({ fault: "power-cycle", ms: 300 });
    assert.equal(host.modem.status, 0);
    await host.clock.advance(300);
    assert.equal(host.modem.status, 1);
  });
});

describe("close", () => {
  it("ends timers and sockets, may come twice, and silences everything", async () => {
    session = await connected({ noise: true });
    host = session;
    session.modem.setPin("PWRKEY", 0);
    session.modem.control({ fault: "reboot" });
    await session.modem.close();
    await session.modem.close();
    assert.equal(session.clock.pending, 0);
    session.clear();
    session.modem.receive(Buffer.from("AT\r"));
    session.modem.control({ fault: "reboot" });
    session.modem.setPin("PWRKEY", 0);
    await session.clock.advance(BOOT_MS);
    assert.equal(session.output(), "");
    const { broker } = session;
    await eventually(() => broker.clients().length === 0, "end at the broker");
  });
});

describe("the control port", () => {
  it("takes JSON lines and tells events, one per line", async () => {
    host = await booted();
    const server = await serveControl(host.modem, 0);
    const peer: Socket = connect(server.port, "127.0.0.1");
    let got = "";
    peer.setEncoding("utf8");
    peer.on("data", (text) => (got += text));
    await new Promise((resolve) => peer.once("connect", resolve));
    peer.write('{"set":"signal","rs');
    peer.write('si":7}\n\nnot json\n{"fault":"nonsense"}\n');
    await eventually(() => got.includes("not JSON"), "complaint");
    await host.clock.advance(10);
    await eventually(() => got.includes("nonsense"), "second complaint");
    assert.deepEqual(await host.ask("AT+CSQ"), ["+CSQ: 7,99"]);
    await eventually(() => got.includes('"command":"AT+CSQ"'), "event");
    for (const line of got.trim().split("\n")) assert.ok("ev" in (JSON.parse(line) as object));
    await server.close();
    peer.destroy();
  });
});

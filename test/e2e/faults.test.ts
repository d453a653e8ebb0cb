/** What goes wrong: each ends in a named error that says what to check, the next attempt, and no hang. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createBench, type Bench, type BenchOptions } from "../../host/runtime/bench.ts";

let bench: Bench;

afterEach(async () => {
  await bench.close();
});

/** Boots, awaits the error and the attempt after it. */
async function expectError(options: BenchOptions, name: string, ms = 300_000): Promise<void> {
  bench = await createBench(options);
  bench.board.boot();
  await bench.waitFor(new RegExp(`^error: ${name}: .`), ms);
  await bench.waitFor(/waiting -> \S+ \(retry/, 400_000);
}

describe("a SIM", () => {
  it("that is missing", () => expectError({ modem: { sim: { state: "missing" } } }, "sim-missing"));
  it("that wants a PIN nobody gave", () => expectError({ modem: { sim: { state: "pin", pin: "1234" } } }, "sim-pin"));
  it("that is blocked", () => expectError({ modem: { sim: { state: "puk" } } }, "sim-puk"));

  it("opened by the right PIN", async () => {
    bench = await createBench({ modem: { sim: { state: "pin", pin: "1234" } }, identity: { simPin: "1234" } });
    bench.board.boot();
    await bench.waitFor(/-> online/, 120_000);
  });

  it("is asked for a wrong PIN once, over restarts of the board", async () => {
    await expectError({ modem: { sim: { state: "pin", pin: "1234" } }, identity: { simPin: "9999" } }, "sim-pin");
    assert.ok(bench.lines.some((line) => line.includes("the SIM refused the PIN")));
    await bench.waitFor(/this PIN was refused before/, 300_000);
    bench.board.boot();
    await bench.waitFor(/this PIN was refused before/, 300_000);
    const tries = bench.events.filter((e) => e.ev === "command" && /^AT\+CPIN=/.test(String(e.command)));
    assert.equal(tries.length, 1);
    assert.ok(!JSON.stringify(tries).includes("9999"), "no secret in the trace");
  });
});

describe("a network", () => {
  it("without signal", () => expectError({ modem: { network: { rssi: 99, registration: "searching" } } }, "no-signal"));
  it("that denies registration", () => expectError({ modem: { network: { registration: "denied" } } }, "registration-denied"));
  it("that refuses the APN", () =>
    expectError({ modem: { network: { apn: "right" } }, product: { modem: { apn: "wrong" } } }, "apn-refused"));
});

describe("a broker", () => {
  it("whose name is unknown", () => expectError({ product: { cloud: { host: "nowhere.invalid" } } }, "dns-failed"));
  it("behind a dead port", () => expectError({ product: { cloud: { port: 1 } } }, "connect-failed"));
  it("with a certificate of another authority", () => expectError({ brokerCertificate: "wrong-ca" }, "connect-failed"));
  it("with a certificate for another name", () => expectError({ brokerCertificate: "wrong-name" }, "connect-failed"));

  it("with an expired certificate, when the clock is known", () =>
    expectError({ brokerCertificate: "expired", product: { cloud: { tls: { checkDate: "always" } } } }, "connect-failed"));

  it("with an expired certificate, when the network told the time", () =>
    expectError({ brokerCertificate: "expired", modem: { network: { nitz: true } } }, "connect-failed"));

  it("with an expired certificate, when nobody knows the time, is believed", async () => {
    bench = await createBench({ brokerCertificate: "expired" });
    bench.board.boot();
    await bench.waitFor(/-> online/, 120_000);
  });

  it("that does not know the password", () => expectError({ identity: { password: "wrong" } }, "credentials-refused"));
  it("that refuses the client id", () => expectError({ broker: { refuse: "client-id" } }, "client-id-refused"));
  it("that is unavailable", () => expectError({ broker: { refuse: "unavailable" } }, "broker-unavailable"));

  it("given by its address is verified by the CA alone", async () => {
    bench = await createBench({ product: { cloud: { host: "127.0.0.1" } } });
    bench.board.boot();
    await bench.waitFor(/-> online/, 120_000);
  });

  it("that is not verified is said to be, at every connect", async () => {
    bench = await createBench({ brokerCertificate: "wrong-ca", product: { cloud: { tls: { insecure: true } } } });
    bench.board.boot();
    await bench.waitFor(/NOT verified/, 120_000);
    await bench.waitFor(/-> online/, 120_000);
  });
});

describe("a certificate in the module", () => {
  const uploads = (): { bytes: number }[] => bench.events.filter((e) => e.ev === "upload") as unknown as { bytes: number }[];

  async function onlineOnce(): Promise<void> {
    bench = await createBench();
    bench.board.boot();
    await bench.waitFor(/-> online/, 120_000);
    assert.equal(uploads().length, 1);
    bench.board.kill();
  }

  async function type(text: string): Promise<void> {
    bench.modem.receive(Buffer.from(text));
    await bench.advance(2000);
  }

  it("is not uploaded again while size and checksum are right", async () => {
    await onlineOnce();
    bench.board.boot();
    await bench.waitFor(/-> online/, 120_000);
    assert.equal(uploads().length, 1);
  });

  for (const [what, more] of [
    ["of the same size", 0],
    ["of another size", 1],
  ] as const) {
    it(`is uploaded again over another file ${what}`, async () => {
      await onlineOnce();
      const size = (uploads()[0]?.bytes ?? 0) + more;
      await type('AT+QFDEL="UFS:ca.pem"\r');
      await type(`AT+QFUPL="UFS:ca.pem",${size}\r`);
      await type("x".repeat(size));
      assert.equal(uploads().length, 2);
      bench.board.boot();
      await bench.waitFor(/-> online/, 120_000);
      assert.equal(uploads().length, 3);
    });
  }
});

describe("a link that was up", () => {
  it("comes back when the broker restarts, and subscribes again", async () => {
    bench = await createBench();
    bench.board.boot();
    await bench.waitFor(/-> online/, 120_000);
    await bench.broker.restart();
    await bench.waitFor(/online -> waiting/, 300_000);
    await bench.waitFor(/-> online/, 300_000);
    await bench.operator.publish(bench.topic("down"), '{"again":1}');
    await bench.waitForMessage((m) => m.payload.toString().includes('"reply":{"again":1}'), 60_000);
  });

  it("comes back from a silent module, through its power key", async () => {
    bench = await createBench({ product: { cloud: { keepaliveS: 60 } } });
    bench.board.boot();
    await bench.waitFor(/-> online/, 120_000);
    bench.modem.control({ fault: "silent" });
    await bench.waitFor(/error: module-silent/, 400_000);
    bench.modem.control({ fault: "power-cycle" });
    await bench.waitFor(/-> online/, 600_000);
  });

  it("is declared dead when publishes are dropped though the module says it is registered", async () => {
    bench = await createBench({ product: { cloud: { keepaliveS: 60 } } });
    bench.board.boot();
    await bench.waitFor(/-> online/, 120_000);
    bench.modem.control({ fault: "stall-publish" });
    await bench.waitFor(/online -> waiting/, 100_000);
  });
});

/** Whatever state the module is found in, the device gets online, and presses the power key only when nothing answers. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createBench, type Bench, type BenchOptions } from "../../host/runtime/bench.ts";

let bench: Bench;

afterEach(async () => {
  await bench.close();
});

async function online(options: BenchOptions, prepare: () => Promise<void> | void = () => {}, ms = 400_000): Promise<void> {
  bench = await createBench(options);
  await prepare();
  bench.board.boot();
  await bench.waitFor(/-> online/, ms);
}

/** Times the module's power went on since the board did. */
function starts(): number {
  return bench.events.filter((event) => event.ev === "power" && event["state"] === "booting").length;
}

const type = (text: string): void => bench.modem.receive(Buffer.from(text, "latin1"));

describe("a module that", () => {
  it("is off is switched on, once", async () => {
    await online({});
    assert.equal(starts(), 1);
  });

  it("is on already is left on", async () => {
    await online({ modem: { poweredOn: true } }, () => bench.advance(20_000));
    assert.equal(starts(), 0);
  });

  it("is still booting is waited for", async () => {
    await online({ modem: { poweredOn: true }, pins: [] });
    assert.equal(starts(), 0);
  });

  for (const baud of [9600, 57600, 460800]) {
    it(`talks at ${baud} is set to the wanted rate`, async () => {
      await online({ modem: { poweredOn: true } }, async () => {
        await bench.advance(20_000);
        type(`AT+IPR=${baud}\r`);
        await bench.advance(1000);
      });
      assert.ok(bench.lines.some((line) => line.includes("was at another baud; set to 115200")));
      assert.equal(starts(), 0);
    });
  }

  it("starts at another rate than the product wants is found all the same", async () => {
    await online({ product: { modem: { baud: 57600 } } });
    assert.ok(bench.lines.some((line) => line.includes("set to 57600")));
  });

  it("waits for the bytes of an upload is fed until it listens", async () => {
    await online({ modem: { poweredOn: true }, pins: [] }, async () => {
      await bench.advance(20_000);
      type('ATE0\rAT+QFUPL="UFS:ca.pem",1163,60\r');
      await bench.advance(1000);
    });
  });

  it("waits for Ctrl-Z is ended", async () => {
    await online({ modem: { quirks: { publishForms: "pub-ctrlz" } }, pins: [] }, async () => {
      bench.modem.control({ fault: "power-cycle" });
      bench.board.boot();
      await bench.waitFor(/-> online/, 120_000);
      bench.board.kill();
      type('AT+QMTPUB=0,1,1,0,"stuck"\r');
      await bench.advance(1000);
      type("half a payload");
    });
    assert.ok(!bench.received.some((m) => m.topic === "stuck" && m.payload.includes("AT")), "no command became payload");
  });

  it("has errors as words, no echo, and URCs on another port", async () => {
    await online({ modem: { poweredOn: true, quirks: { urcport: "usbat" } } }, async () => {
      await bench.advance(20_000);
      type("ATE0\r");
      await bench.advance(100);
      type("AT+CMEE=2\r");
      await bench.advance(100);
    });
  });

  it("cannot be switched on is reported, and asked again", async () => {
    bench = await createBench({ pins: [] });
    bench.board.boot();
    await bench.waitFor(/^error: module-silent: .*power key/, 100_000);
    bench.modem.setPin("PWRKEY", 0);
    await bench.advance(600);
    bench.modem.setPin("PWRKEY", 1);
    await bench.waitFor(/-> online/, 400_000);
  });

  it("boots twice, with garbage, is set up once it is quiet", async () => {
    await online({ modem: { quirks: { dupBoot: true, bootNoise: true, extraCrlf: true, bootOrder: "random" } } });
  });
});

describe("firmware of another age", () => {
  it("without the length of received messages", async () => {
    await online({ modem: { quirks: { recvLength: false } } });
    await bench.operator.publish(bench.topic("down"), '{"a":"b"}');
    await bench.waitForMessage((m) => m.payload.toString() === '{"seq":1,"reply":{"a":"b"}}', 60_000);
  });

  it("without recv/mode, without SNI, with a short prompt", async () => {
    await online({ modem: { quirks: { recvMode: false, sni: false, prompt: ">" } } });
    await bench.operator.publish(bench.topic("down"), '{"a":1}');
    await bench.waitForMessage((m) => m.payload.toString().includes('"reply":{"a":1}'), 60_000);
  });

  it("that loses bytes of an upload says so, and does not connect unverified", async () => {
    bench = await createBench({ modem: { quirks: { uplDrop: 3 } } });
    bench.board.boot();
    await bench.waitFor(/^error: tls-failed: the certificate did not reach the module whole/, 120_000);
    assert.ok(!bench.lines.some((line) => /-> online/.test(line)));
  });
});

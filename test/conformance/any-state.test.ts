/** Whatever state the module is found in, the device gets online in bounded time, and presses the power key only when nothing answers (behaviour 11). */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Bench, BenchOptions } from "../../host/rig/rig.ts";
import { assertClean, assertWorks, forEachModule, online, ONLINE_MS, startBench } from "./device.ts";

/** From power to ready at most, virtual milliseconds, as emulated. */
const BOOT_MS = 20_000;
/** A module of which nothing is known may have to be waited for as long as it takes to boot, and then be asked at every rate. */
const FOUND_MS = 400_000;

/** Times the module's power went on since the board did. */
function starts(bench: Bench): number {
  return bench.events.filter((event) => event.ev == "power" && event["state"] == "booting").length;
}

forEachModule("a module that", (module) => {
  /** A module that is on already, and has been told `lines`. */
  async function found(lines: readonly string[], options: BenchOptions = {}): Promise<Bench> {
    const bench = await startBench(module, { ...options, modem: { poweredOn: true, ...options.modem } });
    await bench.advance(BOOT_MS);
    for (const line of lines) {
      bench.modem.receive(Buffer.from(line, "latin1"));
      await bench.advance(1000);
    }
    bench.events.length = 0;
    return bench;
  }

  async function comesOnline(bench: Bench): Promise<void> {
    bench.board.boot();
    await bench.waitFor(/-> online/, FOUND_MS);
    await assertWorks(bench);
    assertClean(bench);
  }

  it("is off is switched on, once", async () => {
    const bench = await online(module);
    assert.equal(starts(bench), 1);
  });

  it("is on already is left on", async () => {
    const bench = await found([]);
    await comesOnline(bench);
    assert.equal(starts(bench), 0);
  });

  it("is still booting is waited for", async () => {
    const bench = await startBench(module, { modem: { poweredOn: true }, pins: [] });
    bench.events.length = 0;
    await comesOnline(bench);
    assert.equal(starts(bench), 0);
  });

  for (const baud of module.bauds) {
    it(`talks at ${baud} is set to the wanted rate`, async () => {
      const bench = await found([`AT+IPR=${baud}\r`]);
      assert.equal(bench.modem.baud, baud);
      await comesOnline(bench);
      assert.ok(bench.lines.some((line) => line.includes("was at another baud; set to 115200")));
      assert.equal(starts(bench), 0);
    });
  }

  it("starts at another rate than the product wants is found all the same", async () => {
    const bench = await startBench(module, { product: { modem: { baud: 57600 } } });
    await comesOnline(bench);
    assert.equal(bench.modem.baud, 57600);
  });

  for (const [what, typed] of Object.entries(module.stuck)) {
    for (const pins of [[], ["powerKey", "reset"]] as const) {
      it(`waits for ${what} is ended, with ${pins.length ? "a power key" : "no pins"}`, async () => {
        const bench = await startBench(module, { pins });
        // Some data modes are only there while a connection is.
        bench.modem.start();
        bench.board.boot();
        await bench.waitFor(/-> online/, FOUND_MS);
        bench.board.kill();
        bench.modem.receive(Buffer.from("\r", "latin1"));
        await bench.advance(1000);
        bench.modem.receive(Buffer.from(typed.slice(0, typed.indexOf("\r") + 1), "latin1"));
        await bench.advance(1000);
        bench.modem.receive(Buffer.from(typed.slice(typed.indexOf("\r") + 1), "latin1"));
        await comesOnline(bench);
        // What counts bytes can only be filled, with what is nothing in command mode and the probe for an answer.
        assert.ok(
          !bench.received.some((m) => m.topic == "stuck" && /AT[^\r\x1b]/.test(m.payload.toString("latin1"))),
          "no command became payload",
        );
      });
    }
  }

  it("was left in the middle of a line is understood", async () => {
    const bench = await found(["AT+CS"]);
    await comesOnline(bench);
    assert.equal(starts(bench), 0);
  });

  it("has errors as words and no echo is set up", async () => {
    const bench = await found(["ATE0\r", "AT+CMEE=2\r"]);
    await comesOnline(bench);
  });

  it("holds a connection of an earlier life is connected anew, and verified", async () => {
    const bench = await online(module);
    bench.board.boot();
    await bench.waitFor(/-> online/, ONLINE_MS);
    await assertWorks(bench);
    assert.equal(bench.events.filter((event) => event.ev == "tls" && event["authorized"] === true).length, 2);
    assert.equal(starts(bench), 1);
  });

  it("cannot be switched on is reported, and asked again", async () => {
    const bench = await startBench(module, { pins: [] });
    bench.board.boot();
    await bench.waitFor(/^error: module-silent: .*power key/, FOUND_MS);
    bench.modem.start();
    await bench.waitFor(/-> online/, FOUND_MS);
  });

  it("boots twice, with garbage, is set up once it is quiet", async () => {
    const bench = await startBench(module, { modem: { quirks: { dupBoot: true, bootNoise: true, extraCrlf: true } } });
    await comesOnline(bench);
  });

  it("restarts by itself right after its start is set up again", async () => {
    const bench = await startBench(module, { modem: { quirks: { rebootAt: 1500 } } });
    await comesOnline(bench);
  });
});

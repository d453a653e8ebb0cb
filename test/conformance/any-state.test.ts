/**
 * Whatever state the module is found in, the device gets online in bounded time, and presses the power key only when
 * nothing answers (behaviour 11).
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Rig, RigOptions } from "../../host/rig/rig.ts";
import { assertClean, assertWorks, forEachModule, online, ONLINE_MS, startRig } from "./device.ts";

/** From power to ready at most, virtual milliseconds, as emulated. */
const BOOT_MS = 20_000;
/** A module of which nothing is known may have to be waited for as long as it takes to boot, and then be asked at every rate. */
const FOUND_MS = 400_000;

/** Times the module's power went on since the board did. */
function starts(rig: Rig): number {
  return rig.events.filter((event) => event.ev == "power" && event["state"] == "booting").length;
}

forEachModule("a module that", (module) => {
  /** A module that is on already, and has been told `lines`. */
  async function found(lines: readonly string[], options: RigOptions = {}): Promise<Rig> {
    const rig = await startRig(module, { ...options, modem: { poweredOn: true, ...options.modem } });
    await rig.advance(BOOT_MS);
    for (const line of lines) {
      rig.modem.receive(Buffer.from(line, "latin1"));
      await rig.advance(1000);
    }
    rig.events.length = 0;
    return rig;
  }

  async function comesOnline(rig: Rig): Promise<void> {
    rig.board.boot();
    await rig.waitFor(/-> online/, FOUND_MS);
    await assertWorks(rig);
    assertClean(rig);
  }

  it("is off is switched on, once", async () => {
    const rig = await online(module);
    assert.equal(starts(rig), 1);
  });

  it("is on already is left on", async () => {
    const rig = await found([]);
    await comesOnline(rig);
    assert.equal(starts(rig), 0);
  });

  it("is still booting is waited for", async () => {
    const rig = await startRig(module, { modem: { poweredOn: true }, pins: [] });
    rig.events.length = 0;
    await comesOnline(rig);
    assert.equal(starts(rig), 0);
  });

  for (const baud of module.bauds) {
    it(`talks at ${baud} is set to the wanted rate`, async () => {
      const rig = await found([`AT+IPR=${baud}\r`]);
      assert.equal(rig.modem.baud, baud);
      await comesOnline(rig);
      assert.ok(rig.lines.some((line) => line.includes("was at another baud; set to 115200")));
      assert.equal(starts(rig), 0);
    });
  }

  it("starts at another rate than the product wants is found all the same", async () => {
    const rig = await startRig(module, { product: { modem: { baud: 57600 } } });
    await comesOnline(rig);
    assert.equal(rig.modem.baud, 57600);
  });

  for (const [what, typed] of Object.entries(module.stuck)) {
    for (const pins of [[], ["powerKey", "reset"]] as const) {
      it(`waits for ${what} is ended, with ${pins.length ? "a power key" : "no pins"}`, async () => {
        const rig = await startRig(module, { pins });
        // Some data modes are only there while a connection is.
        rig.modem.start();
        rig.board.boot();
        await rig.waitFor(/-> online/, FOUND_MS);
        rig.board.kill();
        rig.modem.receive(Buffer.from("\r", "latin1"));
        await rig.advance(1000);
        rig.modem.receive(Buffer.from(typed.slice(0, typed.indexOf("\r") + 1), "latin1"));
        await rig.advance(1000);
        rig.modem.receive(Buffer.from(typed.slice(typed.indexOf("\r") + 1), "latin1"));
        await comesOnline(rig);
        // What counts bytes can only be filled, with what is nothing in command mode and the probe for an answer.
        assert.ok(
          !rig.received.some((m) => m.topic == "stuck" && /AT[^\r\x1b]/.test(m.payload.toString("latin1"))),
          "no command became payload",
        );
      });
    }
  }

  it("was left in the middle of a line is understood", async () => {
    const rig = await found(["AT+CS"]);
    await comesOnline(rig);
    assert.equal(starts(rig), 0);
  });

  it("has errors as words and no echo is set up", async () => {
    const rig = await found(["ATE0\r", "AT+CMEE=2\r"]);
    await comesOnline(rig);
  });

  it("holds a connection of an earlier life is connected anew, and verified", async () => {
    const rig = await online(module);
    rig.board.boot();
    await rig.waitFor(/-> online/, ONLINE_MS);
    await assertWorks(rig);
    assert.equal(rig.events.filter((event) => event.ev == "tls" && event["authorized"] === true).length, 2);
    assert.equal(starts(rig), 1);
  });

  it("cannot be switched on is reported, and asked again", async () => {
    const rig = await startRig(module, { pins: [] });
    rig.board.boot();
    await rig.waitFor(/^error: module-silent: .*power key/, FOUND_MS);
    rig.modem.start();
    await rig.waitFor(/-> online/, FOUND_MS);
  });

  it("boots twice, with garbage, is set up once it is quiet", async () => {
    const rig = await startRig(module, { modem: { quirks: { dupBoot: true, bootNoise: true, extraCrlf: true } } });
    await comesOnline(rig);
  });

  it("restarts by itself right after its start is set up again", async () => {
    const rig = await startRig(module, { modem: { quirks: { rebootAt: 1500 } } });
    await comesOnline(rig);
  });
});

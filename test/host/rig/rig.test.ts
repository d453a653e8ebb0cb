/** The rig itself: what tests of the firmware stand on. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createRig } from "../../../host/rig/rig.ts";
import type { Rig, RigOptions } from "../../../host/rig/rig.ts";

let rig: Rig;

async function online(options: RigOptions = {}): Promise<void> {
  rig = await createRig(options);
  rig.board.boot();
  await rig.waitFor(/-> online/, 120_000);
}

afterEach(() => rig.close());

describe("the rig", () => {
  it("brings a device online, passes messages both ways, and leaves nothing behind", async () => {
    await online();
    const message = await rig.waitForMessage((m) => m.topic == rig.topic("up"), 30_000);
    assert.equal(message.qos, 1);
    await rig.operator.publish(rig.topic("down"), '{"a":1}');
    await rig.waitForMessage((m) => m.payload.includes('"reply":{"a":1}'), 30_000);
    await rig.close();
    assert.equal(rig.clock.pending, 0, "no timer is left");
    assert.equal(rig.board.info().running, false);
    await rig.close();
  });

  it("goes the same way with the same seed", async () => {
    const times: number[] = [];
    for (let i = 0; i < 2; i++) {
      await online({ seed: 5, modem: { seed: 5 } });
      times.push(rig.clock.now());
      await rig.close();
    }
    assert.equal(times[0], times[1]);
  });

  it("holds virtual time while the broker cuts the connection", async () => {
    await online();
    const before = rig.clock.now();
    await rig.broker.kick();
    await rig.waitFor(/online -> waiting/, 1000);
    assert.ok(rig.clock.now() - before <= 1000);
    await rig.waitFor(/-> online/, 60_000);
  });

  it("has a platform that drops silent devices in virtual time, where a device is not silent", async () => {
    await online({ cloud: "aliyun", virtualCloud: true });
    await rig.advance(1_000_000);
    assert.ok(!rig.brokerEvents.some((event) => event.ev == "error" || event.ev == "disconnect"), "120 s of keepalive are over");
    await rig.broker.kick();
    await rig.waitFor(/-> online/, 120_000);
    assert.equal(rig.brokerEvents.filter((event) => event.ev == "disconnect").length, 1);
  });

  it("tells the last lines when a line does not come", async () => {
    rig = await createRig({ modem: { sim: { state: "missing" } } });
    rig.board.boot();
    await assert.rejects(
      rig.waitFor(/-> online/, 60_000),
      /no line .*-> online.* within 60000 ms; the last lines:\n[^]*link: off -> powering/,
    );
  });

  it("runs over plain TCP when the product has no tls", async () => {
    await online({ product: { cloud: { tls: null } } });
    assert.ok(!rig.events.some((event) => event.ev == "tls"));
  });
});

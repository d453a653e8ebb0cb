/** The bench itself: what tests of the firmware stand on. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createBench } from "../../../host/rig/rig.ts";
import type { Bench, BenchOptions } from "../../../host/rig/rig.ts";

let bench: Bench;

async function online(options: BenchOptions = {}): Promise<void> {
  bench = await createBench(options);
  bench.board.boot();
  await bench.waitFor(/-> online/, 120_000);
}

afterEach(() => bench.close());

describe("the bench", () => {
  it("brings a device online, passes messages both ways, and leaves nothing behind", async () => {
    await online();
    const message = await bench.waitForMessage((m) => m.topic == bench.topic("up"), 30_000);
    assert.equal(message.qos, 1);
    await bench.operator.publish(bench.topic("down"), '{"a":1}');
    await bench.waitForMessage((m) => m.payload.includes('"reply":{"a":1}'), 30_000);
    await bench.close();
    assert.equal(bench.clock.pending, 0, "no timer is left");
    assert.equal(bench.board.info().running, false);
    await bench.close();
  });

  it("goes the same way with the same seed", async () => {
    const times: number[] = [];
    for (let i = 0; i < 2; i++) {
      await online({ seed: 5, modem: { seed: 5 } });
      times.push(bench.clock.now());
      await bench.close();
    }
    assert.equal(times[0], times[1]);
  });

  it("holds virtual time while the broker cuts the connection", async () => {
    await online();
    const before = bench.clock.now();
    await bench.broker.kick();
    await bench.waitFor(/online -> waiting/, 1000);
    assert.ok(bench.clock.now() - before <= 1000);
    await bench.waitFor(/-> online/, 60_000);
  });

  it("has a platform that drops silent devices in virtual time, where a device is not silent", async () => {
    await online({ cloud: "aliyun", virtualCloud: true });
    await bench.advance(1_000_000);
    assert.ok(!bench.brokerEvents.some((event) => event.ev == "error" || event.ev == "disconnect"), "120 s of keepalive are over");
    await bench.broker.kick();
    await bench.waitFor(/-> online/, 120_000);
    assert.equal(bench.brokerEvents.filter((event) => event.ev == "disconnect").length, 1);
  });

  it("tells the last lines when a line does not come", async () => {
    bench = await createBench({ modem: { sim: { state: "missing" } } });
    bench.board.boot();
    await assert.rejects(
      bench.waitFor(/-> online/, 60_000),
      /no line .*-> online.* within 60000 ms; the last lines:\n[^]*link: off -> powering/,
    );
  });

  it("runs over plain TCP when the product has no tls", async () => {
    await online({ product: { cloud: { tls: null } } });
    assert.ok(!bench.events.some((event) => event.ev == "tls"));
  });
});

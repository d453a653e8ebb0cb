/** The queue model: what fits, what is lost, and when a board falls behind. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulate } from "../../../host/bench/queue-model.ts";
import type { Load } from "../../../host/bench/queue-model.ts";

const STM32 = { baud: 115_200, queueBytes: 1024 };
/** Milliseconds of one byte on the wire. */
const BYTE_MS = 10_000 / 115_200;

function load(changes: Partial<Load>): Load {
  return { stream: [{ bytes: 100, ms: 0 }], repeats: 100, packetMs: 0.01, timers: [], ...changes };
}

describe("the queue model", () => {
  it("hands over what comes, one byte at a time, to a program that is quick", () => {
    const outcome = simulate(load({}), STM32);
    assert.equal(outcome.bytes, 10_000);
    assert.equal(outcome.lost, 0);
    assert.equal(outcome.highest, 3, "a byte and its head");
    assert.ok(outcome.behindMs < 1);
  });

  it("holds 986 bytes while the program computes, and loses the rest", () => {
    // A first packet of one byte, then packets of 63 (espruino.md, section 4: measured on a board).
    const stalled = (bytes: number): number =>
      simulate(
        load({
          stream: [
            { bytes: 1, ms: (bytes + 0.5) * BYTE_MS },
            { bytes, ms: 0 },
          ],
          repeats: 1,
        }),
        STM32,
      ).lost;
    assert.equal(stalled(986), 0);
    assert.equal(stalled(987), 1);
    assert.equal(stalled(1000), 14);
  });

  it("lets packets grow while it is busy, so that a dear packet is no dearer a byte", () => {
    const outcome = simulate(load({ packetMs: 2 }), STM32);
    assert.equal(outcome.lost, 0);
    assert.ok(outcome.highest > 23 && outcome.highest < 100, `${outcome.highest}`);
  });

  it("falls behind a program that takes longer than the wire, and loses bytes in the end", () => {
    const stream = [{ bytes: 100, ms: 110 * BYTE_MS }];
    assert.equal(simulate(load({ stream, repeats: 5 }), STM32).lost, 0);
    const long = simulate(load({ stream, repeats: 500 }), STM32);
    assert.ok(long.lost > 0);
    assert.ok(long.highest > 1000);
    assert.equal(simulate(load({ stream, repeats: 500 }), { ...STM32, baud: 57_600 }).lost, 0, "half the rate is enough");
  });

  it("counts timers, whose work keeps packets waiting", () => {
    const outcome = simulate(load({ repeats: 1000, timers: [{ everyMs: 250, ms: 80 }] }), STM32);
    assert.equal(outcome.lost, 0);
    assert.ok(outcome.highest > 900);
    assert.ok(simulate(load({ repeats: 1000, timers: [{ everyMs: 250, ms: 90 }] }), STM32).lost > 0);
    assert.equal(simulate(load({ repeats: 1000, timers: [{ everyMs: 250, ms: 90 }] }), { ...STM32, queueBytes: 4096 }).lost, 0);
  });
});

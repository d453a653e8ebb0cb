/** Virtual time, and when the real event loop gets its turn. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "../../../host/time/clock.ts";

/** Runs ten timers, and counts those before work on the real event loop was done that the first one gave it. */
async function timersBeforeTurn(clock: VirtualClock, hold: boolean): Promise<number> {
  let done = false;
  let before = 0;
  for (let i = 1; i <= 10; i++) {
    clock.setTimeout(() => {
      if (!done) before++;
      if (i != 1) return;
      const release = hold ? clock.hold() : () => {};
      setImmediate(() => {
        done = true;
        release();
      });
    }, i);
  }
  await clock.advance(10);
  return before;
}

describe("a virtual clock", () => {
  it("gives the event loop a turn after each timer, or after so many", async () => {
    assert.equal(await timersBeforeTurn(new VirtualClock(), false), 1);
    assert.equal(await timersBeforeTurn(new VirtualClock(4), false), 4);
  });

  it("gives it one at once where somebody holds the clock", async () => {
    assert.equal(await timersBeforeTurn(new VirtualClock(100), true), 1);
  });

  it("ends each run with the loop's work looked at", async () => {
    const clock = new VirtualClock(100);
    let done = false;
    setImmediate(() => (done = true));
    assert.ok(await clock.run(() => done, 1));
  });
});

/** The PC's time, as clouds use it. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { REAL_TIME } from "../../../host/time/wall.ts";

const DAY_MS = 86_400_000;

describe("the PC's time", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
  afterEach(() => mock.timers.reset());

  it("waits for longer than one timer can", () => {
    let rings = 0;
    REAL_TIME.after(60 * DAY_MS, () => rings++);
    for (let day = 0; day < 59; day++) mock.timers.tick(DAY_MS);
    assert.equal(rings, 0);
    // A timer that is set within a tick begins at its end: a day is lost with each.
    for (let day = 0; day < 3; day++) mock.timers.tick(DAY_MS);
    assert.equal(rings, 1);
  });

  it("waits no more when it is told so, in the second timer too", () => {
    const cancel = REAL_TIME.after(60 * DAY_MS, () => assert.fail());
    for (let day = 0; day < 40; day++) mock.timers.tick(DAY_MS);
    cancel();
    for (let day = 0; day < 40; day++) mock.timers.tick(DAY_MS);
  });
});

/** Days of a device with faults: shorter than the rig's, with other seeds. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { liveFor } from "../../../host/bench/month.ts";

describe("a device with faults", () => {
  for (const seed of [1, 2]) {
    it(`is online after two days of seed ${seed}`, { timeout: 120_000 }, async () => {
      const days: string[] = [];
      const month = await liveFor({ days: 2, seed, progress: (text) => days.push(text) });
      const faults = Object.values(month.faults).reduce((sum, count) => sum + count, 0);
      assert.ok(faults >= 2);
      assert.ok(month.onlines > 1, "it lost its connection and got it back");
      assert.ok(month.messages > 100);
    });
  }
});

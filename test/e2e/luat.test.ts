/** What only Luat modules do to the link. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createBench, type Bench } from "../../host/rig/rig.ts";

let bench: Bench | undefined;

afterEach(async () => {
  await bench?.close();
});

describe("a lost data connection that is told more than once", () => {
  for (const model of ["air780ep", "air720"] as const) {
    it(`is one failure: ${model}`, async () => {
      bench = await createBench({ modem: { model } });
      bench.board.boot();
      await bench.waitFor(/-> online/, 180_000);
      bench.modem.control({ fault: "pdp-deact" });
      await bench.waitFor(/-> online/, 180_000);
      assert.equal(bench.lines.filter((line) => /next attempt in/.test(line)).length, 1, bench.lines.join("\n"));
    });
  }
});

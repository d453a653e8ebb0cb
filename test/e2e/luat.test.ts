/** What only Luat modules do to the link. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createRig, type Rig } from "../../host/rig/rig.ts";

let rig: Rig | undefined;

afterEach(async () => {
  await rig?.close();
});

describe("a lost data connection that is told more than once", () => {
  for (const model of ["air780ep", "air720"] as const) {
    it(`is one failure: ${model}`, async () => {
      rig = await createRig({ modem: { model } });
      rig.board.boot();
      await rig.waitFor(/-> online/, 180_000);
      rig.modem.control({ fault: "pdp-deact" });
      await rig.waitFor(/-> online/, 180_000);
      assert.equal(rig.lines.filter((line) => /next attempt in/.test(line)).length, 1, rig.lines.join("\n"));
    });
  }
});

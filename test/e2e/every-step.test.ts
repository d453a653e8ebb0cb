/** The module restarts, or loses its connection, after each command of the bring-up: the device gets online all the same. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createBench, type Bench } from "../../host/runtime/bench.ts";

const AFTER_ONLINE = 3;

/** Runs with `fault` injected when command number `at` is received. Returns how many commands there were until online. */
async function run(fault: string | null, at: number): Promise<{ commands: number; injected: boolean; lines: string[] }> {
  const bench: Bench = await createBench({ modem: { latencyScale: 1 } });
  let commands = 0;
  let injected = false;
  bench.modem.on("event", (event: { ev: string }) => {
    if (event.ev !== "command") return;
    if (++commands === at && fault) {
      injected = true;
      bench.modem.control({ fault });
    }
  });
  try {
    bench.board.boot();
    await bench.waitFor(/-> online/, 300_000);
    const total = commands;
    if (at > total) await bench.advance(AFTER_ONLINE * 60_000);
    await bench.waitForMessage((m) => m.topic.endsWith("/up"), 300_000, 0);
    assert.equal(bench.board.info().listeners["Serial1"], 1, "one listener, however often the link came up");
    return { commands: total, injected, lines: bench.lines };
  } finally {
    await bench.close();
  }
}

describe("at every step of the bring-up", async () => {
  const { commands } = await run(null, 0);

  it("there are steps", () => assert.ok(commands > 20, String(commands)));

  for (let i = 1; i <= commands; i++) {
    it(`command ${i}: the module restarts`, async () => {
      const { injected, lines } = await run("reboot", i);
      assert.ok(injected);
      assert.ok(!lines.some((line) => line.includes("Uncaught")), lines.join("\n"));
    });
    it(`command ${i}: the connection drops`, async () => {
      const { injected } = await run("drop", i);
      assert.ok(injected);
    });
  }
});

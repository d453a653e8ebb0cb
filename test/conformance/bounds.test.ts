/** What has no end elsewhere has one here (behaviours 8, 9 and 14): input, queues, data modes, and what a connection leaves behind. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Bench } from "../../host/rig/rig.ts";
import { assertClean, assertWorks, both, forEachModule, online, onCommand, PLAIN, RECOVERY_MS, startBench, withApp } from "./device.ts";
import { blockOf } from "./inject.ts";

/** What the board's queue takes at once. */
const PIECE = 512;

/** Puts `text` on the board's RX pin as fast as its queue takes it. */
async function stream(bench: Bench, text: string): Promise<void> {
  for (let at = 0; at < text.length; at += PIECE) {
    bench.say(text.slice(at, at + PIECE));
    await bench.advance(1);
  }
}

/** Before and after the same thing these are the same: nothing leaks. */
function counts(bench: Bench): object {
  const { timers, watches, listeners, modules } = bench.board.info();
  return { timers, watches, listeners, modules };
}

forEachModule("a bound", (module) => {
  it("holds against a megabyte without a line end", async () => {
    const bench = await online(module, withApp({}, PLAIN));
    await stream(bench, "z".repeat(1_000_000));
    await stream(bench, "\r\n");
    assert.ok(!bench.lines.some((line) => line.startsWith("error")));
    await assertWorks(bench);
    assertClean(bench);
  });

  it("holds against ten thousand URCs", async () => {
    const bench = await online(module, withApp({}, PLAIN));
    const before = counts(bench);
    await stream(
      bench,
      module.urcs
        .map((line) => `\r\n${line}\r\n`)
        .join("")
        .repeat(Math.ceil(10_000 / module.urcs.length)),
    );
    await assertWorks(bench);
    assert.deepEqual(counts(bench), before);
    assertClean(bench);
  });

  it("holds against a hundred publishes at once: eight wait, the others are told queue-full", async () => {
    const bench = await online(module, withApp({ steps: [{ many: 100 }] }, PLAIN));
    await bench.advance(30_000);
    const outcomes = bench.lines.filter((line) => line.startsWith("app: many ")).map((line) => line.split(" ")[3]);
    assert.equal(outcomes.length, 100);
    assert.equal(outcomes.filter((outcome) => outcome == "queue-full:").length, 92);
    assert.deepEqual(
      bench.received.filter((m) => m.topic == bench.topic("many")).map((m) => m.payload.toString()),
      ["0", "1", "2", "3", "4", "5", "6", "7"],
    );
    await assertWorks(bench);
  });

  it("is one command in flight, whatever is going on", async () => {
    const steps = [{ many: 8 }, { subscribe: "~/more" }, { unsubscribe: "~/more" }];
    const bench = await startBench(module, withApp({ steps }, { product: { cloud: { keepaliveS: 60 } } }));
    let inFlight = 0;
    let most = 0;
    let typed = "";
    bench.wire.toModule = (bytes) => {
      typed += bytes.toString("latin1");
      // A probe is given up without waiting for its answer: it can be told from no other.
      if (/^AT[^\r]+\r$/.test(typed)) most = Math.max(most, ++inFlight);
      if (typed.endsWith("\r")) typed = "";
      return bytes;
    };
    bench.modem.on("event", ({ ev }) => {
      if (ev == "result") inFlight = 0;
    });
    bench.board.boot();
    await bench.waitFor(/-> online/, RECOVERY_MS);
    await bench.advance(130_000);
    await assertWorks(bench);
    assert.equal(most, 1);
  });

  it("is put to a message that does not come whole: it is given up, and the next one arrives", async () => {
    const bench = await online(module, withApp({}, PLAIN));
    const head = module.message(bench.topic("down"), "x".repeat(50));
    bench.say(`\r\n${head.slice(0, -20)}`);
    await bench.advance(7000);
    bench.say("\r\n");
    await assertWorks(bench);
    assert.equal(bench.lines.filter((line) => line.startsWith("app: received ")).length, 1);
  });

  it("is put to a message that is longer than any", async () => {
    const bench = await online(module, withApp({}, PLAIN));
    await stream(bench, `\r\n${module.message(bench.topic("down"), "\r\nRDY\r\n".repeat(1000))}\r\n`);
    assert.ok(!bench.lines.some((line) => line.startsWith("error") || line.startsWith("app: received")));
    await assertWorks(bench);
  });
});

forEachModule("a data mode", (module) => {
  const steps = [{ topic: "~/up", publish: Buffer.from("the payload").toString("hex") }];

  /** Everything that became a message, whatever its topic. */
  function assertNoCommandWasPublished(bench: Bench): void {
    for (const { payload } of bench.received)
      assert.ok(!/AT[+E]|\rAT/.test(payload.toString("latin1")), JSON.stringify(payload.toString("latin1")));
  }

  for (const form of module.forms) {
    it(`of ${form.name} whose prompt is lost is ended, and no command becomes payload`, async () => {
      const bench = await startBench(module, withApp({ steps }, both(PLAIN, { modem: form.modem })));
      bench.board.boot();
      await bench.waitFor(/connecting -> subscribing/, RECOVERY_MS);
      bench.modem.control({ fault: "lose-prompt" });
      await bench.waitFor(/^app: step 0 ok/, RECOVERY_MS);
      await bench.waitForMessage((m) => m.payload.toString() == "the payload", 10_000);
      await assertWorks(bench);
      assertNoCommandWasPublished(bench);
    });

    it(`of ${form.name} whose prompt comes too late is served, and no command becomes payload`, async () => {
      const bench = await startBench(module, withApp({ steps }, both(PLAIN, { modem: form.modem })));
      let held = "";
      bench.wire.toBoard = (bytes) => {
        if (held || !/^\r\n> ?$/.test(blockOf(bytes))) return bytes;
        held = blockOf(bytes);
        // After the command's deadline, while its late answer is awaited.
        bench.clock.setTimeout(() => bench.say(held), 16_000);
        return Buffer.alloc(0);
      };
      bench.board.boot();
      await bench.waitFor(/^app: step 0 ok/, RECOVERY_MS);
      await assertWorks(bench);
      assertNoCommandWasPublished(bench);
    });
  }

  it("of the certificate whose prompt is lost is ended, and the connection is a verified one", async () => {
    const bench = await startBench(module, withApp({ steps }));
    let lost = false;
    onCommand(bench, (_, command) => {
      if (!lost && /^AT\+(QFUPL|FSWRITE)=/.test(command)) bench.modem.control({ fault: "lose-prompt" });
      lost ||= /^AT\+(QFUPL|FSWRITE)=/.test(command);
    });
    bench.board.boot();
    await bench.waitFor(/^app: step 0 ok/, RECOVERY_MS);
    assert.ok(lost);
    assert.ok(bench.events.every((event) => event.ev != "tls" || event["authorized"] === true));
    await assertWorks(bench);
  });
});

forEachModule("nothing is left behind", (module) => {
  it("by a hundred connections", async () => {
    const bench = await online(module, withApp({}, PLAIN));
    // The first ones load what stays loaded, and the ladder's counts settle.
    let before: object | null = null;
    for (let i = 0; i < 100; i++) {
      await bench.advance(70_000);
      await bench.broker.kick();
      await bench.waitFor(/-> online/, RECOVERY_MS);
      before ??= counts(bench);
    }
    assert.deepEqual(counts(bench), before);
    await assertWorks(bench);
  });

  for (const state of [
    "powering",
    "setting-up",
    "sim",
    "registering",
    "attaching",
    "securing",
    "connecting",
    "subscribing",
    "online",
    "waiting",
  ]) {
    it(`when the board ends in the state ${state}, and nothing runs on`, async () => {
      const failing = state == "waiting";
      const bench = await startBench(module, failing ? { modem: { sim: { state: "missing" } } } : {});
      bench.board.boot();
      await bench.waitFor(new RegExp(`-> ${state} \\(`), RECOVERY_MS);
      bench.board.kill();
      const told = bench.lines.length;
      assert.deepEqual(bench.board.info().timers, 0);
      await bench.modem.close();
      assert.equal(bench.clock.pending, 0, "no timer is left");
      await bench.advance(600_000);
      assert.equal(bench.lines.length, told);
      await bench.close();
      await bench.close();
    });
  }
});

/** What has no end elsewhere has one here (behaviours 8, 9 and 14): input, queues, data modes, and what a connection leaves behind. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Rig } from "../../host/rig/rig.ts";
import { assertClean, assertWorks, both, forEachModule, online, onCommand, PLAIN, RECOVERY_MS, startRig, withApp } from "./device.ts";
import { blockOf } from "./inject.ts";

/** What the board's queue takes at once. */
const PIECE = 512;

/** Puts `text` on the board's RX pin as fast as its queue takes it. */
async function stream(rig: Rig, text: string): Promise<void> {
  for (let at = 0; at < text.length; at += PIECE) {
    rig.say(text.slice(at, at + PIECE));
    await rig.advance(1);
  }
}

/** Before and after the same thing these are the same: nothing leaks. */
function counts(rig: Rig): object {
  const { timers, watches, listeners, modules } = rig.board.info();
  return { timers, watches, listeners, modules };
}

forEachModule("a bound", (module) => {
  it("holds against a megabyte without a line end", async () => {
    const rig = await online(module, withApp({}, PLAIN));
    await stream(rig, "z".repeat(1_000_000));
    await stream(rig, "\r\n");
    assert.ok(!rig.lines.some((line) => line.startsWith("error")));
    await assertWorks(rig);
    assertClean(rig);
  });

  it("holds against ten thousand URCs", async () => {
    const rig = await online(module, withApp({}, PLAIN));
    const before = counts(rig);
    await stream(
      rig,
      module.urcs
        .map((line) => `\r\n${line}\r\n`)
        .join("")
        .repeat(Math.ceil(10_000 / module.urcs.length)),
    );
    await assertWorks(rig);
    assert.deepEqual(counts(rig), before);
    assertClean(rig);
  });

  it("holds against a hundred publishes at once: eight wait, the others are told queue-full", async () => {
    const rig = await online(module, withApp({ steps: [{ many: 100 }] }, PLAIN));
    await rig.advance(30_000);
    const outcomes = rig.lines.filter((line) => line.startsWith("app: many ")).map((line) => line.split(" ")[3]);
    assert.equal(outcomes.length, 100);
    assert.equal(outcomes.filter((outcome) => outcome == "queue-full:").length, 92);
    assert.deepEqual(
      rig.received.filter((m) => m.topic == rig.topic("many")).map((m) => m.payload.toString()),
      ["0", "1", "2", "3", "4", "5", "6", "7"],
    );
    await assertWorks(rig);
  });

  it("is one command in flight, whatever is going on", async () => {
    const steps = [{ many: 8 }, { subscribe: "~/more" }, { unsubscribe: "~/more" }];
    const rig = await startRig(module, withApp({ steps }, { product: { cloud: { keepaliveS: 60 } } }));
    let inFlight = 0;
    let most = 0;
    let typed = "";
    rig.wire.toModule = (bytes) => {
      typed += bytes.toString("latin1");
      // A probe is given up without waiting for its answer: it can be told from no other.
      if (/^AT[^\r]+\r$/.test(typed)) most = Math.max(most, ++inFlight);
      if (typed.endsWith("\r")) typed = "";
      return bytes;
    };
    rig.modem.on("event", ({ ev }) => {
      if (ev == "result") inFlight = 0;
    });
    rig.board.boot();
    await rig.waitFor(/-> online/, RECOVERY_MS);
    await rig.advance(130_000);
    await assertWorks(rig);
    assert.equal(most, 1);
  });

  it("is put to a message that does not come whole: it is given up, and the next one arrives", async () => {
    const rig = await online(module, withApp({}, PLAIN));
    const head = module.message(rig.topic("down"), "x".repeat(50));
    rig.say(`\r\n${head.slice(0, -20)}`);
    await rig.advance(7000);
    rig.say("\r\n");
    await assertWorks(rig);
    assert.equal(rig.lines.filter((line) => line.startsWith("app: received ")).length, 1);
  });

  it("is put to a message that is longer than any", async () => {
    const rig = await online(module, withApp({}, PLAIN));
    await stream(rig, `\r\n${module.message(rig.topic("down"), "\r\nRDY\r\n".repeat(1000))}\r\n`);
    assert.ok(!rig.lines.some((line) => line.startsWith("error") || line.startsWith("app: received")));
    await assertWorks(rig);
  });
});

forEachModule("a data mode", (module) => {
  const steps = [{ topic: "~/up", publish: Buffer.from("the payload").toString("hex") }];

  /** Everything that became a message, whatever its topic. */
  function assertNoCommandWasPublished(rig: Rig): void {
    for (const { payload } of rig.received)
      assert.ok(!/AT[+E]|\rAT/.test(payload.toString("latin1")), JSON.stringify(payload.toString("latin1")));
  }

  for (const form of module.forms) {
    it(`of ${form.name} whose prompt is lost is ended, and no command becomes payload`, async () => {
      const rig = await startRig(module, withApp({ steps }, both(PLAIN, { modem: form.modem })));
      rig.board.boot();
      await rig.waitFor(/connecting -> subscribing/, RECOVERY_MS);
      rig.modem.control({ fault: "lose-prompt" });
      await rig.waitFor(/^app: step 0 ok/, RECOVERY_MS);
      await rig.waitForMessage((m) => m.payload.toString() == "the payload", 10_000);
      await assertWorks(rig);
      assertNoCommandWasPublished(rig);
    });

    it(`of ${form.name} whose prompt comes too late is served, and no command becomes payload`, async () => {
      const rig = await startRig(module, withApp({ steps }, both(PLAIN, { modem: form.modem })));
      let held = "";
      rig.wire.toBoard = (bytes) => {
        if (held || !/^\r\n> ?$/.test(blockOf(bytes))) return bytes;
        held = blockOf(bytes);
        // After the command's deadline, while its late answer is awaited.
        rig.clock.setTimeout(() => rig.say(held), 16_000);
        return Buffer.alloc(0);
      };
      rig.board.boot();
      await rig.waitFor(/^app: step 0 ok/, RECOVERY_MS);
      await assertWorks(rig);
      assertNoCommandWasPublished(rig);
    });
  }

  it("of the certificate whose prompt is lost is ended, and the connection is a verified one", async () => {
    const rig = await startRig(module, withApp({ steps }));
    let lost = false;
    onCommand(rig, (_, command) => {
      if (!lost && module.upload.test(command)) rig.modem.control({ fault: "lose-prompt" });
      lost ||= module.upload.test(command);
    });
    rig.board.boot();
    await rig.waitFor(/^app: step 0 ok/, RECOVERY_MS);
    assert.ok(lost);
    assert.ok(rig.events.every((event) => event.ev != "tls" || event["authorized"] === true));
    await assertWorks(rig);
  });
});

forEachModule("nothing is left behind", (module) => {
  it("by a hundred connections", async () => {
    const rig = await online(module, withApp({}, PLAIN));
    // The first ones load what stays loaded, and the ladder's counts settle.
    let before: object | null = null;
    for (let i = 0; i < 100; i++) {
      await rig.advance(70_000);
      await rig.broker.kick();
      await rig.waitFor(/-> online/, RECOVERY_MS);
      before ??= counts(rig);
    }
    assert.deepEqual(counts(rig), before);
    await assertWorks(rig);
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
      const rig = await startRig(module, failing ? { modem: { sim: { state: "missing" } } } : {});
      rig.board.boot();
      await rig.waitFor(new RegExp(`-> ${state} \\(`), RECOVERY_MS);
      rig.board.kill();
      const told = rig.lines.length;
      assert.deepEqual(rig.board.info().timers, 0);
      await rig.modem.close();
      assert.equal(rig.clock.pending, 0, "no timer is left");
      await rig.advance(600_000);
      assert.equal(rig.lines.length, told);
      await rig.close();
      await rig.close();
    });
  }
});

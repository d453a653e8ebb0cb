/**
 * Answers that are late, lost, refused, doubled by an echo, or in two stages (behaviours 3 to 6): each command ends, none is answered by another's answer, and
 * the device comes online knowing the right things.
 */
import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Bench, BenchOptions } from "../../host/rig/rig.ts";
import {
  assertClean,
  endAll,
  forEachModule,
  LEAST_MOMENTS,
  momentsOf,
  onCommand,
  online,
  ONLINE_MS,
  RECOVERY_MS,
  startBench,
  withApp,
  type Moment,
} from "./device.ts";
import { replaceFinal, replaceResult, resultBeforeOk } from "./inject.ts";
import type { Module } from "./modules.ts";

const DEVICE = /^app: device /;
/** A topic with both rights: what it publishes, it must get. */
const STEPS: BenchOptions = withApp({ steps: [{ subscribe: "~/loop" }, { topic: "~/loop", publish: "4f4b" }] });
const LOOPED = /^app: received \S+\/loop 4f4b$/;

/** Boots with `prepare`d trouble; it may take a failure or two, but in the end the device is online as who it is, and works. */
async function recovers(module: Module, device: string, { at, command }: Moment, prepare: (bench: Bench) => void): Promise<void> {
  const bench = await startBench(module, STEPS);
  prepare(bench);
  bench.board.boot();
  assert.equal(await bench.waitFor(DEVICE, RECOVERY_MS), device, `after trouble with command ${at}, ${command}`);
  await bench.waitFor(LOOPED, RECOVERY_MS);
  assert.ok(bench.received.every((m) => !m.topic.endsWith("/loop") || m.payload.toString() == "OK"));
  assertClean(bench);
  await endAll();
}

forEachModule("an answer", (module) => {
  let device: string;
  let moments: Moment[];

  before(async () => {
    const bench = await online(module, STEPS);
    await bench.waitFor(LOOPED, 10_000);
    device = bench.lines.find((line) => DEVICE.test(line)) as string;
    moments = momentsOf(bench);
    await endAll();
    assert.ok(moments.length >= LEAST_MOMENTS);
  });

  // Within the rest that follows a time-out, and long after it.
  for (const lateMs of [module.commandMs + 1200, 3 * module.commandMs + 4000]) {
    it(`that is ${lateMs} ms late is nobody else's, whatever the command`, async () => {
      for (const moment of moments) {
        await recovers(module, device, moment, (bench) => {
          let answered = 0;
          // What is said now holds for the next answer.
          bench.modem.on("event", ({ ev }) => {
            if ((ev == "ready" ? 1 : ev == "result" ? ++answered + 1 : 0) == moment.at) bench.modem.control({ fault: "late", ms: lateMs });
          });
        });
      }
    });
  }

  it("that is lost is asked for again, whatever the command", async () => {
    for (const moment of moments) {
      await recovers(module, device, moment, (bench) =>
        onCommand(bench, (number) => {
          if (number == moment.at) bench.modem.control({ fault: "lose-answer" });
        }),
      );
      await endAll();
    }
  });

  // Each command meets one of them; which one makes no difference to a whole-line grammar.
  it("that is an error ends, whatever the command and the error", async () => {
    const finals = ["ERROR", "+CME ERROR: 3", "+CME ERROR: operation not allowed"];
    for (const moment of moments) {
      await recovers(module, device, moment, (bench) => replaceFinal(bench, moment.at, finals[moment.at % finals.length] as string));
    }
  });
});

forEachModule("an echo", (module) => {
  /** Echoes what the board sends as `echo` makes it, when `isOn()`; a command's own line end comes along. */
  function echoing(bench: Bench, isOn: () => boolean, echo: (line: string) => string): void {
    let typed = "";
    bench.wire.toModule = (bytes) => {
      typed += bytes.toString("latin1");
      const end = typed.lastIndexOf("\r") + 1;
      if (end && isOn() && typed.startsWith("AT")) bench.say(echo(typed.slice(0, end)));
      if (end) typed = "";
      return bytes;
    };
  }

  async function sameEnd(prepare: (bench: Bench) => void, options: BenchOptions = {}): Promise<void> {
    const plain = await online(module, STEPS);
    const device = plain.lines.find((line) => DEVICE.test(line));
    const bench = await startBench(module, { ...STEPS, ...options });
    prepare(bench);
    bench.board.boot();
    assert.equal(await bench.waitFor(DEVICE, ONLINE_MS), device);
    await bench.waitFor(LOOPED, 10_000);
    assert.deepEqual(
      bench.lines.filter((line) => line.startsWith("error")),
      [],
    );
  }

  it("that ATE0 does not end changes nothing", () =>
    sameEnd((bench) => {
      let asked = false;
      onCommand(bench, (_, command) => (asked ||= command == "ATE0"));
      echoing(
        bench,
        () => asked,
        (line) => line,
      );
    }));

  it("that was never on changes nothing", async () => {
    const bench = await startBench(module, { ...STEPS, modem: { poweredOn: true } });
    await bench.advance(20_000);
    for (const line of ["ATE0\r", "AT&W\r"]) {
      bench.modem.receive(Buffer.from(line));
      await bench.advance(500);
    }
    bench.board.boot();
    await bench.waitFor(LOOPED, ONLINE_MS);
  });

  for (const [what, echo] of [
    ["torn", (line: string) => line.slice(line.length / 2)],
    ["cut short", (line: string) => line.slice(0, line.length / 2)],
    ["preceded by an empty line", (line: string) => `\r\n${line}`],
  ] as const) {
    it(`that is ${what} changes nothing`, () => sameEnd((bench) => echoing(bench, () => true, echo)));
  }

  it("that goes on and off changes nothing", () =>
    sameEnd((bench) => {
      let number = 0;
      onCommand(bench, (n) => (number = n));
      echoing(
        bench,
        () => number % 3 == 1,
        (line) => line,
      );
    }));
});

forEachModule("a result after OK", (module) => {
  for (const { name, command, success, failure, failed, unanswered } of module.twoStage) {
    async function fails(by: string | null, error: string): Promise<void> {
      const bench = await startBench(module, STEPS);
      replaceResult(bench, command, success, by);
      bench.board.boot();
      assert.match(await bench.waitFor(/^error: /, 300_000), new RegExp(`^error: ${error}: `));
      await bench.waitFor(LOOPED, RECOVERY_MS);
    }

    it(`${name}: one that says no is ${failed}`, () => fails(failure, failed));
    it(`${name}: one that never comes is ${unanswered}`, () => fails(null, unanswered));
    it(`${name}: one that comes before OK counts`, async () => {
      const bench = await startBench(module, STEPS);
      resultBeforeOk(bench, command, success);
      bench.board.boot();
      await bench.waitFor(LOOPED, ONLINE_MS);
      // Were it still awaited, that would show now.
      await bench.advance(60_000);
      assert.deepEqual(
        bench.lines.filter((line) => line.startsWith("error")),
        [],
      );
    });
  }
});

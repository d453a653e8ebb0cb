/**
 * Answers that are late, lost, refused, doubled by an echo, or in two stages (behaviours 3 to 6): each command ends, none is answered by
 * another's answer, and the device comes online knowing the right things.
 */
import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Rig, RigOptions } from "../../host/rig/rig.ts";
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
  startRig,
  withApp,
  type Moment,
} from "./device.ts";
import { replaceFinal, replaceResult, resultBeforeOk } from "./inject.ts";
import type { Module } from "./facts.ts";

const DEVICE = /^app: device /;
/** A topic with both rights: what it publishes, it must get. */
const STEPS: RigOptions = withApp({ steps: [{ subscribe: "~/loop" }, { topic: "~/loop", publish: "4f4b" }] });
const LOOPED = /^app: received \S+\/loop 4f4b$/;

/** Boots with `prepare`d trouble; it may take a failure or two, but in the end the device is online as who it is, and works. */
async function recovers(module: Module, device: string, { at, command }: Moment, prepare: (rig: Rig) => void): Promise<void> {
  const rig = await startRig(module, STEPS);
  prepare(rig);
  rig.board.boot();
  assert.equal(await rig.waitFor(DEVICE, RECOVERY_MS), device, `after trouble with command ${at}, ${command}`);
  await rig.waitFor(LOOPED, RECOVERY_MS);
  assert.ok(rig.received.every((m) => !m.topic.endsWith("/loop") || m.payload.toString() == "OK"));
  assertClean(rig);
  await endAll();
}

forEachModule("an answer", (module) => {
  let device: string;
  let moments: Moment[];

  before(async () => {
    const rig = await online(module, STEPS);
    await rig.waitFor(LOOPED, 10_000);
    device = rig.lines.find((line) => DEVICE.test(line)) as string;
    moments = momentsOf(rig);
    await endAll();
    assert.ok(moments.length >= LEAST_MOMENTS);
  });

  // Within the rest that follows a time-out, and long after it.
  for (const lateMs of [module.commandMs + 1200, 3 * module.commandMs + 4000]) {
    it(`that is ${lateMs} ms late is nobody else's, whatever the command`, async () => {
      for (const moment of moments) {
        await recovers(module, device, moment, (rig) => {
          let answered = 0;
          // What is said now holds for the next answer.
          rig.modem.on("event", ({ ev }) => {
            if ((ev == "ready" ? 1 : ev == "result" ? ++answered + 1 : 0) == moment.at) rig.modem.control({ fault: "late", ms: lateMs });
          });
        });
      }
    });
  }

  it("that is lost is asked for again, whatever the command", async () => {
    for (const moment of moments) {
      await recovers(module, device, moment, (rig) =>
        onCommand(rig, (number) => {
          if (number == moment.at) rig.modem.control({ fault: "lose-answer" });
        }),
      );
      await endAll();
    }
  });

  // Each command meets one of them; which one makes no difference to a whole-line grammar.
  it("that is an error ends, whatever the command and the error", async () => {
    const finals = ["ERROR", "+CME ERROR: 3", "+CME ERROR: operation not allowed"];
    for (const moment of moments) {
      await recovers(module, device, moment, (rig) => replaceFinal(rig, moment.at, finals[moment.at % finals.length] as string));
    }
  });
});

forEachModule("an echo", (module) => {
  /** Echoes what the board sends as `echo` makes it, when `isOn()`; a command's own line end comes along. */
  function echoing(rig: Rig, isOn: () => boolean, echo: (line: string) => string): void {
    let typed = "";
    rig.wire.toModule = (bytes) => {
      typed += bytes.toString("latin1");
      const end = typed.lastIndexOf("\r") + 1;
      if (end && isOn() && typed.startsWith("AT")) rig.say(echo(typed.slice(0, end)));
      if (end) typed = "";
      return bytes;
    };
  }

  async function sameEnd(prepare: (rig: Rig) => void, options: RigOptions = {}): Promise<void> {
    const plain = await online(module, STEPS);
    const device = plain.lines.find((line) => DEVICE.test(line));
    const rig = await startRig(module, { ...STEPS, ...options });
    prepare(rig);
    rig.board.boot();
    assert.equal(await rig.waitFor(DEVICE, ONLINE_MS), device);
    await rig.waitFor(LOOPED, 10_000);
    assert.deepEqual(
      rig.lines.filter((line) => line.startsWith("error")),
      [],
    );
  }

  it("that ATE0 does not end changes nothing", () =>
    sameEnd((rig) => {
      let asked = false;
      onCommand(rig, (_, command) => (asked ||= command == "ATE0"));
      echoing(
        rig,
        () => asked,
        (line) => line,
      );
    }));

  it("that was never on changes nothing", async () => {
    const rig = await startRig(module, { ...STEPS, modem: { poweredOn: true } });
    await rig.advance(20_000);
    for (const line of ["ATE0\r", "AT&W\r"]) {
      rig.modem.receive(Buffer.from(line));
      await rig.advance(500);
    }
    rig.board.boot();
    await rig.waitFor(LOOPED, ONLINE_MS);
  });

  for (const [what, echo] of [
    ["torn", (line: string) => line.slice(line.length / 2)],
    ["cut short", (line: string) => line.slice(0, line.length / 2)],
    ["preceded by an empty line", (line: string) => `\r\n${line}`],
  ] as const) {
    it(`that is ${what} changes nothing`, () => sameEnd((rig) => echoing(rig, () => true, echo)));
  }

  it("that goes on and off changes nothing", () =>
    sameEnd((rig) => {
      let number = 0;
      onCommand(rig, (n) => (number = n));
      echoing(
        rig,
        () => number % 3 == 1,
        (line) => line,
      );
    }));
});

forEachModule("a result after OK", (module) => {
  for (const { name, command, success, failure, failed, unanswered } of module.twoStage) {
    async function fails(by: string | null, error: string): Promise<void> {
      const rig = await startRig(module, STEPS);
      replaceResult(rig, command, success, by);
      rig.board.boot();
      assert.match(await rig.waitFor(/^error: /, 300_000), new RegExp(`^error: ${error}: `));
      await rig.waitFor(LOOPED, RECOVERY_MS);
    }

    it(`${name}: one that says no is ${failed}`, () => fails(failure, failed));
    it(`${name}: one that never comes is ${unanswered}`, () => fails(null, unanswered));
    it(`${name}: one that comes before OK counts`, async () => {
      const rig = await startRig(module, STEPS);
      resultBeforeOk(rig, command, success);
      rig.board.boot();
      await rig.waitFor(LOOPED, ONLINE_MS);
      // Were it still awaited, that would show now.
      await rig.advance(60_000);
      assert.deepEqual(
        rig.lines.filter((line) => line.startsWith("error")),
        [],
      );
    });
  }
});

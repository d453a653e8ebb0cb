/** What the one runner does with a script: in order, with time-outs, repeats and ends. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Command, OnResult, Result } from "../../src/api/command.ts";
import type { Path } from "../../src/api/channel.ts";
import type { Run, Script, TaskStep } from "../../src/api/script.ts";
import * as runner from "../../src/script/runner.ts";
import { fakeWorld, type FakeWorld } from "../support/world.ts";

let world: FakeWorld;
let sent: { command: Command; then: OnResult }[];
let ends: string[];
const OK: Result = { error: "", code: -1, text: "", late: "" };
const path = {
  channel: { send: (command: Command, then: OnResult) => sent.push({ command, then }) },
  dialect: { commandMs: 300 },
} as unknown as Path;

beforeEach(() => {
  world = fakeWorld();
  sent = [];
  ends = [];
  runner.init(world);
});

function run(script: Script, limitMs = 0): Run {
  return runner.run(script, path, limitMs, (failure) => ends.push(failure));
}

function answer(result: Partial<Result> = {}): void {
  sent.at(-1)?.then({ ...OK, ...result });
}

function commands(): string[] {
  return sent.map(({ command }) => command.at);
}

describe("a script", () => {
  it("is done from top to bottom, lists and functions where they stand", () => {
    const order: string[] = [];
    const note = (text: string) => (): undefined => void order.push(text);
    run([note("a"), [note("b"), () => [note("c"), note("d")]], false, undefined, "", 0, note("e")]);
    assert.deepEqual([order.join(""), ends], ["abcde", [""]]);
  });

  it("does what a step's result asks for before it goes on", () => {
    run(["AT+A", { at: "AT+B", then: (r) => r.text == "x" && ["AT+C"] }, "AT+D"]);
    answer({ error: "refused", code: 3 });
    answer({ text: "x" });
    answer();
    answer();
    assert.deepEqual([commands(), ends], [["AT+A", "AT+B", "AT+C", "AT+D"], [""]]);
  });

  it("ends with a text that is no command, and what stands behind it is left", () => {
    run([() => "Sconnect-failed: x", "AT+A"]);
    assert.deepEqual([commands(), ends], [[], ["Sconnect-failed: x"]]);
  });

  it("that throws is a failure, and told once even if who is told throws", () => {
    const boom = (): Script => {
      throw new Error("boom");
    };
    run(["AT+A", boom]);
    answer();
    assert.deepEqual(ends, ["Bpayload-refused: Error: boom"]);
    let told = 0;
    assert.throws(() =>
      runner.run(boom, path, 0, () => {
        told++;
        throw new Error("again");
      }),
    );
    assert.equal(told, 1);
  });

  it("has a time limit for all of it", async () => {
    run([{ start: () => {}, ms: 0 }], 5000);
    await world.clock.advance(4999);
    assert.deepEqual(ends, []);
    await world.clock.advance(1);
    assert.deepEqual(ends, ["Mtimeout: no end after 5 s"]);
  });
});

describe("a command of a script", () => {
  it("has the dialect's time, and a second more for each further command of its line, unless it has its own", () => {
    run(["AT+A", "AT+B;+C;+D", { at: "AT+E", ms: 7 }]);
    answer();
    answer();
    assert.deepEqual(
      sent.map(({ command }) => command.ms),
      [300, 2300, 7],
    );
  });

  it("that nobody answers is sent three times, then the module is silent", () => {
    run("AT+A=secret");
    for (let i = 0; i < 3; i++) answer({ error: "timeout" });
    assert.deepEqual([commands().length, ends], [3, ["Mmodule-silent: no answer to AT+A"]]);
  });

  it("counts silence in a row only, and not that of a question whether somebody is there", () => {
    run(["AT+A", "AT+B", { at: "AT", ms: 1, probe: true, then: (r) => r.error == "timeout" && "AT+C" }]);
    answer({ error: "timeout" });
    answer({ error: "timeout" });
    answer();
    answer({ error: "timeout" });
    answer({ error: "timeout" });
    answer();
    answer({ error: "timeout" });
    assert.deepEqual([commands().at(-1), ends], ["AT+C", []]);
  });
});

describe("a wait", () => {
  it("lasts its time, and less where a signal ends it", async () => {
    const it = run([1000, 1000]);
    await world.clock.advance(1000);
    assert.deepEqual(ends, []);
    runner.wake(it);
    assert.deepEqual(ends, [""]);
    await world.clock.advance(5000);
    assert.deepEqual(ends, [""], "its timer is gone");
  });

  it("is not a command or a task: those are not ended by a signal", () => {
    const it = run("AT+A");
    runner.wake(it);
    assert.deepEqual(ends, []);
    const other = run({ start: () => {}, ms: 9 });
    runner.wake(other);
    assert.deepEqual(ends, []);
  });
});

describe("a task", () => {
  it("gives its text, once", () => {
    let done = (_text: string): void => {};
    const got: string[] = [];
    run({ start: (fn) => (done = fn), ms: 100, then: (r) => void got.push(r.error + r.text) });
    done("one");
    done("two");
    assert.deepEqual([got, ends], [["one"], [""]]);
  });

  it("may end at once, or never: then its time is over", async () => {
    const got: string[] = [];
    const then: TaskStep["then"] = (r) => void got.push(r.error + r.text);
    run([
      { start: (done) => done("now"), ms: 100, then },
      { start: () => {}, ms: 100, then },
    ]);
    await world.clock.advance(100);
    assert.deepEqual([got, ends], [["now", "timeout"], [""]]);
  });

  it("that is done again does not take the late end of the first time", async () => {
    const done: ((text: string) => void)[] = [];
    let tries = 0;
    const step: TaskStep = { start: (fn) => done.push(fn), ms: 100, then: (r) => (r.error && ++tries < 2 ? step : "Nfailed: " + r.text) };
    run(step);
    await world.clock.advance(100);
    done[0]?.("late");
    assert.deepEqual(ends, []);
    done[1]?.("in time");
    assert.deepEqual(ends, ["Nfailed: in time"]);
  });
});

describe("a script that is cancelled", () => {
  for (const [what, step] of Object.entries({ wait: 1000, task: { start: () => {}, ms: 1000 }, command: "AT+A" }) as [string, Script][])
    it(`ends in the middle of a ${what}, and nothing is called any more`, async () => {
      const it = run([step, "AT+B"], 3000);
      runner.cancel(it);
      runner.cancel(it);
      answer();
      runner.wake(it);
      await world.clock.advance(10_000);
      assert.deepEqual([ends, commands().includes("AT+B")], [[], false]);
    });

  it("by one of its own functions does not go on", () => {
    const it: { run?: Run } = {};
    it.run = run([1, () => void runner.cancel(it.run as Run), "AT+A"]);
    world.clock.advanceSync(1);
    assert.deepEqual([ends, commands()], [[], []]);
  });

  it("leaves others alone: several may run beside each other", async () => {
    const first = run([100, () => "Nfirst: x"]);
    run([100, () => "Nsecond: x"]);
    runner.cancel(first);
    await world.clock.advance(100);
    assert.deepEqual(ends, ["Nsecond: x"]);
  });
});

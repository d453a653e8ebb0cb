/**
 * Every pair of command and URC (behaviour 2): each line that the module may say by itself comes at each command of the way up
 * and of the steady state, in each place where it can come. The answers stay what they are, the commands stay the same, and
 * messages among them are received.
 */
import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Rig } from "../../host/rig/rig.ts";
import { assertClean, commandsOf, endAll, forEachModule, ONLINE_MS, startRig, withApp } from "./device.ts";
import { injectEverywhere, PLACES } from "./inject.ts";
import type { Module } from "./facts.ts";

/** Lines that are no final result codes, however much they look like some, and lines of nothing: all of them at once. */
const LOOKALIKES = [
  "not OK",
  "^OK",
  "0, OK",
  "+ERROR",
  '+QIND: "FOTA","ERROR"',
  "+CMEX ERROR: 3",
  "\xff\xfe\x00\x01",
  "> not a prompt",
].join("\r\n");
/** Their number depends on time: how long a network is searched for. */
const POLLS = /^AT($|\+(CSQ|CPIN\?|CCLK\?|CEREG\?))/;
/** The shortest way up and one round of a steady state. */
const LEAST_COMMANDS = 15;
/** Says what is not true before the SIM was asked for its number. */
const SIM_LINE = /^\+CPIN: READY/;
const IMSI = /\+CIMI$/;
/** Long enough for two heartbeats of 60 s. */
const STEADY_MS = 130_000;

interface Course {
  commands: string[];
  device: string | undefined;
  steps: string[];
  published: string[];
  links: string[];
}

/** Boots, publishes in both qualities, subscribes and unsubscribes, is silent until heartbeats go out. */
async function course(module: Module, prepare: (rig: Rig) => void): Promise<{ rig: Rig; outcome: Course }> {
  const steps = [
    { topic: "~/up", publish: Buffer.from("with an acknowledgement").toString("hex"), qos: 1 as const },
    { topic: "~/up", publish: Buffer.from("without").toString("hex"), qos: 0 as const },
    { subscribe: "~/more" },
    { unsubscribe: "~/more" },
  ];
  const rig = await startRig(module, withApp({ steps }, { product: { cloud: { keepaliveS: 60 } } }));
  prepare(rig);
  rig.board.boot();
  await rig.waitFor(/-> online/, ONLINE_MS);
  await rig.advance(STEADY_MS);
  assertClean(rig);
  const outcome = {
    commands: commandsOf(rig).filter((command) => !POLLS.test(command)),
    device: rig.lines.find((line) => line.startsWith("app: device ")),
    steps: rig.lines.filter((line) => line.startsWith("app: step ")),
    published: rig.received.map(
      (message) => `${message.topic} ${message.qos} ${message.topic.endsWith("/up") ? message.payload.toString() : ""}`,
    ),
    links: rig.lines.filter((line) => line.startsWith("link: ")),
  };
  return { rig, outcome };
}

forEachModule("a line that nobody asked for", (module) => {
  let undisturbed: Course;
  /** The commands that every course has, polls included. */
  let all: string[];

  before(async () => {
    const { rig, outcome } = await course(module, () => {});
    undisturbed = outcome;
    all = commandsOf(rig);
    await endAll();
  });

  it("is met by the commands of a way up and of a steady state", () => {
    assert.ok(undisturbed.commands.length >= LEAST_COMMANDS, undisturbed.commands.join("\n"));
    assert.equal(undisturbed.steps.length, 4);
    assert.ok(undisturbed.published.some((message) => message.includes("/ping")));
  });

  for (const place of PLACES) {
    for (const line of [...module.urcs, LOOKALIKES]) {
      it(`${JSON.stringify(line)} ${place} changes nothing, whatever the command`, async () => {
        let met: string[] = [];
        const disturbed = await course(module, (rig) => {
          const isTrue = (): boolean => !SIM_LINE.test(line) || commandsOf(rig).some((command) => IMSI.test(command));
          met = injectEverywhere(rig, place, line, isTrue);
        });
        assert.deepEqual(disturbed.outcome, undisturbed);
        const first = SIM_LINE.test(line) ? all.findIndex((command) => IMSI.test(command)) : 0;
        const able = (command: string): boolean => place != "between answer and final result" || !module.bare.test(command);
        const missed = place == "after the data" ? [] : all.slice(first).filter((command) => able(command) && !met.includes(command));
        assert.deepEqual(missed, [], "commands that did not meet it");
        assert.ok(met.length > 0);
      });
    }

    it(`a message ${place} is received, whatever the command`, async () => {
      const payload = '"\r\nOK\r\n> \r\nERROR\r\n';
      let met: string[] = [];
      let since = 0;
      const { rig, outcome } = await course(module, (one) => {
        met = injectEverywhere(one, place, module.message(one.topic("down"), payload), () => true);
        one.modem.on("event", ({ ev }) => {
          if (ev == "subscribe") since ||= met.length;
        });
      });
      assert.deepEqual(outcome, undisturbed);
      const received = rig.lines.filter((line) => line.startsWith("app: received "));
      const whole = `app: received ${rig.topic("down")} ${Buffer.from(payload).toString("hex")}`;
      assert.ok(
        received.every((line) => line == whole),
        received.join("\n"),
      );
      assert.ok(received.length >= met.length - since, `${received.length} received, ${met.length - since} sent`);
    });
  }
});

/**
 * A recorded session, given to the AT engine in two pieces cut at every byte, byte by byte and at once: what comes out is the same
 * (behaviour 1). Cheaper than a device for each of the thousands of cuts.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { AtDialect } from "../../src/api/channel.ts";
import * as channel from "../../src/cellular/at/channel.ts";
import { fakeWorld } from "../support/world.ts";
import { both, forEachModule, online, PLAIN, withApp } from "./device.ts";
import { signalName } from "../support/signals.ts";

type Told = [kind: string, ...texts: string[]];

/** Signals and messages of the bytes in `pieces`, what was answered to unexpected prompts, and what was lost. */
function told(dialect: AtDialect, pieces: readonly string[]): Told[] {
  const world = fakeWorld();
  const list: Told[] = [];
  channel.init(
    world,
    dialect,
    (signal, rest) => list.push(["signal", signalName(signal), rest]),
    (topic, payload) => list.push(["message", topic, payload]),
  );
  channel.open(115_200);
  world.written();
  for (const piece of pieces) world.receive(piece);
  return [...list, ["written", world.written()], ["overflows", String(channel.counters.overflows)]];
}

forEachModule("a recorded session", async (module) => {
  const { dialect } = (await import(`../../src/cellular/modules/${module.model}/index.ts`)) as { dialect: AtDialect };

  for (const mode of module.receiveModes) {
    it(`${mode.name}: is the same wherever it is cut`, async () => {
      // Nothing is published: at a prompt the module waits for data, so that is a cut that is always there.
      const rig = await online(module, withApp({}, both(PLAIN, mode.options)));
      let bytes = "";
      rig.modem.on("data", (more) => (bytes += more.toString("latin1")));
      const payloads = ["", "x", 'a "quoted"\r\nRDY\r\n> \r\nOK\r\n', 'a "quoted" \r\nRDY\r\n', "温度"].filter(
        (one) => !mode.cannot?.test(one),
      );
      for (const payload of payloads) {
        await rig.operator.publish(rig.topic("down"), payload);
        await rig.advance(1000);
      }
      rig.modem.control({ fault: "reboot" });
      await rig.waitFor(/-> online/, 120_000);

      const whole = told(dialect, [bytes]);
      const messages = whole.filter(([kind]) => kind == "message").map(([, , payload]) => payload);
      assert.deepEqual(
        messages,
        payloads.map((payload) => Buffer.from(payload).toString("latin1")),
      );
      assert.ok(whole.some(([kind, signal]) => kind == "signal" && signal == "rebooted"));
      assert.deepEqual(told(dialect, [...bytes]), whole, "byte by byte");
      for (let at = 1; at < bytes.length; at++) {
        const cut = told(dialect, [bytes.slice(0, at), bytes.slice(at)]);
        assert.deepEqual(
          cut,
          whole,
          `cut between ${JSON.stringify(bytes.slice(at - 20, at))} and ${JSON.stringify(bytes.slice(at, at + 20))}`,
        );
      }
    });
  }
});

/** Commands that the driver puts into one line, on firmware that refuses such a line, and where it refuses one of them. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Rig, RigOptions } from "../../host/rig/rig.ts";
import { assertClean, assertError, assertWorks, commandsOf, forEachModule, onCommand, online, startRig, withApp } from "./device.ts";

const DEVICE = /^app: device /;
const SINGLE: RigOptions = { modem: { quirks: { joins: false } } };

/** The module refuses every line that fits, whatever it did. */
function refuse(rig: Rig, line: RegExp): void {
  let refused = false;
  onCommand(rig, (_, command) => (refused = line.test(command)));
  rig.wire.toBoard = (bytes) =>
    refused && bytes.toString("latin1") == "\r\nOK\r\n" ? Buffer.from("\r\n+CME ERROR: 50\r\n", "latin1") : bytes;
}

forEachModule("several commands in one line", (module) => {
  it("go one by one where the firmware wants that, and tell the same", async () => {
    const joined = await online(module, withApp({}));
    const single = await online(module, withApp({}, SINGLE));
    const device = (rig: Rig): string | undefined => rig.lines.find((line) => DEVICE.test(line));
    assert.equal(device(single), device(joined));
    assert.ok(commandsOf(joined).some((command) => command.includes(";")));
    assert.ok(commandsOf(single).length > commandsOf(joined).length);
    assert.ok(single.events.some((event) => event.ev == "tls" && event["authorized"] === true));
    await assertWorks(single);
    assertClean(single);
  });

  for (const [what, options] of [
    ["of one line", {}],
    ["one by one", SINGLE],
  ] as const) {
    it(`are not gone on with when the server would not be verified, ${what}`, async () => {
      const text = module.verifies.replace("+", "\\+");
      const rig = await startRig(module, options);
      refuse(rig, new RegExp(text));
      rig.board.boot();
      const line = await assertError(rig, "tls-failed", new RegExp(`${text}.*, CME 50; .*CA file`));
      assert.ok(!line.includes("seclevel"), line);
      assert.ok(!rig.events.some((event) => event.ev == "tls"), "no connection was tried");
    });

    it(`are gone on with when only a convenience is missing, ${what}`, async () => {
      const rig = await startRig(module, options);
      refuse(rig, module.convenience);
      rig.board.boot();
      await rig.waitFor(/-> online/, 120_000);
      assert.ok(rig.events.some((event) => event.ev == "tls" && event["authorized"] === true));
      await assertWorks(rig);
    });
  }
});

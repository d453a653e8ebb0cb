/** Secrets stay in the device, and what a setting holds cannot become a command (behaviour 15). */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { RigOptions } from "../../host/rig/rig.ts";
import { ConfigError } from "../../host/project/mistakes.ts";
import { assertClean, assertWorks, commandsOf, forEachModule, online, startRig, withApp } from "./device.ts";

forEachModule("a secret", (module) => {
  it("is in no line of the log and in no event, from the SIM's PIN to the broker's password", async () => {
    const rig = await online(module, {
      modem: { sim: { state: "pin", pin: "73915284" } },
      identity: { simPin: "73915284" },
      product: { modem: { apn: "private", apnUser: "user", apnPassword: "not-the-password", apnAuth: "chap" } },
    });
    await assertWorks(rig);
    assert.ok(rig.lines.length > 5 && rig.events.length > 50);
    assert.ok(
      commandsOf(rig).some((command) => command.includes("***")),
      "the commands that hold one were seen",
    );
    assertClean(rig);
  });
});

/** What would end a text, a command or both, and what follows it. */
const INJECTIONS: Record<string, string> = {
  "a quote": 'a",1\rAT+CFUN=0\r',
  "a line end": "a\rAT+CFUN=0\r",
  "Ctrl-Z": "a\x1aAT",
  ESC: "a\x1bAT",
  NUL: "a\0b",
};

forEachModule("an injection", (module) => {
  for (const [what, text] of Object.entries(INJECTIONS)) {
    it(`by ${what} in a topic is refused before it reaches the wire`, async () => {
      const steps = [
        { topic: `~/${text}`, publish: "00" },
        { topic: "~/up", publish: Buffer.from("after it").toString("hex") },
      ];
      const rig = await startRig(module, withApp({ steps }));
      let sent = "";
      rig.wire.toModule = (bytes) => {
        sent += bytes.toString("latin1");
        return bytes;
      };
      rig.board.boot();
      assert.match(await rig.waitFor(/^app: step 0 /, 120_000), /^app: step 0 payload-refused: .*topic/);
      await rig.waitFor(/^app: step 1 /, 60_000);
      await rig.waitForMessage((m) => m.payload.toString() == "after it", 10_000);
      assert.ok(!sent.includes(text));
      assert.ok(!sent.includes("AT+CFUN=0"));
    });

    for (const [field, options] of Object.entries({
      "modem.apn": { product: { modem: { apn: text } } },
      "modem.apnPassword": { product: { modem: { apnPassword: text } } },
      "cloud.clientId": { product: { cloud: { clientId: text } } },
      "cloud.topicBase": { product: { cloud: { topicBase: text } } },
      "cloud.will": { product: { cloud: { will: { topic: "t", payload: text } } } },
      "identity password": { identity: { password: text } },
      "identity username": { identity: { username: text } },
      "identity deviceName": { identity: { deviceName: text } },
    } satisfies Record<string, RigOptions>)) {
      it(`by ${what} in ${field} never gets into a device`, async () => {
        await assert.rejects(startRig(module, options), ConfigError);
      });
    }
  }

  it("is no comma: it is part of a topic", async () => {
    const rig = await online(module, withApp({ steps: [{ subscribe: "~/a,b" }, { topic: "~/a,b", publish: "2c" }] }));
    await rig.waitFor(/^app: received \S+\/a,b 2c$/, 60_000);
  });

  it("is no comma in the client id, the user name, the password or the will", async () => {
    const rig = await online(module, {
      product: { cloud: { clientId: "a,b|c=1,d&$", will: { topic: "x,y", payload: "1,2" } } },
    });
    assert.ok(rig.broker.clients().includes("a,b|c=1,d&$"));
    rig.modem.control({ fault: "power-off" });
    await rig.waitForMessage((m) => m.topic == "x,y" && m.payload.toString() == "1,2", 30_000);
  });
});

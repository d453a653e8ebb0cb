/** Any bytes go both ways unharmed in every form that can carry them, and are refused by name in one that cannot (behaviours 7 and 8). */
import assert from "node:assert/strict";
import { it } from "node:test";
import { both, forEachModule, online, PLAIN, withApp, assertWorks } from "./device.ts";
import type { Module, PublishForm } from "./facts.ts";

/** What is sent as payload, by what is special about it. */
function payloadsFor(module: Module): Record<string, Buffer> {
  const ownMessage = module.message("devices/x/down", "OK");
  return {
    "one byte": Buffer.from("x"),
    nothing: Buffer.alloc(0),
    quotes: Buffer.from(`"a" 'b' ""c`),
    "a quote at its end": Buffer.from('a"'),
    commas: Buffer.from('a,b,"c",1,2'),
    "backslashes and escapes": Buffer.from("C:\\22\\0D\\n"),
    "a line OK": Buffer.from("a\r\nOK\r\nb"),
    "only a line OK": Buffer.from("\r\nOK\r\n"),
    "line ERROR and CME ERROR": Buffer.from("\r\nERROR\r\n\r\n+CME ERROR: 3\r\n"),
    "a prompt": Buffer.from("\r\n> \r\n>"),
    "a line CONNECT": Buffer.from("\r\nCONNECT\r\n"),
    "a line RDY": Buffer.from("\r\nRDY\r\n"),
    "a command": Buffer.from("AT+CFUN=1,1\rAT\r"),
    "an escape from data mode": Buffer.from("+++"),
    "Ctrl-Z": Buffer.from("a\x1ab"),
    ESC: Buffer.from("a\x1bb"),
    NUL: Buffer.from("a\0b"),
    "bytes above 0x7F": Buffer.from(Array.from({ length: 128 }, (_, i) => 0x80 + i)),
    "every byte": Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
    "Chinese text": Buffer.from("温度：25℃，湿度：60％"),
    "the module's own message": Buffer.from(`\r\n${ownMessage}\r\n`, "latin1"),
    "1,500 bytes": Buffer.from("0123456789".repeat(150)),
    "1,500 bytes of quotes": Buffer.alloc(1500, '"'),
  };
}

/** Why a form refuses a payload: what the message must name. `null`: it carries it. */
function refusalOf(form: PublishForm, payload: Buffer): RegExp | null {
  if (payload.length > form.maxPayload) return new RegExp(`\\b${payload.length}\\b.*\\b${form.maxPayload}\\b`);
  const found = form.cannot?.exec(payload.toString("latin1"));
  if (!found) return null;
  return new RegExp(`0x${found[0].charCodeAt(0).toString(16).padStart(2, "0")}`, "i");
}

forEachModule("payloads", (module) => {
  const payloads = payloadsFor(module);

  async function publish(form: PublishForm, payload: Buffer, qos: 0 | 1): Promise<void> {
    const steps = [{ topic: "~/up", publish: payload.toString("hex"), qos }];
    const rig = await online(module, withApp({ steps }, both(PLAIN, { modem: form.modem })));
    const outcome = await rig.waitFor(/^app: step 0 /, 60_000);
    const refusal = refusalOf(form, payload);
    if (refusal) {
      assert.match(outcome, /^app: step 0 payload-refused: /);
      assert.match(outcome, refusal, "the message names what cannot be sent");
      assert.deepEqual(rig.received, []);
    } else {
      assert.equal(outcome, "app: step 0 ok");
      const message = await rig.waitForMessage(() => true, 10_000);
      assert.equal(message.topic, rig.topic("up"));
      assert.equal(message.payload.toString("hex"), payload.toString("hex"));
      assert.equal(message.qos, qos);
    }
    await assertWorks(rig);
    assert.ok(rig.received.length <= 1, "nothing else became a message");
  }

  for (const form of module.forms) {
    for (const [what, payload] of Object.entries(payloads)) {
      const verb = refusalOf(form, payload) ? "refuses" : "sends";
      it(`${form.name} ${verb} ${what}`, () => publish(form, payload, 1));
    }
    it(`${form.name} sends with QoS 0`, () => publish(form, Buffer.from("just so"), 0));
    it(`${form.name} sends as many bytes as the module takes`, () => publish(form, Buffer.alloc(form.maxPayload, "m"), 1));
    it(`${form.name} refuses one byte more`, () => publish(form, Buffer.alloc(form.maxPayload + 1, "m"), 1));
  }

  for (const mode of module.receiveModes) {
    for (const [what, payload] of Object.entries(payloads)) {
      // Without a length the end of a message cannot be told from text that looks like it.
      if (mode.cannot?.test(payload.toString("latin1")) || payload.length > module.maxMessage) continue;
      it(`${mode.name}: ${what} is received`, async () => {
        const rig = await online(module, withApp({}, both(PLAIN, mode.options)));
        await rig.operator.publish(rig.topic("down"), payload);
        const line = await rig.waitFor(/^app: received /, 60_000);
        assert.equal(line, `app: received ${rig.topic("down")} ${payload.toString("hex")}`);
        await assertWorks(rig);
        assert.equal(rig.lines.filter((one) => one.startsWith("app: received ")).length, 2, "nothing else became a message");
      });
    }

    it(`${mode.name}: as many bytes as the module hands over are received`, async () => {
      const rig = await online(module, withApp({}, both(PLAIN, mode.options)));
      await rig.operator.publish(rig.topic("down"), Buffer.alloc(module.maxMessage, "m"));
      await rig.waitFor(new RegExp(`^app: received ${rig.topic("down")} (6d){${module.maxMessage}}$`), 60_000);
    });

    it(`${mode.name}: a burst of messages arrives whole and in order`, async () => {
      const rig = await online(module, withApp({}, both(PLAIN, mode.options)));
      const burst = mode.slots ?? 12;
      for (let i = 0; i < burst; i++) await rig.operator.publish(rig.topic("down"), `message ${i}`);
      await rig.advance(10_000);
      const got = rig.lines.filter((line) => line.startsWith("app: received ")).map((line) => line.split(" ")[3]);
      assert.deepEqual(
        got,
        Array.from({ length: burst }, (_, i) => Buffer.from(`message ${i}`).toString("hex")),
      );
    });

    it(`${mode.name}: a topic with both rights returns its own message`, async () => {
      const loop = Buffer.from('both "ways"').toString("hex");
      const steps = [{ subscribe: "~/loop" }, { topic: "~/loop", publish: loop }, { topic: "~/up", publish: "00" }];
      const rig = await online(module, withApp({ steps: module.forms[0]?.cannot ? steps.slice(0, 2) : steps }, both(PLAIN, mode.options)));
      await rig.waitFor(new RegExp(`^app: received ${rig.topic("loop")} ${loop}$`), 60_000);
      await rig.waitForMessage((m) => m.topic == rig.topic("loop"), 1000);
      await assertWorks(rig);
    });
  }
});

/**
 * The main job, on the built firmware: emulated module, real TLS, real broker, virtual time; in whatever pieces
 * the bytes come (behaviour 1).
 */
import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Rig, RigOptions } from "../../host/rig/rig.ts";
import { assertClean, assertWorks, both, commandsOf, endAll, forEachModule, online, ONLINE_MS, PLAIN, withApp } from "./device.ts";
import type { Module } from "./facts.ts";

forEachModule("the main job", (module) => {
  const tls = module.tlsSeen ? "TLS" : "TLS (inferred from its successor)";

  it(`goes from the power key to an acknowledged publish over verified ${tls}, and receives`, async () => {
    const rig = await online(module);
    await rig.waitForMessage((m) => m.topic == rig.topic("up") && m.qos == 1, 30_000);
    await assertWorks(rig);
    const secured = rig.events.filter((event) => event.ev == "tls");
    assert.ok(secured.length == 1 && secured[0]?.["authorized"] === true, "the module verified the broker's certificate");
    assertClean(rig);
  });

  it("knows who it is from the first connection on", async () => {
    const rig = await online(module, withApp({}));
    const line = rig.lines.find((one) => one.startsWith("app: device ")) ?? "";
    assert.match(line, new RegExp(`^app: device ${rig.imei} 89860025128306012474 460001234567890 \\S+ \\S+$`));
  });

  it("subscribes and publishes as the product says, with a last will", async () => {
    const will = { topic: "fleet/{imei}/gone", payload: "bye, all", qos: 1, retain: false };
    const rig = await online(module, { product: { cloud: { topicBase: "fleet/{imei}", keepaliveS: 60, will } } });
    await rig.waitForMessage((m) => m.topic == `fleet/${rig.imei}/up`, 30_000);
    rig.modem.control({ fault: "power-off" });
    await rig.waitForMessage((m) => m.topic == `fleet/${rig.imei}/gone` && m.payload.toString() == "bye, all", 30_000);
  });

  it("sends a heartbeat when the application is silent", async () => {
    const rig = await online(module, withApp({}, { product: { cloud: { keepaliveS: 60 } } }));
    for (let i = 0; i < 3; i++) await rig.waitForMessage((m) => m.topic == rig.topic("ping"), 70_000, rig.received.length);
  });

  it("says good-bye before it restarts: the will stays unsaid", async () => {
    const will = { topic: "gone", payload: "bye", qos: 1, retain: false };
    const rig = await online(module, { product: { cloud: { will } } });
    await rig.operator.publish(rig.topic("down"), "restart");
    await rig.waitFor(/off -> powering/, 30_000);
    await rig.waitFor(/-> online/, ONLINE_MS);
    assert.ok(!rig.received.some((m) => m.topic == "gone"));
  });
});

/** Everything that came of a session, in its order. */
async function session(module: Module, options: RigOptions): Promise<{ rig: Rig; outcome: object }> {
  const steps = [
    { subscribe: "~/loop" },
    ...["plain", '"\r\nOK\r\n> \x1b', "\0\xff\xe6\xb8\xa9", "m".repeat(700)].flatMap((text) => {
      const payload = Buffer.from(text, "latin1");
      const form = module.forms[0];
      return form?.cannot?.test(text) ? [] : [{ topic: "~/loop", publish: payload.toString("hex") }];
    }),
  ];
  const rig = await online(module, withApp({ steps }, options));
  await rig.waitFor(new RegExp(`^app: step ${steps.length - 1} ok`), 60_000);
  const ownMessage = `\r\n${module.message("devices/x/down", "OK")}\r\nRDY\r\n`;
  const long = Buffer.alloc(Math.min(1500, module.maxMessage), "> ");
  for (const payload of ["", "x", ownMessage, long]) await rig.operator.publish(rig.topic("down"), payload);
  await rig.waitFor((line) => line == `app: received ${rig.topic("down")} ${long.toString("hex")}`, 60_000);
  assertClean(rig);
  const outcome = {
    links: rig.lines.filter((line) => line.startsWith("link: ")),
    device: rig.lines.find((line) => line.startsWith("app: device ")),
    got: rig.lines.filter((line) => line.startsWith("app: received ")),
    published: rig.received.map((m) => `${m.topic} ${m.payload.toString("hex")}`),
    commands: commandsOf(rig).filter((command) => !/^AT($|\+(C[A-Z]*REG\?|CSQ|CPIN\?|CCLK\?))/.test(command)),
  };
  return { rig, outcome };
}

forEachModule("whatever the pieces", (module) => {
  let whole: object;

  before(async () => {
    whole = (await session(module, PLAIN)).outcome;
    await endAll();
  });

  for (const chunk of [1, 2, 3, 4, 5, 6, 7, 900]) {
    it(`of up to ${chunk} bytes, all is the same`, async () => {
      const { outcome } = await session(module, both(PLAIN, { modem: { chunk, seed: chunk } }));
      assert.deepEqual(outcome, whole);
    });
  }

  for (const seed of [1, 2, 3]) {
    it(`with noise between them (seed ${seed}), all is the same`, async () => {
      const { outcome } = await session(module, both(PLAIN, { modem: { chunk: seed, noise: true, seed } }));
      assert.deepEqual(outcome, whole);
    });
  }
});

/** Tokens that end: OneNET drops the device, which comes back with a new one. In virtual time, the platform's clock included. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createBench, type Bench, type BenchOptions } from "../../host/rig/rig.ts";

const ONLINE_MS = 120_000;
/** Until the device is back: a first attempt after at most 2.5 s, joined or attached as before. */
const BACK_MS = 20_000;
/** Unix seconds when the bench starts: certificates are issued by the PC's clock, and the module looks at their dates. */
const START_S = Math.floor(Date.now() / 1000);
const NETWORK = { network: { time: START_S, nitz: true } };

/** Over Wi-Fi nobody tells the time: the application does. */
const CLOCK = `exports.app = function (device) {
  device.setTime(${START_S});
  device.subscribe("~/down", 1, function (payload) { device.publish("~/up", "heard " + payload, { qos: 1 }); });
  return {};
};`;

const DEVICES: [string, BenchOptions][] = [
  ["an EC20", { modem: { model: "ec20", ...NETWORK } }],
  ["an Air780EP", { modem: { model: "air780ep", ...NETWORK } }],
  ["the board's Wi-Fi", { link: "wifi", modem: NETWORK, app: CLOCK }],
];

let bench: Bench;

afterEach(() => bench.close());

/** How often the broker let the device in. */
function connects(): number {
  return bench.brokerEvents.filter((event) => event.ev == "connect" && event.client != "operator").length;
}

async function start(options: BenchOptions, tokenMinutes: number, cloud: Record<string, unknown> = {}): Promise<void> {
  bench = await createBench({
    ...options,
    cloud: "onenet",
    virtualCloud: true,
    product: { cloud: { tokenMinutes, ...cloud } },
  });
  bench.board.boot();
  await bench.waitFor(/-> online/, ONLINE_MS);
}

describe("a token", () => {
  for (const [what, options] of DEVICES)
    for (const tokenMinutes of [1, 60])
      it(`of ${tokenMinutes} minutes is renewed at its end, over ${what}`, async () => {
        await start(options, tokenMinutes);
        let since = bench.clock.now();
        // A connection of less than a minute has not proved itself: after a few of them the link would wait longer.
        for (let i = 2; i <= (tokenMinutes > 1 ? 5 : 3); i++) {
          await bench.waitFor(/^error: connection-lost/, tokenMinutes * 60_000 + 1000);
          assert.ok(bench.clock.now() - since > tokenMinutes * 60_000 - 30_000, "not before its end");
          const lostAt = bench.clock.now();
          await bench.waitFor(/-> online/, BACK_MS);
          assert.ok(bench.clock.now() - lostAt < BACK_MS);
          since = bench.clock.now();
          assert.equal(connects(), i);
        }
        assert.deepEqual(
          bench.brokerEvents.filter((event) => event.ev == "refused"),
          [],
          "no old token was shown",
        );
        assert.ok(!bench.lines.some((line) => /credentials-refused/.test(line)));
        await bench.operator.publish(bench.topic("down"), "x");
        await bench.waitForMessage((message) => /heard x|"reply":"x"/.test(String(message.payload)), 60_000);
      });

  for (const [what, options] of DEVICES)
    it(`that still holds is used again after a loss, over ${what}`, async () => {
      await start(options, 60);
      await bench.advance(70_000);
      await bench.broker.kick();
      await bench.waitFor(/-> securing|-> connecting/, BACK_MS);
      await bench.waitFor(/-> online/, BACK_MS);
      // It ends when it would have ended without that loss.
      await bench.waitFor(/^error: connection-lost/, 60 * 60_000 - 70_000);
      await bench.waitFor(/-> online/, BACK_MS);
    });

  it("has no end while the clock is unknown, over Wi-Fi", async () => {
    await start({ link: "wifi", modem: NETWORK }, 1);
    await bench.advance(600_000);
    assert.equal(connects(), 1);
  });

  for (const signMethod of ["md5", "sha1", "sha256"])
    it(`signed with ${signMethod} and the product's key is accepted, over Wi-Fi`, async () => {
      await start({ link: "wifi", modem: NETWORK, app: CLOCK, auth: "product-key" }, 60, { signMethod });
      assert.equal(connects(), 1);
    });
});

/** Tokens that end: OneNET drops the device, which comes back with a new one. In virtual time, the platform's clock included. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createRig, type Rig, type RigOptions } from "../../host/rig/rig.ts";

const ONLINE_MS = 120_000;
/** Until the device is back: a first attempt after at most 2.5 s, joined or attached as before. */
const BACK_MS = 20_000;
/** Unix seconds when the rig starts: certificates are issued by the PC's clock, and the module looks at their dates. */
const START_S = Math.floor(Date.now() / 1000);
const NETWORK = { network: { time: START_S, nitz: true } };

/** Over Wi-Fi nobody tells the time: the application does. */
const CLOCK = `exports.app = function (device) {
  device.setTime(${START_S});
  device.subscribe("~/down", 1, function (payload) { device.publish("~/up", "heard " + payload, { qos: 1 }); });
  return {};
};`;

const DEVICES: [string, RigOptions][] = [
  ["an EC20", { modem: { model: "ec20", ...NETWORK } }],
  ["an Air780EP", { modem: { model: "air780ep", ...NETWORK } }],
  ["the board's Wi-Fi", { link: "wifi", modem: NETWORK, app: CLOCK }],
];

let rig: Rig;

afterEach(() => rig.close());

/** How often the broker let the device in. */
function connects(): number {
  return rig.brokerEvents.filter((event) => event.ev == "connect" && event.client != "operator").length;
}

async function start(options: RigOptions, tokenMinutes: number, cloud: Record<string, unknown> = {}): Promise<void> {
  rig = await createRig({
    ...options,
    cloud: "onenet",
    virtualCloud: true,
    product: { cloud: { tokenMinutes, ...cloud } },
  });
  rig.board.boot();
  await rig.waitFor(/-> online/, ONLINE_MS);
}

describe("a token", () => {
  for (const [what, options] of DEVICES)
    for (const tokenMinutes of [1, 60])
      it(`of ${tokenMinutes} minutes is renewed at its end, over ${what}`, async () => {
        await start(options, tokenMinutes);
        let since = rig.clock.now();
        // A connection of less than a minute has not proved itself: after a few of them the link would wait longer.
        for (let i = 2; i <= (tokenMinutes > 1 ? 5 : 3); i++) {
          await rig.waitFor(/^error: connection-lost/, tokenMinutes * 60_000 + 1000);
          assert.ok(rig.clock.now() - since > tokenMinutes * 60_000 - 30_000, "not before its end");
          const lostAt = rig.clock.now();
          await rig.waitFor(/-> online/, BACK_MS);
          assert.ok(rig.clock.now() - lostAt < BACK_MS);
          since = rig.clock.now();
          assert.equal(connects(), i);
        }
        assert.deepEqual(
          rig.brokerEvents.filter((event) => event.ev == "refused"),
          [],
          "no old token was shown",
        );
        assert.ok(!rig.lines.some((line) => /credentials-refused/.test(line)));
        await rig.operator.publish(rig.topic("down"), "x");
        await rig.waitForMessage((message) => /heard x|"reply":"x"/.test(String(message.payload)), 60_000);
      });

  for (const [what, options] of DEVICES)
    it(`that still holds is used again after a loss, over ${what}`, async () => {
      await start(options, 60);
      await rig.advance(70_000);
      await rig.broker.kick();
      await rig.waitFor(/-> securing|-> connecting/, BACK_MS);
      await rig.waitFor(/-> online/, BACK_MS);
      // It ends when it would have ended without that loss.
      await rig.waitFor(/^error: connection-lost/, 60 * 60_000 - 70_000);
      await rig.waitFor(/-> online/, BACK_MS);
    });

  it("has no end while the clock is unknown, over Wi-Fi", async () => {
    await start({ link: "wifi", modem: NETWORK }, 1);
    await rig.advance(600_000);
    assert.equal(connects(), 1);
  });

  for (const signMethod of ["md5", "sha1", "sha256"])
    it(`signed with ${signMethod} and the product's key is accepted, over Wi-Fi`, async () => {
      await start({ link: "wifi", modem: NETWORK, app: CLOCK, auth: "product-key" }, 60, { signMethod });
      assert.equal(connects(), 1);
    });
});

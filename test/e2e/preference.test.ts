/** Two ways to the network, one of them preferred: pulled away in turn, and what becomes of messages and sessions meanwhile. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { OPERATOR } from "../../host/broker/operator.ts";
import { createRig } from "../../host/rig/rig.ts";
import type { Rig, RigOptions } from "../../host/rig/rig.ts";

/** Publishes its count every 10 s, QoS 1. */
const COUNTER = `exports.app=function(d){
var n=0;
d.subscribe("~/down",1,function(p){d.log("heard "+p)});
d.every(10,function(){d.publish("~/up",""+(++n),{qos:1})});
return {};
};`;
const CLEAN = { cloud: { cleanSession: false } };

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function start(link: RigOptions["link"], options: RigOptions = {}): Promise<Rig> {
  rig = await createRig({
    ...{ link, app: COUNTER, product: CLEAN },
    ...options,
    modem: { network: { nitz: true }, ...options.modem },
  } as RigOptions);
  rig.board.boot();
  return rig;
}

/** Links in the order in which they went online: a 4G module that connects says so. */
function ways({ brokerEvents, events }: Rig): string {
  const module = events.filter(({ ev, code }) => ev == "connect" && !code).length;
  const all = brokerEvents.filter((event) => event.ev == "connect" && event.client != OPERATOR).length;
  return `${all - module} wifi, ${module} cellular`;
}

/** Never two sessions: a newer one would replace the older. */
function noneReplaced({ brokerEvents }: Rig): void {
  assert.deepEqual(
    brokerEvents.filter(({ ev }) => ev == "replaced"),
    [],
  );
}

/** Every count arrived, in order; one may have come twice. */
function noneMissing({ received }: Rig, atLeast: number): void {
  const counts = received.filter(({ topic }) => topic.endsWith("/up")).map(({ payload }) => Number(payload.toString()));
  const distinct = [...new Set(counts)];
  assert.deepEqual(
    distinct,
    distinct.map((_, i) => i + 1),
  );
  assert.ok(distinct.length >= atLeast, `${distinct.length} of ${atLeast}`);
}

describe("Wi-Fi preferred", () => {
  it("is used alone while it is there: the 4G module stays off", async () => {
    const it = await start(["wifi", "cellular"]);
    await it.waitFor(/-> online/, 30_000);
    await it.advance(600_000);
    assert.equal(ways(it), "1 wifi, 0 cellular");
    assert.equal(it.events.filter(({ ev }) => ev == "power").length, 0);
  });

  it("falls back to the 4G module, comes back, and loses no message on the way", async () => {
    const it = await start(["wifi", "cellular"]);
    await it.waitFor(/-> online/, 30_000);
    await it.advance(20_000);
    it.accessPoint.power(false);
    await it.waitFor(/error: connection-lost/, 5_000);
    await it.waitFor(/-> online/, 120_000);
    assert.equal(ways(it), "1 wifi, 1 cellular");
    await it.operator.publish(it.topic("down"), "on 4G");
    await it.waitFor(/heard on 4G/, 5_000);
    it.accessPoint.power(true);
    await it.waitFor(/-> powering \(preferred\)/, 320_000);
    await it.waitFor(/-> online/, 60_000);
    assert.equal(ways(it), "2 wifi, 1 cellular");
    await it.operator.publish(it.topic("down"), "on Wi-Fi");
    await it.waitFor(/heard on Wi-Fi/, 5_000);
    await it.advance(30_000);
    noneReplaced(it);
    noneMissing(it, 30);
  });

  it("is looked for without leaving the 4G module", async () => {
    const it = await start(["wifi", "cellular"]);
    it.accessPoint.power(false);
    await it.waitFor(/-> online/, 180_000);
    await it.advance(1_000_000);
    assert.equal(ways(it), "0 wifi, 1 cellular", "no network, so nothing was given up for it");
    assert.equal(it.brokerEvents.filter(({ ev }) => ev == "disconnect").length, 0);
  });

  it("keeps what a persistent session was sent while the device changed over", async () => {
    const it = await start(["wifi", "cellular"]);
    await it.waitFor(/-> online/, 30_000);
    it.accessPoint.power(false);
    await it.waitFor(/error: connection-lost/, 5_000);
    await it.operator.publish(it.topic("down"), "in between");
    await it.waitFor(/heard in between/, 120_000);
  });
});

describe("the 4G module preferred", () => {
  it("gives way to Wi-Fi when its SIM is gone", async () => {
    const it = await start(["cellular", "wifi"]);
    await it.waitFor(/-> online/, 60_000);
    assert.equal(ways(it), "0 wifi, 1 cellular");
    it.modem.control({ fault: "sim-removed" });
    it.modem.control({ fault: "reboot" });
    await it.waitFor(/-> online/, 400_000);
    assert.equal(ways(it), "1 wifi, 1 cellular");
    await it.advance(30_000);
    noneReplaced(it);
    noneMissing(it, 3);
  });
});

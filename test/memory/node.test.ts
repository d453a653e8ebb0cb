/**
 * Nothing accumulates: objects of the program in use, counted by the engine, before and after ten thousand
 * messages and a thousand connections.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { liveObjects } from "../../host/bench/live-objects.ts";
import { createRig } from "../../host/rig/rig.ts";
import type { Rig } from "../../host/rig/rig.ts";
import { VirtualClock } from "../../host/time/clock.ts";
import { ONLINE_MS } from "../conformance/device.ts";

const MESSAGES = 10_000;
const RECONNECTS = 1000;
/** What is in hand at one moment and not at another: the last command, its answer. */
const IN_HAND = 20;
/** On the wire, 50 bytes at 115,200 bit/s. */
const MESSAGE_MS = 5;
/** A connection that stands so long counts as proven: the ladder stays at its foot. */
const PROVEN_MS = 61_000;

/** Counts messages, and publishes each hundredth. */
const APP = `exports.app = function (device) {
  var heard = 0;
  device.subscribe("~/down", 1, function () {
    if (++heard % 100 == 0) device.publish("~/up", "heard " + heard, { qos: 1 });
  });
  return {};
};`;

describe("memory in Node", () => {
  let rig: Rig;

  before(async () => {
    rig = await createRig({ clock: new VirtualClock(16), app: APP, product: { cloud: { tls: null } } });
    rig.board.boot();
    await rig.waitFor(/-> online/, ONLINE_MS);
    await rig.advance(PROVEN_MS);
  });
  after(() => rig.close());

  it(`is flat over ${MESSAGES} messages`, { timeout: 300_000 }, async () => {
    const { timers, listeners, modules } = rig.board.info();
    const objects = liveObjects();
    for (let i = 0; i < MESSAGES; i++) {
      const payload = `message ${String(i).padStart(5, "0")}`;
      rig.say(`\r\n+QMTRECV: 0,0,"${rig.topic("down")}",${payload.length},"${payload}"\r\n`);
      await rig.advance(MESSAGE_MS);
    }
    await rig.waitForMessage((message) => String(message.payload) == `heard ${MESSAGES}`, 60_000);
    await rig.advance(PROVEN_MS);
    assert.ok(Math.abs(liveObjects() - objects) <= IN_HAND, `${objects} objects before, ${liveObjects()} after`);
    const now = rig.board.info();
    assert.deepEqual([now.timers, now.listeners, now.modules], [timers, listeners, modules]);
  });

  it(`is flat over ${RECONNECTS} connections`, { timeout: 300_000 }, async () => {
    const { timers, listeners, modules } = rig.board.info();
    const objects = liveObjects();
    for (let i = 0; i < RECONNECTS; i++) {
      await rig.broker.kick();
      await rig.waitFor(/-> online/, ONLINE_MS);
      await rig.advance(PROVEN_MS);
    }
    assert.ok(Math.abs(liveObjects() - objects) <= IN_HAND, `${objects} objects before, ${liveObjects()} after`);
    const now = rig.board.info();
    assert.deepEqual([now.timers, now.listeners, now.modules], [timers, listeners, modules]);
    assert.equal(rig.board.restarts, 0);
  });
});

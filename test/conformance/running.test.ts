/**
 * What goes wrong while the device is online: it says so by name, and comes back when it can (behaviour 13, and the
 * last items of what goes wrong).
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Rig } from "../../host/rig/rig.ts";
import { assertClean, assertError, assertWorks, forEachModule, online, RECOVERY_MS, withApp } from "./device.ts";
import { cutWire } from "./inject.ts";

const KEEPALIVE = { product: { cloud: { keepaliveS: 60 } } };
const TOLD_MS = 1000;
/** A heartbeat, half a one, and what a lost packet costs. */
const PROVEN_MS = 60_000 * 1.5 + 30_000;

interface Loss {
  what: string;
  error: string;
  causes: RegExp;
  /** The module tells it, so the device must not have to find out by itself. */
  isTold?: boolean;
  act(rig: Rig): Promise<void> | void;
  cure?(rig: Rig): Promise<void> | void;
}

const control = (message: object) => (rig: Rig) => rig.modem.control(message);
const restore = control({ fault: "restore" });

const LOSSES: Loss[] = [
  {
    what: "the broker cuts the connection",
    error: "connection-lost",
    causes: /check: signal, broker/,
    isTold: true,
    act: (rig) => rig.broker.kick(),
  },
  {
    what: "the broker restarts",
    error: "connection-lost",
    causes: /check: signal, broker/,
    isTold: true,
    act: (rig) => rig.broker.restart(),
  },
  {
    what: "the broker is away for a while",
    error: "connection-lost",
    causes: /check: signal, broker/,
    isTold: true,
    act: (rig) => rig.broker.stop(),
    cure: async (rig) => {
      await rig.waitFor(/error: connect-failed/, RECOVERY_MS);
      await rig.broker.start();
    },
  },
  {
    what: "the connection drops",
    error: "connection-lost",
    causes: /check: signal, broker/,
    isTold: true,
    act: control({ fault: "drop" }),
  },
  {
    what: "the network closes the data connection",
    error: "connection-lost",
    causes: /data connection/,
    isTold: true,
    act: control({ fault: "pdp-deact" }),
  },
  {
    what: "the network is lost",
    error: "connection-lost",
    causes: /check: signal, broker/,
    act: control({ set: "registration", state: "searching" }),
    cure: control({ set: "registration", state: "home" }),
  },
  {
    what: "publishes are dropped though the module says it is registered",
    error: "connection-lost",
    causes: /check: signal, broker/,
    act: control({ fault: "stall-publish" }),
    cure: restore,
  },
  {
    what: "the broker neither hears nor says anything",
    error: "connection-lost",
    causes: /check: signal, broker/,
    act: control({ fault: "hang" }),
    cure: restore,
  },
  { what: "the module restarts", error: "module-rebooted", causes: /2 A/, act: control({ fault: "reboot" }) },
  { what: "the supply fails for a moment", error: "module-rebooted", causes: /2 A/, act: control({ fault: "power-cycle" }) },
];

/** What is known first is that nothing is acknowledged; that the module is silent shows when it is asked. The power key brings it back. */
const SILENCES: Loss[] = [
  { what: "the module falls silent", error: "module-silent", causes: /supply, power key/, act: control({ fault: "silent" }) },
  { what: "the module is off", error: "module-silent", causes: /supply, power key/, act: control({ fault: "power-off" }) },
];

forEachModule("online", (module) => {
  for (const { what, error, causes, isTold, act, cure } of LOSSES) {
    it(`${what}: ${error}, and back`, async () => {
      const rig = await online(module, withApp({}, KEEPALIVE));
      await rig.advance(70_000);
      await act(rig);
      await assertError(rig, error, causes, isTold ? TOLD_MS : PROVEN_MS);
      await cure?.(rig);
      await rig.waitFor(/-> online/, RECOVERY_MS);
      await assertWorks(rig);
      assertClean(rig);
    });
  }

  for (const { what, error, causes, act } of SILENCES) {
    it(`${what}: ${error}, and back through its power key`, async () => {
      const rig = await online(module, withApp({}, KEEPALIVE));
      await act(rig);
      await rig.waitFor(/^error: (connection-lost|module-silent): /, PROVEN_MS);
      await assertError(rig, error, causes);
      await rig.waitFor(/-> online/, RECOVERY_MS);
      await assertWorks(rig);
      assertClean(rig);
    });
  }

  it("the module says that it switches itself off: module-silent, and back through its power key", async () => {
    const rig = await online(module, withApp({}, KEEPALIVE));
    rig.say(`\r\n${module.goodBye}\r\n`);
    rig.modem.control({ fault: "power-off" });
    await assertError(rig, "module-silent", /switched itself off/, 1000);
    await rig.waitFor(/-> online/, RECOVERY_MS);
    await assertWorks(rig);
  });

  it("the SIM is pulled out: told, and back with it", async () => {
    const rig = await online(module, withApp({}, KEEPALIVE));
    rig.modem.control({ fault: "sim-removed" });
    await rig.waitFor(/^error: /, PROVEN_MS);
    await rig.waitFor(/^error: sim-missing: /, RECOVERY_MS);
    rig.modem.control({ set: "sim", state: "ready" });
    await rig.waitFor(/-> online/, RECOVERY_MS);
    await assertWorks(rig);
  });

  it("the module is silent for good: it is told again and again, ever less often, and up to a restart of the board", async () => {
    const rig = await online(module, withApp({}, KEEPALIVE));
    const mend = cutWire(rig);
    await rig.waitFor(/\(start\)$/, 2 * 3_600_000);
    const [first = "", ...told] = rig.lines.filter((line) => line.startsWith("error: "));
    assert.match(first, /^error: (connection-lost|module-silent): /);
    const other = told.filter((line) => !line.startsWith("error: module-silent: "));
    assert.deepEqual(other, []);
    const delays = rig.lines.map((line) => Number(/^link: next attempt in ([\d.]+) s/.exec(line)?.[1])).filter((delay) => delay > 0);
    assert.ok(delays.length >= 10, String(delays.length));
    assert.ok(Math.max(...delays) <= 375 && Math.max(...delays) >= 225, `${Math.max(...delays)} s`);
    for (const rung of ["reset", "power", "board"])
      assert.ok(
        rig.lines.some((line) => line.endsWith(`s (${rung})`)),
        rung,
      );
    assert.equal(rig.board.restarts, 1);
    await rig.advance(100);
    assert.equal(rig.board.info().listeners["Serial1"], 1);
    mend();
    await rig.waitFor(/-> online/, RECOVERY_MS);
    await assertWorks(rig);
  });

  it("a message that waits for its acknowledgement when the connection is lost arrives after it", async () => {
    const steps = [{ topic: "~/up", publish: Buffer.from("sent twice if need be").toString("hex") }];
    const rig = await online(module, withApp({ steps }));
    rig.modem.control({ fault: "drop" });
    await rig.waitFor(/-> online/, RECOVERY_MS);
    await rig.waitFor(/^app: step 0 ok/, RECOVERY_MS);
    await rig.waitForMessage((m) => m.payload.toString() == "sent twice if need be", 1000);
  });
});

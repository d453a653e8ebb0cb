/**
 * The module restarts, loses its connection, its bearer or its voice at each command of the way up and of the steady state (behaviour 10):
 * what is in flight fails by name, the way up starts again, and subscriptions return.
 */
import assert from "node:assert/strict";
import { before, it } from "node:test";
import type { Rig } from "../../host/rig/rig.ts";
import {
  assertClean,
  endAll,
  forEachModule,
  LEAST_MOMENTS,
  momentsOf,
  onCommand,
  online,
  RECOVERY_MS,
  startRig,
  withApp,
  type Moment,
} from "./device.ts";
import { cutWire } from "./inject.ts";
import type { TwoStage } from "./facts.ts";

const OPTIONS = withApp({ steps: [{ subscribe: "~/loop" }, { topic: "~/loop", publish: "4f4b" }] });
const LOOPED = /^app: received \S+\/loop 4f4b$/;
/** The board hears nothing for so long, virtual milliseconds. */
const DEAF_MS = 200_000;

forEachModule("at every step", (module) => {
  let moments: Moment[];

  before(async () => {
    const rig = await online(module, OPTIONS);
    await rig.waitFor(LOOPED, 10_000);
    moments = momentsOf(rig);
    await endAll();
    assert.ok(moments.length >= LEAST_MOMENTS);
  });

  /** Boots, does `act` at a command, and wants messages both ways in the end. */
  async function survives({ at, command }: Moment, act: (rig: Rig) => void): Promise<Rig> {
    const rig = await startRig(module, OPTIONS);
    onCommand(rig, (number) => {
      if (number == at) act(rig);
    });
    rig.board.boot();
    try {
      await rig.waitFor(LOOPED, RECOVERY_MS);
    } catch (error) {
      throw new Error(`after trouble at command ${at}, ${command}: ${(error as Error).message}`);
    }
    assert.equal(rig.board.info().listeners["Serial1"], 1, "one listener, however often the link came up");
    assertClean(rig);
    return rig;
  }

  interface When {
    /** The first command that meets the trouble; default: the first of all. */
    from?: RegExp;
    /** Every so many commands. */
    every?: number;
    check?(rig: Rig): void;
  }

  async function survivesEverywhere(act: (rig: Rig) => void, { from = /^/, every = 1, check }: When = {}): Promise<void> {
    const first = moments.findIndex(({ command }) => from.test(command));
    assert.ok(first >= 0);
    for (let i = first; i < moments.length; i += every) {
      const rig = await survives(moments[i] as Moment, act);
      check?.(rig);
      await endAll();
    }
  }

  const control = (message: object) => (rig: Rig) => rig.modem.control(message);
  /** Before it nothing is connected. */
  const opening = (module.twoStage[0] as TwoStage).command;

  it("the module may restart: told as module-rebooted, and set up from the start", () =>
    survivesEverywhere(control({ fault: "reboot" }), {
      check: (rig) => {
        const errors = rig.lines.filter((line) => line.startsWith("error: ")).map((line) => line.split(": ")[1]);
        // While it is being switched on, a restart is nothing that failed; of a module that is not quite ready, silence may be heard first.
        assert.ok(
          errors.every((error) => error == "module-rebooted" || error == "module-silent"),
          errors.join(" "),
        );
      },
    }));

  it("the connection may drop", () => survivesEverywhere(control({ fault: "drop" }), { from: opening }));

  it("the network may take the bearer away", () => survivesEverywhere(control({ fault: "pdp-deact" }), { from: opening }));

  it("the network may be lost for minutes", () =>
    survivesEverywhere(
      (rig) => {
        rig.modem.control({ set: "registration", state: "searching" });
        rig.clock.setTimeout(() => rig.modem.control({ set: "registration", state: "home" }), DEAF_MS);
      },
      { from: opening, every: 2 },
    ));

  it("the supply may be cut for a moment", () => survivesEverywhere(control({ fault: "power-cycle" }), { every: 4 }));

  it("the module may fall silent until its power key is pressed", () => survivesEverywhere(control({ fault: "silent" }), { every: 5 }));

  it("the wire may be cut, and mended later", () =>
    survivesEverywhere((rig) => void rig.clock.setTimeout(cutWire(rig), DEAF_MS), { every: 5 }));
});

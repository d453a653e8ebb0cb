/** The SIM card (EC2x AT manual V2.0, chapter 5). */
import { AtError, ok, okThen, type CommandTable, type Reply } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import type { Bringup } from "./bringup.ts";
import type { Ec20State } from "./state.ts";

const NOT_INSERTED = 10;
const PIN_REQUIRED = 11;
const PUK_REQUIRED = 12;
const SIM_FAILURE = 13;
const SIM_BUSY = 14;
const WRONG_PASSWORD = 16;
const NOT_ALLOWED = 3;

export function simCommands(core: Core, state: Ec20State, bringup: Bringup): CommandTable {
  const { sim } = core;

  /** Whether the card can be asked at all. */
  function answers(): void {
    if (state.session.cfun === 0) throw new AtError(SIM_FAILURE);
    if (!state.session.simUp) throw new AtError(SIM_BUSY);
    if (sim.state === "missing") throw new AtError(NOT_INSERTED);
  }

  function open(): void {
    answers();
    if (sim.state === "pin") throw new AtError(PIN_REQUIRED);
    if (sim.state === "puk") throw new AtError(PUK_REQUIRED);
  }

  return {
    "+CPIN": {
      test: () => [],
      read(): Reply {
        answers();
        return ok(`+CPIN: ${{ ready: "READY", pin: "SIM PIN", puk: "SIM PUK", missing: "" }[sim.state]}`);
      },
      write({ args }): Reply {
        answers();
        args.expect(1, 2);
        if (sim.state === "ready") throw new AtError(NOT_ALLOWED);
        if (sim.state === "puk" && args.count < 2) throw new AtError(PUK_REQUIRED);
        const opened = sim.state === "puk" ? sim.enterPuk(args.word(0), args.word(1)) : sim.enterPin(args.word(0));
        core.emit({ ev: "pin", accepted: opened });
        if (!opened) throw new AtError(WRONG_PASSWORD);
        return okThen(() => bringup.cardReady());
      },
    },
    "+CIMI": {
      run() {
        open();
        return ok(sim.imsi);
      },
    },
    "+QCCID": {
      run() {
        answers();
        return ok(`+QCCID: ${sim.iccid}`);
      },
    },
  };
}

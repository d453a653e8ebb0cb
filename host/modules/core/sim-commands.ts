/** What every module asks its SIM card for (3GPP TS 27.007, 5.1 and 8.3). */
import { AtError, ok, okThen, type CommandTable, type Reply } from "./command.ts";
import type { Core } from "./core.ts";

/** +CME ERROR */
const NOT_ALLOWED = 3;
const NOT_INSERTED = 10;
const PIN_REQUIRED = 11;
const PUK_REQUIRED = 12;
const SIM_FAILURE = 13;
const SIM_BUSY = 14;
const WRONG_PASSWORD = 16;

export interface SimWorld {
  /** `failure`: the card has no power; `busy`: it has not answered yet. */
  card(): "answers" | "busy" | "failure";
  /** The card opened, by PIN or PUK. */
  opened(): void;
}

export interface SimCommands {
  commands: CommandTable;
  /** Throws when the card cannot be asked at all. */
  answers(): void;
}

export function simCommands(core: Core, world: SimWorld): SimCommands {
  const { sim } = core;

  function answers(): void {
    const card = world.card();
    if (card !== "answers") throw new AtError(card === "busy" ? SIM_BUSY : SIM_FAILURE);
    if (sim.state === "missing") throw new AtError(NOT_INSERTED);
  }

  const commands: CommandTable = {
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
        return okThen(() => world.opened());
      },
    },
    "+CIMI": {
      run() {
        answers();
        if (sim.state === "pin") throw new AtError(PIN_REQUIRED);
        if (sim.state === "puk") throw new AtError(PUK_REQUIRED);
        return ok(sim.imsi);
      },
    },
  };
  return { commands, answers };
}

/** The module's own firmware over the air (Luat AT manual V1.6.3, UPGRADE): there is no server, so every attempt fails. */
import { AtError, ok, okThen, type CommandTable } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import * as LATENCY from "./latency.ts";
import type { LuatState } from "./state.ts";

const UNREACHABLE = -1002;
const TEXT_CHARACTERS = 256;
/** Of PERIOD, seconds. */
const DAY_S = 86_400;

export interface Fota {
  commands: CommandTable;
  /** The module looks for new firmware some time after the data connection is there. */
  bearerUp(): void;
}

export function makeFota(core: Core, state: LuatState): Fota {
  const kept: Record<string, string> = { URL: "", KEY: "", PERIOD: String(DAY_S) };
  let cancel = (): void => {};

  function tellProgress(percentOrError: number): void {
    core.port.urc(`+UPGRADEIND: ${percentOrError}`);
  }

  function fail(): void {
    cancel = core.timers.after(core.latency(LATENCY.UPGRADE_FAILS), () => tellProgress(UNREACHABLE));
  }

  const commands: CommandTable = {
    "+UPGRADE": {
      read: () => ok("+UPGRADE: 0"),
      run: () => okThen(fail),
      write({ args }) {
        const tag = args.anyText(0, TEXT_CHARACTERS).toUpperCase();
        if (tag === "AUTO") {
          if (!args.has(1)) return ok(`+UPGRADE: "AUTO",${state.flash.autoUpgrade ? 1 : 0}`);
          state.flash.autoUpgrade = args.int(1, 0, 1) === 1;
          if (!state.flash.autoUpgrade) cancel();
          return ok();
        }
        if (!(tag in kept)) throw new AtError();
        if (!args.has(1)) return ok(`+UPGRADE: "${tag}",${kept[tag]}`);
        kept[tag] = args.anyText(1, TEXT_CHARACTERS);
        return ok();
      },
    },
  };

  return {
    commands,
    bearerUp() {
      if (!core.settings.quirks.fotaNoise || !state.flash.autoUpgrade) return;
      cancel();
      cancel = core.timers.after(core.latency(LATENCY.UPGRADE_STARTS), () => {
        tellProgress(0);
        fail();
      });
    },
  };
}

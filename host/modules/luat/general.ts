/** Commands about the module and its card: identity, restart, power (Luat AT manual V1.6.3, chapters 2 to 5). */
import { basicCommands } from "../core/basic-commands.ts";
import { AtError, ok, okThen, type CommandTable, type Reply } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import { simCommands } from "../core/sim-commands.ts";
import type { Bringup } from "./bringup.ts";
import * as LATENCY from "./latency.ts";
import type { LuatState } from "./state.ts";
import type { Traits } from "./traits.ts";

const MANUFACTURER = "AirM2M";
const BAUDS = [600, 1200, 2400, 4800, 9600, 14_400, 19_200, 28_800, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600];
/** CFUN=0 and 4 take no longer than any other command. */
const FULL = 1;

export interface GeneralWorld {
  bringup: Bringup;
  /** The next shutdown says nothing. */
  silence(): void;
}

export function generalCommands(core: Core, state: LuatState, traits: Traits, { bringup, silence }: GeneralWorld): CommandTable {
  const { power, uart, settings } = core;
  const { vendorBuild, iccidFirstFails } = settings.quirks;
  const sim = simCommands(core, {
    card: () => (state.session.cfun === 0 ? "failure" : state.session.simUp ? "answers" : "busy"),
    opened: () => bringup.cardReady(),
  });

  const firmware = (): Reply => ok(traits.firmware);
  const imei = (): Reply => ok(vendorBuild ? `"${settings.imei}"` : settings.imei);

  function iccid(prefix: string): Reply {
    sim.answers();
    const first = !state.session.iccidAsked;
    state.session.iccidAsked = true;
    if (first && iccidFirstFails) throw new AtError();
    return ok(`${prefix}${core.sim.iccid}`);
  }

  function powerDown(mode: number): Reply {
    if (mode === 0) silence();
    // NORMAL POWER DOWN is the final result; with 0 there is none.
    return { ...okThen(() => uart.whenDrained(() => power.shutDown())), result: null };
  }

  return {
    ...basicCommands(core, {
      flash: state.flash,
      session: () => state.session,
      bauds: traits.autobaud ? [0, ...BAUDS] : BAUDS,
      cfunLatency: (fun) => (fun === FULL ? LATENCY.CFUN_ON : LATENCY.SIMPLE),
      setFunction: (fun) => bringup.setFunction(fun),
    }),
    ...sim.commands,
    I: { run: firmware },
    "+VER": { run: firmware },
    "+CGMI": { run: () => ok(`+CGMI: "${MANUFACTURER}"`) },
    "+CGMM": { run: () => ok(`+CGMM: "${traits.name}"`) },
    "+CGMR": { run: () => ok(`+CGMR: "${traits.firmware}"`) },
    "+CGSN": { run: imei },
    "+GSN": { run: imei },
    "+ICCID": { run: () => iccid(vendorBuild ? "+ICCID:" : "+ICCID: ") },
    "+CCID": { run: () => iccid("") },
    "+RESET": { run: () => okThen(() => uart.whenDrained(() => power.reboot())) },
    "+CPOWD": {
      test: () => ["+CPOWD: (0,1)"],
      write: ({ args }) => powerDown(args.int(0, 0, 1)),
    },
  };
}

/** Signal, registration, attach (EC2x AT manual V2.0, chapters 6 and 9). */
import { AtError, ok, okThen, type Command, type CommandTable } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import { STAT } from "../core/radio.ts";
import * as LATENCY from "./latency.ts";
import type { Ec20State } from "./state.ts";

/** Where the module is registered: tracking area and cell, hexadecimal; access technology 7 is LTE. */
const TAC = "D509";
const CELL = "80D413D";
const LTE = 7;
/** `<format>` of COPS. */
const LONG = 0;
const NUMERIC = 2;
/** +CME ERROR */
const NO_SERVICE = 30;

const REGISTRATIONS = ["+CREG", "+CGREG", "+CEREG"];

export interface NetworkCommands {
  commands: CommandTable;
  /** URCs for a registration that changed. */
  report(): void;
}

export function networkCommands(core: Core, state: Ec20State): NetworkCommands {
  const { radio, settings } = core;

  /** `<stat>[,"<tac>","<ci>",<act>]`: the place is told when `<n>` is 2 and there is one. */
  function status(name: string): string {
    const stat = STAT[radio.registration];
    return state.session.reporting[name] === 2 && radio.registered ? `${stat},"${TAC}","${CELL}",${LTE}` : `${stat}`;
  }

  function registration(name: string): Command {
    return {
      test: () => [`${name}: (0-2)`],
      read: () => ok(`${name}: ${state.session.reporting[name]},${status(name)}`),
      write({ args }) {
        state.session.reporting[name] = args.int(0, 0, 2);
        return ok();
      },
    };
  }

  function operator(): string {
    if (!radio.registered) return "+COPS: 0";
    const format = state.session.copsFormat;
    return `+COPS: 0,${format},"${format === NUMERIC ? settings.network.plmn : settings.network.operator}",${LTE}`;
  }

  const commands: CommandTable = {
    ...Object.fromEntries(REGISTRATIONS.map((name) => [name, registration(name)])),
    "+CSQ": {
      test: () => ["+CSQ: (0-31,99),(0-7,99)"],
      run: () => ok(`+CSQ: ${radio.rssi},99`),
    },
    "+COPS": {
      test: () => [
        `+COPS: (2,"${settings.network.operator}","${settings.network.operator}","${settings.network.plmn}",${LTE}),,(0-4),(0-2)`,
      ],
      testLatency: LATENCY.COPS_SCAN,
      read: () => ok(operator()),
      write({ args }) {
        const mode = args.int(0, 0, 4);
        if (mode === 3) state.session.copsFormat = args.int(1, LONG, NUMERIC);
        return ok();
      },
    },
    "+QNWINFO": { run: () => ok(`+QNWINFO: ${radio.registered ? settings.network.cell : "No Service"}`) },
    "+CGATT": {
      test: () => ["+CGATT: (0,1)"],
      read: () => ok(`+CGATT: ${radio.attached ? 1 : 0}`),
      write({ args }) {
        if (args.int(0, 0, 1) === 0) return okThen(() => radio.detach());
        if (!radio.registered) throw new AtError(NO_SERVICE);
        return okThen(() => void (radio.attached = true));
      },
    },
  };
  return {
    commands,
    report() {
      for (const name of REGISTRATIONS) if (state.session.reporting[name] !== 0) core.port.urc(`${name}: ${status(name)}`);
    },
  };
}

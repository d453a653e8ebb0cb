/** Signal, registration, attach (3GPP TS 27.007, 7.2, 7.3, 8.5, 10.1). */
import { AtError, ok, okThen, type Command, type CommandTable } from "./command.ts";
import type { Core } from "./core.ts";
import { STAT } from "./radio.ts";
import type { Latency } from "./random.ts";

/** Access technology of a cell: E-UTRAN. */
const LTE = 7;
/** `<format>` of COPS. */
const LONG = 0;
const NUMERIC = 2;
/** +CME ERROR */
const NO_SERVICE = 30;

export interface NetworkSession {
  /** `<n>` of +CREG, +CGREG, +CEREG. */
  reporting: Record<string, number>;
  copsFormat: number;
}

export function newNetworkSession(): NetworkSession {
  return { reporting: { "+CREG": 0, "+CGREG": 0, "+CEREG": 0 }, copsFormat: 0 };
}

/** A command about registration: its highest `<n>`, and whether it tells the access technology. */
export interface RegistrationCommand {
  max: number;
  /** The answer to its test form, behind the prefix. */
  test: string;
  act: boolean;
}

export interface NetworkWorld {
  /** Replaced at every start. */
  session(): NetworkSession;
  registrations: Record<"+CREG" | "+CGREG" | "+CEREG", RegistrationCommand>;
  scan: Latency;
  /** CGATT=1 attached the module. */
  attached(): void;
}

export interface NetworkCommands {
  commands: CommandTable;
  /** URCs for a registration that changed. */
  report(): void;
}

export function networkCommands(core: Core, world: NetworkWorld): NetworkCommands {
  const { radio, settings } = core;
  const registrations = Object.entries(world.registrations);

  /** `<stat>[,"<tac>","<ci>"[,<act>]]`: the place is told when `<n>` is 2 or more and there is one. */
  function status(name: string, { act }: RegistrationCommand): string {
    const stat = STAT[radio.registration];
    const [tac, cell] = settings.network.place;
    const told = (world.session().reporting[name] as number) >= 2 && radio.registered;
    return told ? `${stat},"${tac}","${cell}"${act ? `,${LTE}` : ""}` : `${stat}`;
  }

  function registration([name, how]: [string, RegistrationCommand]): [string, Command] {
    const command: Command = {
      test: () => [`${name}: ${how.test}`],
      read: () => ok(`${name}: ${world.session().reporting[name]},${status(name, how)}`),
      write({ args }) {
        world.session().reporting[name] = args.int(0, 0, how.max);
        return ok();
      },
    };
    return [name, command];
  }

  function operator(): string {
    if (!radio.registered) return "+COPS: 0";
    const format = world.session().copsFormat;
    return `+COPS: 0,${format},"${format === NUMERIC ? settings.network.plmn : settings.network.operator}",${LTE}`;
  }

  const commands: CommandTable = {
    ...Object.fromEntries(registrations.map(registration)),
    "+CSQ": {
      test: () => ["+CSQ: (0-31,99),(0-7,99)"],
      run: () => ok(`+CSQ: ${radio.rssi},99`),
    },
    "+COPS": {
      test: () => [
        `+COPS: (2,"${settings.network.operator}","${settings.network.operator}","${settings.network.plmn}",${LTE}),,(0-4),(0-2)`,
      ],
      testLatency: world.scan,
      read: () => ok(operator()),
      write({ args }) {
        const mode = args.int(0, 0, 4);
        if (mode === 3) world.session().copsFormat = args.int(1, LONG, NUMERIC);
        return ok();
      },
    },
    "+CGATT": {
      test: () => ["+CGATT: (0,1)"],
      read: () => ok(`+CGATT: ${radio.attached ? 1 : 0}`),
      write({ args }) {
        if (args.int(0, 0, 1) === 0) return okThen(() => radio.detach());
        if (!radio.registered) throw new AtError(NO_SERVICE);
        return okThen(() => {
          radio.attached = true;
          world.attached();
        });
      },
    },
  };
  return {
    commands,
    report() {
      for (const [name, how] of registrations) if (world.session().reporting[name] !== 0) core.port.urc(`${name}: ${status(name, how)}`);
    },
  };
}

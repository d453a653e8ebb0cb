/** What an Air module remembers: in flash, and until it restarts. */
import { newBasicSession, type BasicFlash, type BasicSession } from "../core/basic-commands.ts";
import { ok, type Command, type CommandTable } from "../core/command.ts";
import { newNetworkSession, type NetworkSession } from "../core/network-commands.ts";
import type { Quirks } from "../options.ts";
import type { Traits } from "./traits.ts";

/** Survives everything. */
export interface Flash extends BasicFlash {
  /** The search for new firmware (UPGRADE="AUTO"): on unless switched off. */
  autoUpgrade: boolean;
}

/** Commands that keep one number, and the highest it may be. */
const SETTINGS = {
  "+CFGRI": 1,
  "+CFGRISAVE": 1,
  "+CIPMUX": 1,
  "+CSCLK": 3,
  "+CSDT": 1,
  "+CTZR": 1,
  "+CTZU": 1,
  "+FSREADHEAD": 1,
  "+MQTTMODE": 1,
  "+MQTTMSGSET": 1,
  "+WAKETIM": 65,
} as const;
export type SettingName = keyof typeof SETTINGS;

/** Until the next start. */
export interface Session extends BasicSession, NetworkSession {
  /** Whether the card has answered. */
  simUp: boolean;
  /** Whether ICCID was asked for since the start. */
  iccidAsked: boolean;
  settings: Record<SettingName, number>;
}

/** What the command groups share. `session` is replaced at every start. */
export interface LuatState {
  flash: Flash;
  session: Session;
}

export function factoryFlash({ autobaud }: Traits): Flash {
  // Numeric errors come without any CMEE command.
  return { echo: true, cmee: 1, baud: autobaud ? 0 : 115_200, autoUpgrade: true };
}

export function newSession(flash: Flash, traits: Traits, { messageMode }: Quirks): Session {
  return {
    ...newBasicSession(flash),
    ...newNetworkSession(),
    simUp: false,
    iccidAsked: false,
    settings: {
      "+CFGRI": 0,
      "+CFGRISAVE": 0,
      "+CIPMUX": 0,
      "+CSCLK": 0,
      "+CSDT": 0,
      "+CTZR": traits.tellsTime ? 1 : 0,
      "+CTZU": 1,
      "+FSREADHEAD": 0,
      "+MQTTMODE": 0,
      "+MQTTMSGSET": messageMode === "cached" ? 1 : 0,
      "+WAKETIM": 1,
    },
  };
}

/** All commands that keep one number. */
export function settingCommands(state: LuatState, { fsReadHead }: Quirks): CommandTable {
  const names = (Object.keys(SETTINGS) as SettingName[]).filter((name) => name !== "+FSREADHEAD" || fsReadHead);
  return Object.fromEntries(
    names.map((name): [string, Command] => [
      name,
      {
        test: () => [`${name}: (0-${SETTINGS[name]})`],
        read: () => ok(`${name}: ${state.session.settings[name]}`),
        write({ args }) {
          state.session.settings[name] = args.int(0, 0, SETTINGS[name]);
          return ok();
        },
      },
    ]),
  );
}

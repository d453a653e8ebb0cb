/** Bearers of HTTP, FTP and NTP, apart from those of CIICR (Luat AT manual V1.6.3, SAPBR). */
import { AtError, ok, type Args, type CommandTable, type Reply } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import { CME } from "./errors.ts";

export const MAX_CID = 3;
const TEXT_CHARACTERS = 128;
/** `<cmd_type>` */
const CLOSE = 0;
const OPEN = 1;
const QUERY = 2;
const SET = 3;
const GET = 4;
/** `<status>` */
const CONNECTED = 1;
const CLOSED = 3;

export interface Bearers {
  commands: CommandTable;
  isOpen(cid: number): boolean;
  /** The data connection is gone: open bearers are told as lost. */
  lost(): void;
  reset(): void;
}

interface Profile {
  open: boolean;
  parameters: Record<string, string>;
}

export function bearerProfiles(core: Core): Bearers {
  const { settings, radio, port } = core;
  let profiles: Profile[] = [];

  function profile(cid: number): Profile {
    return (profiles[cid] ??= { open: false, parameters: { CONTYPE: "GPRS", APN: "", USER: "", PWD: "" } });
  }

  /** Opening twice is no mistake. */
  function open(one: Profile): Reply {
    const { apn } = settings.network;
    const wanted = one.parameters.APN;
    if (!radio.attached || (apn !== null && wanted !== "" && wanted !== apn)) throw new AtError(CME.notAllowed);
    one.open = true;
    return ok();
  }

  function close(one: Profile): Reply {
    if (!one.open) throw new AtError(CME.notAllowed);
    one.open = false;
    return ok();
  }

  function set(one: Profile, args: Args): Reply {
    const tag = args.anyText(2, TEXT_CHARACTERS).toUpperCase();
    if (!Object.hasOwn(one.parameters, tag)) throw new AtError(CME.badParameter);
    one.parameters[tag] = args.anyText(3, TEXT_CHARACTERS, "");
    return ok();
  }

  const commands: CommandTable = {
    "+SAPBR": {
      test: () => [`+SAPBR: (${CLOSE}-${GET}),(1-${MAX_CID}),"ConParamTag","ConParamValue"`],
      write({ args }) {
        const [type, cid] = [args.int(0, CLOSE, GET), args.int(1, 1, MAX_CID)];
        const one = profile(cid);
        if (type === OPEN) return open(one);
        if (type === CLOSE) return close(one);
        if (type === QUERY)
          return ok(`+SAPBR: ${cid},${one.open ? CONNECTED : CLOSED},"${one.open ? settings.network.address : "0.0.0.0"}"`);
        if (type === SET) return set(one, args);
        return ok(...Object.entries(one.parameters).map(([tag, value]) => `${tag}: ${tag === "PWD" ? "" : value}`));
      },
    },
  };

  return {
    commands,
    isOpen: (cid) => profile(cid).open,
    lost() {
      for (const [cid, one] of profiles.entries()) {
        if (!one?.open) continue;
        one.open = false;
        port.urc(`+SAPBR ${cid}: DEACT`);
      }
    },
    reset: () => void (profiles = []),
  };
}

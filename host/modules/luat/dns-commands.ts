/** Name service (Luat AT manual V1.6.3, CDNSGIP and CDNSCFG). */
import { lookup } from "node:dns";
import { isIP } from "node:net";
import { ok, okThen, type CommandTable } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import { Late } from "../core/late.ts";
import { locate } from "../net/connect.ts";
import { CONNECT_GUARD_MS, holdClock } from "../net/hold.ts";
import * as LATENCY from "./latency.ts";

const NAME_CHARACTERS = 128;
/** What CDNSGIP tells when there is no answer; the manual has 10 to 15 without saying which is which. */
const NO_SUCH_NAME = 10;

export interface DnsCommands {
  commands: CommandTable;
  reset(): void;
}

export function dnsCommands(core: Core, online: () => boolean): DnsCommands {
  let servers: readonly [string, string] | null = null;
  const late = new Late(core);

  function find(name: string, startedAt: number): void {
    const release = holdClock(core.clock, CONNECT_GUARD_MS);
    const say = (text: string): void => late.at(startedAt, LATENCY.LOOK_UP, () => core.port.urc(text));
    let answer: string | null = null;
    const tell = late.bound(() => say(answer === null ? `+CDNSGIP: 0,${NO_SUCH_NAME}` : `+CDNSGIP: 1,"${name}","${answer}"`));
    const found = (address: string | null): void => {
      release();
      answer = address;
      tell();
    };
    if (!online()) return found(null);
    locate({ host: name, port: 0 }, core.resolve, (place) => {
      if (place === "dns-failed") found(null);
      else if (isIP(place.host)) found(place.host);
      else lookup(place.host, { family: 4 }, (error, address) => found(error ? null : address));
    });
  }

  const commands: CommandTable = {
    "+CDNSGIP": {
      test: () => [],
      write({ args, startedAt }) {
        const name = args.anyText(0, NAME_CHARACTERS);
        return okThen(() => find(name, startedAt));
      },
    },
    "+CDNSCFG": {
      test: () => [],
      read() {
        const [first, second] = servers ?? core.settings.network.dns;
        return ok(`PrimaryDns: ${first}`, `SecondaryDns: ${second}`);
      },
      write({ args }) {
        servers = [args.anyText(0, 45), args.anyText(1, 45, "")];
        return ok();
      },
    },
  };
  return {
    commands,
    reset() {
      servers = null;
      late.reset();
    },
  };
}

/** Definition and addresses of packet data contexts (3GPP TS 27.007, 10.1.1 and 10.1.14). */
import { AtError, ok, type CommandTable } from "./command.ts";
import type { Core } from "./core.ts";
import type { Context } from "./radio.ts";

export const CONTEXT_TYPES: readonly Context["type"][] = ["IP", "IPV6", "IPV4V6"];

export interface ContextWorld {
  maxCid: number;
  /** The context that comes with the registration. */
  defaultCid: number;
}

export interface ContextCommands {
  commands: CommandTable;
  hasAddress(cid: number): boolean;
}

export function contextCommands({ radio, settings }: Core, { maxCid, defaultCid }: ContextWorld): ContextCommands {
  function hasAddress(cid: number): boolean {
    return radio.isActive(cid) || (cid === defaultCid && radio.attached);
  }

  function address(cid: number): string {
    return hasAddress(cid) ? `+CGPADDR: ${cid},"${settings.network.address}"` : `+CGPADDR: ${cid}`;
  }

  const commands: CommandTable = {
    "+CGDCONT": {
      test: () => CONTEXT_TYPES.map((type) => `+CGDCONT: (1-${maxCid}),"${type}",,,(0-2),(0-4),(0,1),(0,1)`),
      read: () => ok(...[...radio.contexts].sort(([a], [b]) => a - b).map(([cid, context]) => definition(cid, context))),
      write({ args }) {
        const cid = args.int(0, 1, maxCid);
        if (args.count === 1) {
          radio.deactivate(cid);
          radio.contexts.delete(cid);
          return ok();
        }
        const type = args.text(1, 10).toUpperCase() as Context["type"];
        if (!CONTEXT_TYPES.includes(type)) throw new AtError();
        Object.assign(radio.context(cid), { type, apn: args.text(2, 99, "") });
        return ok();
      },
    },
    "+CGPADDR": {
      test: () => [],
      run: () => ok(...[...new Set([defaultCid, ...radio.contexts.keys()])].sort((a, b) => a - b).map(address)),
      write: ({ args }) => ok(address(args.int(0, 1, maxCid))),
    },
  };
  return { commands, hasAddress };
}

function definition(cid: number, { type, apn }: Context): string {
  const address = type === "IP" ? "0.0.0.0" : Array.from({ length: 16 }, () => "0").join(".");
  return `+CGDCONT: ${cid},"${type}","${apn}","${address}",0,0,0,0`;
}

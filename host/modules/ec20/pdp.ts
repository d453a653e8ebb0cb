/** Packet data contexts (EC2x AT manual V2.0, chapter 10; EC2x TCP/IP application note). */
import { AtError, ok, type CommandTable, type Reply } from "../core/command.ts";
import { contextCommands, CONTEXT_TYPES } from "../core/context-commands.ts";
import type { Core } from "../core/core.ts";
import * as LATENCY from "./latency.ts";
import type { Ec20State } from "./state.ts";

const MAX_CID = 16;
/** QIACT waits so long for the network, milliseconds. */
const QIACT_LIMIT_MS = 150_000;
const QIACT_POLL_MS = 500;
/** QIGETERROR (EC2x TCP/IP application note, table of errors). */
const SUCCESS = 0;
const PDP_OPEN_FAILED = 561;
const ERROR_TEXTS: Record<number, string> = { [SUCCESS]: "operate successfully", [PDP_OPEN_FAILED]: "Open PDP context failed" };
/** The bearer that comes with the registration. */
const DEFAULT_BEARER = 1;

/** Whether there is a way to the internet by this context. It is activated if the module does so by itself. */
export function contextUp({ radio, settings }: Core, cid: number): boolean {
  return radio.isActive(cid) || (!settings.quirks.strictPdp && radio.attached && radio.activate(cid));
}

export function pdpCommands(core: Core, state: Ec20State): CommandTable {
  const { radio, settings } = core;
  const dns = new Map<number, readonly [string, string]>();
  const { commands, hasAddress } = contextCommands(core, { maxCid: MAX_CID, defaultCid: DEFAULT_BEARER });

  function activate(cid: number): Reply {
    if (radio.isActive(cid)) throw new AtError();
    const deadline = core.now() + QIACT_LIMIT_MS;
    const decide = (): Reply => {
      if (!radio.attached && core.now() < deadline) return { kind: "wait", latency: [QIACT_POLL_MS, 0], next: decide };
      const active = radio.activate(cid);
      state.session.lastError = active ? SUCCESS : PDP_OPEN_FAILED;
      if (!active) throw new AtError();
      return ok();
    };
    return { kind: "wait", deaf: true, latency: LATENCY.QIACT, next: decide };
  }

  return {
    ...commands,
    "+QICSGP": {
      test: () => [`+QICSGP: (1-${MAX_CID}),(1-3),<APN>,<username>,<password>,(0-3)`],
      write({ args }) {
        const context = radio.context(args.int(0, 1, MAX_CID));
        if (args.count === 1)
          return ok(`+QICSGP: ${CONTEXT_TYPES.indexOf(context.type) + 1},"${context.apn}","${context.user}","",${context.auth}`);
        Object.assign(context, {
          type: CONTEXT_TYPES[args.int(1, 1, 3) - 1],
          apn: args.text(2, 99),
          user: args.text(3, 64, ""),
          password: args.text(4, 64, ""),
          auth: args.int(5, 0, 3, 0),
        });
        return ok();
      },
    },
    "+QIACT": {
      test: () => [`+QIACT: (1-${MAX_CID})`],
      read() {
        const active = [...radio.contexts].filter(([, context]) => context.active).sort(([a], [b]) => a - b);
        return ok(...active.map(([cid, { type }]) => `+QIACT: ${cid},1,${CONTEXT_TYPES.indexOf(type) + 1},"${settings.network.address}"`));
      },
      write: ({ args }) => activate(args.int(0, 1, MAX_CID)),
    },
    "+QIDEACT": {
      test: () => [`+QIDEACT: (1-${MAX_CID})`],
      write({ args }): Reply {
        const cid = args.int(0, 1, MAX_CID);
        const next = (): Reply => {
          radio.deactivate(cid);
          return ok();
        };
        return { kind: "wait", deaf: true, latency: LATENCY.QIDEACT, next };
      },
    },
    "+QIDNSCFG": {
      test: () => [`+QIDNSCFG: (1-${MAX_CID}),<pridnsaddr>,<secdnsaddr>`],
      write({ args }) {
        const cid = args.int(0, 1, MAX_CID);
        if (args.count > 1) {
          dns.set(cid, [args.text(1, 45), args.text(2, 45, "")]);
          return ok();
        }
        if (!hasAddress(cid)) throw new AtError();
        const [first, second] = dns.get(cid) ?? settings.network.dns;
        return ok(`+QIDNSCFG: ${cid},"${first}","${second}"`);
      },
    },
    "+QIGETERROR": {
      test: () => [],
      run: () => ok(`+QIGETERROR: ${state.session.lastError},${ERROR_TEXTS[state.session.lastError]}`),
    },
  };
}

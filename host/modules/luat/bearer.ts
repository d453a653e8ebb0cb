/** The way to the internet: contexts, and the states of the TCP/IP commands (Luat AT manual V1.6.3, CSTT to CIPSTATUS). */
import { AtError, ok, okThen, type CommandTable, type Reply } from "../core/command.ts";
import { contextCommands } from "../core/context-commands.ts";
import type { Core } from "../core/core.ts";
import { CME } from "./errors.ts";
import * as LATENCY from "./latency.ts";
import type { LuatState } from "./state.ts";
import type { Traits } from "./traits.ts";

/** `<sl_state>` of CIPSTATUS: the connection of MQTT shows in it too. */
export type IpState =
  | "IP INITIAL"
  | "IP START"
  | "IP CONFIG"
  | "IP GPRSACT"
  | "IP STATUS"
  | "TCP CONNECTING"
  | "CONNECT OK"
  | "TCP CLOSING"
  | "TCP CLOSED"
  | "PDP DEACT";

const MAX_CID = 15;
const APN_CHARACTERS = 128;
const LOGIN_CHARACTERS = 32;
/** States in which CIFSR has no address to tell. */
const WITHOUT_ADDRESS: readonly IpState[] = ["IP INITIAL", "IP START", "IP CONFIG", "PDP DEACT"];

export interface Bearer {
  commands: CommandTable;
  readonly state: IpState;
  /** What becomes of the module's TCP connection. */
  socket(state: IpState): void;
  /** Whether a connection can be opened now. Without CSTT, where the module may do so, this activates the context. */
  usable(): boolean;
  /** The network gives its context along with the registration. */
  defaultUp(): void;
  contextLost(cid: number): void;
  /** The network takes a context away. */
  takenByNetwork(cid: number): void;
  reset(): void;
}

export interface BearerWorld {
  /** The connection is gone; nobody is told. */
  dropSocket(): void;
  /** The data connection is there. */
  up(): void;
}

export function makeBearer(core: Core, state: LuatState, { bearerCid, dataCid }: Traits, world: BearerWorld): Bearer {
  const { radio, port, settings } = core;
  let ip: IpState = "IP INITIAL";
  let login = { apn: "", user: "", password: "" };
  /** The APN of the data context before CSTT's took its place. */
  let definedApn: string | null = null;
  let byNetwork = false;
  const contexts = contextCommands(core, { maxCid: MAX_CID, defaultCid: bearerCid });

  function needRadio(): void {
    if (state.session.cfun !== 1) throw new AtError(CME.radioOff);
  }

  /** CIICR. */
  function bringUp(): Reply {
    if (ip !== "IP START") throw new AtError();
    needRadio();
    const there = radio.isActive(dataCid);
    ip = "IP CONFIG";
    const next = (): Reply => {
      const context = radio.context(dataCid);
      definedApn = context.apn;
      if (login.apn !== "") Object.assign(context, login);
      if (!radio.activate(dataCid)) {
        ip = "PDP DEACT";
        throw new AtError();
      }
      ip = "IP GPRSACT";
      if (!there) {
        port.urc(`+CGEV: ME PDN ACT ${dataCid}`);
        world.up();
      }
      return { ...ok(), latency: LATENCY.NOW };
    };
    return { kind: "wait", latency: there ? LATENCY.ALREADY_ACTIVE : LATENCY.ACTIVATE, next };
  }

  /** CIPSHUT. */
  function shut(): Reply {
    ip = "IP INITIAL";
    world.dropSocket();
    if (definedApn !== null) radio.context(dataCid).apn = definedApn;
    definedApn = null;
    login = { apn: "", user: "", password: "" };
    if (dataCid !== bearerCid) radio.deactivate(dataCid);
    return { ...ok(), result: settings.quirks.shutResult };
  }

  function start(apn: string, user: string, password: string): Reply {
    if (ip !== "IP INITIAL") throw new AtError(CME.notAllowed);
    login = { apn, user, password };
    ip = "IP START";
    return ok();
  }

  const commands: CommandTable = {
    ...contexts.commands,
    "+CGACT": {
      test: () => ["+CGACT: (0,1)"],
      read: () => ok(...[...radio.contexts].sort(([a], [b]) => a - b).map(([cid, { active }]) => `+CGACT: ${cid},${active ? 1 : 0}`)),
      write({ args }) {
        const [on, cid] = [args.int(0, 0, 1), args.int(1, 1, MAX_CID, bearerCid)];
        if (on === 0) return okThen(() => radio.deactivate(cid));
        needRadio();
        const next = (): Reply => {
          if (!radio.isActive(cid) && !radio.activate(cid)) throw new AtError(CME.gprs);
          return { ...ok(), latency: LATENCY.NOW };
        };
        return { kind: "wait", latency: radio.isActive(cid) ? LATENCY.ALREADY_ACTIVE : LATENCY.ACTIVATE, next };
      },
    },
    "+CSTT": {
      test: () => ['+CSTT: "APN","USER","PWD"'],
      read: () => ok(`+CSTT: "${login.apn}","${login.user}","${login.password}"`),
      run: () => start("", "", ""),
      write({ args }) {
        args.expect(1, 3);
        return start(args.anyText(0, APN_CHARACTERS), args.anyText(1, LOGIN_CHARACTERS, ""), args.anyText(2, LOGIN_CHARACTERS, ""));
      },
    },
    "+CIICR": { test: () => [], run: bringUp },
    "+CIFSR": {
      test: () => [],
      run() {
        if (WITHOUT_ADDRESS.includes(ip)) throw new AtError();
        if (ip === "IP GPRSACT") ip = "IP STATUS";
        // The address is the last word: no OK follows.
        return { kind: "answer", info: [settings.network.address], result: null };
      },
    },
    "+CIPSHUT": { test: () => [], run: shut },
    "+CIPSTATUS": { test: () => [], run: () => okThen(() => port.urc(`STATE: ${ip}`)) },
  };

  return {
    commands,
    get state() {
      return ip;
    },
    socket: (next) => void (ip = next),
    usable() {
      if (ip === "IP INITIAL")
        return !settings.quirks.strictPdp && radio.registered && (radio.isActive(dataCid) || radio.activate(dataCid));
      return (ip === "IP STATUS" || ip === "TCP CLOSED") && radio.isActive(dataCid);
    },
    defaultUp() {
      if (radio.isActive(bearerCid) || !radio.activate(bearerCid)) return;
      port.urc(`+CGEV: ME PDN ACT ${bearerCid}`);
      if (bearerCid === dataCid) world.up();
    },
    contextLost(cid) {
      if (settings.quirks.cgevDeact) port.urc(`+CGEV: ${byNetwork ? "NW" : "ME"} PDN DEACT ${cid}`);
      if (cid !== dataCid) return;
      world.dropSocket();
      if (ip === "IP INITIAL" || ip === "IP START") return;
      ip = "PDP DEACT";
      port.urc(settings.quirks.pdpDeact);
    },
    takenByNetwork(cid) {
      byNetwork = true;
      radio.deactivate(cid);
      byNetwork = false;
    },
    reset() {
      ip = "IP INITIAL";
      login = { apn: "", user: "", password: "" };
      definedApn = null;
    },
  };
}

/** Commands about the module itself: identity, URCs, network time, power (EC2x AT manual V2.0, chapters 2, 3, 6, 8). */
import { basicCommands } from "../core/basic-commands.ts";
import { ArgumentError, AtError, ok, okThen, type Call, type CommandTable, type Reply } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import { Rtc } from "../core/rtc.ts";
import type { Bringup } from "./bringup.ts";
import * as LATENCY from "./latency.ts";
import type { Ec20State } from "./state.ts";

const MANUFACTURER = "Quectel";
const MODEL = "EC20F";
const REVISION = "EC20CEFAGR06A13M4G";
const SERIAL_NUMBER = "Q1A20C0123456";

const BAUDS = [4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 2900000, 3000000, 3200000, 3686400, 4000000];
const URC_PORTS = ["usbat", "usbmodem", "uart1"];
/** Items of QCFG that are kept but change nothing here. */
const QCFG_DEFAULTS: Record<string, string> = { "urc/poweron": "1", "urc/cache": "0", nwscanmode: "0", servicedomain: "2" };

export function generalCommands(core: Core, state: Ec20State, bringup: Bringup): CommandTable {
  const { rtc } = core;
  const qcfg = { ...QCFG_DEFAULTS };

  const identity = (): Reply => ok(core.settings.imei);

  return {
    ...basicCommands(core, {
      flash: state.flash,
      session: () => state.session,
      bauds: BAUDS,
      cfunLatency: () => LATENCY.CFUN,
      setFunction: (fun) => bringup.setFunction(fun),
    }),
    I: { run: () => ok(MANUFACTURER, MODEL, `Revision: ${REVISION}`) },
    "+GMI": { run: () => ok(MANUFACTURER) },
    "+CGMI": { run: () => ok(MANUFACTURER) },
    "+GMM": { run: () => ok(MODEL) },
    "+CGMM": { run: () => ok(MODEL) },
    "+GMR": { run: () => ok(REVISION) },
    "+CGMR": { run: () => ok(REVISION) },
    "+GSN": { run: identity, write: serialNumber },
    "+CGSN": { run: identity, write: serialNumber },
    "+QURCCFG": {
      test: () => ['+QURCCFG: "urcport",("usbat","usbmodem","uart1")'],
      write({ args }) {
        if (args.text(0, 20).toLowerCase() !== "urcport") throw new AtError();
        if (!args.has(1)) return ok(`+QURCCFG: "urcport","${state.flash.urcport}"`);
        const wanted = args.text(1, 20).toLowerCase();
        if (!URC_PORTS.includes(wanted)) throw new AtError();
        state.flash.urcport = wanted;
        return ok();
      },
    },
    "+QCFG": {
      write({ args }) {
        const item = args.text(0, 30).toLowerCase();
        if (!(item in qcfg)) throw new AtError();
        if (!args.has(1)) return ok(`+QCFG: "${item}",${qcfg[item]}`);
        qcfg[item] = args.word(1);
        return ok();
      },
    },
    "+QINISTAT": { run: () => ok(`+QINISTAT: ${state.session.inistat}`) },
    "+QPOWD": {
      test: () => ["+QPOWD: (0,1)"],
      run: () => okThen(() => core.power.shutDown()),
      write({ args }) {
        args.int(0, 0, 1);
        return okThen(() => core.power.shutDown());
      },
    },
    "+QSCLK": {
      test: () => ["+QSCLK: (0,1)"],
      write({ args }) {
        args.int(0, 0, 1);
        return ok();
      },
    },
    "+CTZU": {
      test: () => ["+CTZU: (0,1,3)"],
      read: () => ok(`+CTZU: ${state.flash.ctzu}`),
      write({ args }) {
        const mode = args.int(0, 0, 3);
        if (mode === 2) throw new ArgumentError("argument 1");
        state.flash.ctzu = mode;
        bringup.takeNetworkTime();
        return ok();
      },
    },
    "+QLTS": { test: () => ["+QLTS: (0-2)"], run: () => networkTime(0), write: ({ args }) => networkTime(args.int(0, 0, 2)) },
  };

  function serialNumber({ args }: Call): Reply {
    return ok(args.int(0, 0, 1) === 1 ? core.settings.imei : SERIAL_NUMBER);
  }

  /** Mode 0: when the network gave the time last; 1: now, GMT; 2: now, local. */
  function networkTime(mode: number): Reply {
    if (rtc.networkMs === null) return ok('+QLTS: ""');
    const { time, zone } = core.settings.network;
    const nowMs = time * 1000 + core.now();
    return ok(`+QLTS: "${Rtc.longText(mode === 0 ? rtc.networkMs : nowMs, zone, mode !== 1)}"`);
  }
}

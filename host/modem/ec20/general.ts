/** Commands about the module itself: identity, echo, errors, UART, clock, power (EC2x AT manual V2.0, chapters 2, 3, 6, 8). */
import { ArgumentError, AtError, ok, okThen, type Call, type Command, type CommandTable, type Reply } from "../core/command.ts";
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
  const { port, uart, rtc } = core;
  const qcfg = { ...QCFG_DEFAULTS };

  const identity = (): Reply => ok(core.settings.imei);
  /** Settings of the modem world that this module only knows one value of. */
  const only = (value: number): Command => ({
    run({ args }) {
      if (args.int(0, 0, 9, value) !== value) throw new AtError();
      return ok();
    },
  });
  const restore = (): void => {
    port.echo = state.flash.echo;
    state.session.cmee = state.flash.cmee;
  };

  return {
    E: {
      run({ args }) {
        port.echo = args.int(0, 0, 1, 0) === 1;
        return ok();
      },
    },
    V: only(1),
    Q: only(0),
    I: { run: () => ok(MANUFACTURER, MODEL, `Revision: ${REVISION}`) },
    Z: { run: () => okThen(restore) },
    "&F": { run: () => okThen(() => void ((port.echo = true), (state.session.cmee = 1))) },
    "&W": {
      run() {
        Object.assign(state.flash, { echo: port.echo, cmee: state.session.cmee, baud: uart.baud });
        return ok();
      },
    },
    S0: { read: () => ok("000"), write: () => ok() },
    "+GMI": { run: () => ok(MANUFACTURER) },
    "+CGMI": { run: () => ok(MANUFACTURER) },
    "+GMM": { run: () => ok(MODEL) },
    "+CGMM": { run: () => ok(MODEL) },
    "+GMR": { run: () => ok(REVISION) },
    "+CGMR": { run: () => ok(REVISION) },
    "+GSN": { run: identity, write: serialNumber },
    "+CGSN": { run: identity, write: serialNumber },
    "+CMEE": {
      test: () => ["+CMEE: (0-2)"],
      read: () => ok(`+CMEE: ${state.session.cmee}`),
      write({ args }) {
        state.session.cmee = args.int(0, 0, 2);
        return ok();
      },
    },
    "+IPR": {
      test: () => [`+IPR: (),(${BAUDS.join(",")})`],
      read: () => ok(`+IPR: ${uart.baud}`),
      write({ args }) {
        const baud = args.int(0, 0, 4_000_000);
        if (!BAUDS.includes(baud)) throw new AtError();
        return okThen(() => uart.whenDrained(() => setBaud(baud)));
      },
    },
    "+IFC": {
      test: () => ["+IFC: (0,2),(0,2)"],
      read: () => ok(`+IFC: ${state.session.flowControl}`),
      write({ args }) {
        const [fromHost, toHost] = [args.int(0, 0, 2), args.int(1, 0, 2)];
        if (fromHost === 1 || toHost === 1) throw new AtError();
        state.session.flowControl = `${fromHost},${toHost}`;
        return ok();
      },
    },
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
    "+CFUN": {
      test: () => ["+CFUN: (0,1,4),(0,1)"],
      read: () => ok(`+CFUN: ${state.session.cfun}`),
      write({ args }) {
        const fun = args.int(0, 0, 4);
        if (![0, 1, 4].includes(fun)) throw new ArgumentError("argument 1");
        if (args.int(1, 0, 1, 0) === 1) return okThen(() => uart.whenDrained(() => core.power.reboot()));
        return { ...okThen(() => bringup.setFunction(fun)), latency: LATENCY.CFUN };
      },
    },
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
    "+CCLK": {
      test: () => [],
      read: () => ok(`+CCLK: "${rtc.cclk}"`),
      write({ args }) {
        if (!rtc.setCclk(args.text(0, 20))) throw new ArgumentError("argument 1");
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

  function setBaud(baud: number): void {
    uart.baud = baud;
    core.emit({ ev: "baud", baud });
  }

  /** Mode 0: when the network gave the time last; 1: now, GMT; 2: now, local. */
  function networkTime(mode: number): Reply {
    if (rtc.networkMs === null) return ok('+QLTS: ""');
    const { time, zone } = core.settings.network;
    const nowMs = time * 1000 + core.now();
    return ok(`+QLTS: "${Rtc.longText(mode === 0 ? rtc.networkMs : nowMs, zone, mode !== 1)}"`);
  }
}

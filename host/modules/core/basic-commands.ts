/** Echo, result codes, UART, clock, functionality: what all modules have from V.250 and 3GPP TS 27.007. */
import { ArgumentError, AtError, ok, okThen, type Command, type CommandTable } from "./command.ts";
import type { Core } from "./core.ts";
import type { Latency } from "./random.ts";

/** Settings that &W stores: they survive everything. */
export interface BasicFlash {
  echo: boolean;
  cmee: number;
  /** Baud; 0: the module finds the host's rate by itself. */
  baud: number;
}

/** Until the next start. */
export interface BasicSession {
  cmee: number;
  cfun: number;
  flowControl: string;
  /** As BasicFlash. */
  baud: number;
}

export interface BasicWorld {
  flash: BasicFlash;
  /** Replaced at every start. */
  session(): BasicSession;
  bauds: readonly number[];
  cfunLatency(fun: number): Latency;
  setFunction(fun: number): void;
}

export function newBasicSession(flash: BasicFlash): BasicSession {
  return { cmee: flash.cmee, cfun: 1, flowControl: "0,0", baud: flash.baud };
}

/** At a start: the UART as it was stored. */
export function applyStored({ port, uart }: Core, { echo, baud }: BasicFlash): void {
  port.echo = echo;
  uart.autobaud = baud === 0;
  if (baud !== 0) uart.baud = baud;
}

export function basicCommands(core: Core, world: BasicWorld): CommandTable {
  const { port, uart, rtc } = core;
  const { flash } = world;
  const automatic = world.bauds.includes(0);

  /** Settings of the modem world that this module only knows one value of. */
  const only = (value: number): Command => ({
    run({ args }) {
      if (args.int(0, 0, 9, value) !== value) throw new AtError();
      return ok();
    },
  });

  function setBaud(baud: number): void {
    world.session().baud = baud;
    uart.autobaud = baud === 0;
    if (baud === 0) return;
    uart.baud = baud;
    core.emit({ ev: "baud", baud });
  }

  return {
    E: {
      run({ args }) {
        port.echo = args.int(0, 0, 1, 0) === 1;
        return ok();
      },
    },
    V: only(1),
    Q: only(0),
    Z: {
      run: () =>
        okThen(() => {
          port.echo = flash.echo;
          world.session().cmee = flash.cmee;
        }),
    },
    "&F": { run: () => okThen(() => void ((port.echo = true), (world.session().cmee = 1))) },
    "&W": {
      run() {
        const { cmee, baud } = world.session();
        Object.assign(flash, { echo: port.echo, cmee, baud });
        return ok();
      },
    },
    S0: { read: () => ok("000"), write: () => ok() },
    "+CMEE": {
      test: () => ["+CMEE: (0-2)"],
      read: () => ok(`+CMEE: ${world.session().cmee}`),
      write({ args }) {
        world.session().cmee = args.int(0, 0, 2);
        return ok();
      },
    },
    "+IPR": {
      test: () => [`+IPR: (${automatic ? 0 : ""}),(${world.bauds.filter((baud) => baud !== 0).join(",")})`],
      read: () => ok(`+IPR: ${world.session().baud}`),
      write({ args }) {
        const baud = args.int(0, 0, 4_000_000);
        if (!world.bauds.includes(baud)) throw new AtError();
        return okThen(() => uart.whenDrained(() => setBaud(baud)));
      },
    },
    "+IFC": {
      test: () => ["+IFC: (0,2),(0,2)"],
      read: () => ok(`+IFC: ${world.session().flowControl}`),
      write({ args }) {
        const [fromHost, toHost] = [args.int(0, 0, 2), args.int(1, 0, 2)];
        if (fromHost === 1 || toHost === 1) throw new AtError();
        world.session().flowControl = `${fromHost},${toHost}`;
        return ok();
      },
    },
    "+CFUN": {
      test: () => ["+CFUN: (0,1,4),(0,1)"],
      read: () => ok(`+CFUN: ${world.session().cfun}`),
      write({ args }) {
        const fun = args.int(0, 0, 4);
        if (![0, 1, 4].includes(fun)) throw new ArgumentError("argument 1");
        if (args.int(1, 0, 1, 0) === 1) return okThen(() => uart.whenDrained(() => core.power.reboot()));
        return { ...okThen(() => world.setFunction(fun)), latency: world.cfunLatency(fun) };
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
  };
}

/** From power to a registered module: the boot lines, the card, CFUN, and the way back. */
import { applyStored } from "../core/basic-commands.ts";
import type { Core } from "../core/core.ts";
import { makeReady } from "../core/ready.ts";
import * as LATENCY from "./latency.ts";
import { newSession, type Ec20State } from "./state.ts";

/** Bits of QINISTAT. */
const CPIN_READY = 1;
const SMS_DONE = 2;
const PB_DONE = 4;

export interface Bringup {
  boot(): void;
  shutDown(off: () => void): void;
  reset(): void;
  setFunction(fun: number): void;
  /** The card opened, by PIN or PUK, or was changed. */
  cardReady(): void;
  cardGone(): void;
  /** With CTZU on, the clock follows the network. */
  takeNetworkTime(): void;
  registered(): void;
}

export function makeBringup(core: Core, state: Ec20State): Bringup {
  const { port, sim, radio, rtc, settings } = core;
  let started: (() => void)[] = [];
  const sayReady = makeReady(core);

  return {
    boot() {
      applyStored(core, state.flash);
      core.timers.after(core.latency(LATENCY.BOOT_RDY), ready);
    },
    shutDown(off) {
      port.close();
      core.timers.after(core.latency(LATENCY.SHUT_DOWN), () => {
        port.urc("POWERED DOWN");
        core.timers.after(core.scaled(LATENCY.POWER_OFF_MS), off);
      });
    },
    reset() {
      started = [];
      state.session = newSession(state.flash);
      sim.restart();
      radio.reset();
    },
    setFunction(fun) {
      const before = state.session.cfun;
      state.session.cfun = fun;
      if (fun !== 1) radio.stop();
      if (fun === 0) {
        cancelStart();
        state.session.simUp = false;
        state.session.inistat = 0;
        sim.restart();
      } else if (before === 0) startCard();
      else if (fun === 1 && before === 4 && sim.state === "ready") radio.start();
    },
    cardReady() {
      cancelStart();
      say("+CPIN: READY");
      cardWorks();
    },
    cardGone() {
      cancelStart();
      state.session.inistat = 0;
      radio.stop();
      say("+CPIN: NOT READY");
    },
    takeNetworkTime,
    registered() {
      if (!radio.registered || !settings.network.nitz) return;
      rtc.networkMs = settings.network.time * 1000 + core.now();
      takeNetworkTime();
    },
  };

  function ready(): void {
    sayReady("RDY", "+CFUN: 1");
    startCard();
  }

  /** CPIN comes about a second after the start, whatever it says. */
  function startCard(): void {
    afterwards(LATENCY.BOOT_CPIN, () => {
      state.session.simUp = true;
      say(`+CPIN: ${{ ready: "READY", missing: "NOT INSERTED", pin: "SIM PIN", puk: "SIM PUK" }[sim.state]}`);
      if (sim.state === "ready") cardWorks();
    });
  }

  function cardWorks(): void {
    const { bootOrder } = settings.quirks;
    const pbFirst = bootOrder === "pb-first" || (bootOrder === "random" && core.random.chance(0.5));
    const [first, second] = pbFirst ? ([PB_DONE, SMS_DONE] as const) : ([SMS_DONE, PB_DONE] as const);
    state.session.inistat |= CPIN_READY;
    if (state.session.cfun === 1) radio.start();
    afterwards(LATENCY.BOOT_QUSIM, () => {
      say("+QUSIM: 1");
      afterwards(LATENCY.BOOT_FIRST_DONE, () => {
        done(first);
        afterwards(LATENCY.BOOT_SECOND_DONE, () => done(second));
      });
    });
  }

  function done(bit: number): void {
    state.session.inistat |= bit;
    say(bit === SMS_DONE ? "+QIND: SMS DONE" : "+QIND: PB DONE");
  }

  function takeNetworkTime(): void {
    if (state.flash.ctzu === 0 || rtc.networkMs === null) return;
    rtc.set(settings.network.time * 1000 + core.now(), settings.network.zone);
  }

  function say(text: string): void {
    port.urc(text);
  }

  function afterwards(latency: readonly [number, number], fn: () => void): void {
    started.push(core.timers.after(core.latency(latency), fn));
  }

  function cancelStart(): void {
    for (const cancel of started.splice(0)) cancel();
  }
}

/** From power to a registered module: the boot lines, the card, CFUN, network time, and the way back. */
import { applyStored } from "../core/basic-commands.ts";
import type { Core } from "../core/core.ts";
import { makeReady } from "../core/ready.ts";
import { Rtc } from "../core/rtc.ts";
import * as LATENCY from "./latency.ts";
import { newSession, type LuatState } from "./state.ts";
import type { Traits } from "./traits.ts";

export interface Bringup {
  boot(): void;
  /** `silently`: without a good-bye. */
  shutDown(off: () => void, silently: boolean): void;
  reset(): void;
  setFunction(fun: number): void;
  /** The card opened, by PIN or PUK, or was put in. */
  cardReady(): void;
  /** The card was put in or pulled out: told when CSDT=1. */
  cardChanged(): void;
  registered(): void;
}

export function makeBringup(core: Core, state: LuatState, traits: Traits): Bringup {
  const { port, sim, radio, rtc, settings } = core;
  const { quirks } = settings;
  const sayReady = makeReady(core);

  function search(): void {
    if (sim.state === "ready" && state.session.cfun === 1) radio.start();
  }

  function cardReady(): void {
    state.session.simUp = true;
    search();
  }

  return {
    boot() {
      applyStored(core, state.flash);
      core.timers.after(core.latency(LATENCY.BOOT_LINE), () => core.uart.write("\r\n"));
      core.timers.after(core.latency(LATENCY.BOOT_RDY), () => {
        sayReady("RDY");
        core.timers.after(core.latency(LATENCY.CARD), () => (state.session.simUp = state.session.cfun !== 0));
      });
      core.timers.after(core.latency(LATENCY.BOOT_SEARCH), search);
    },
    shutDown(off, silently) {
      port.close();
      if (silently) return off();
      port.urc("NORMAL POWER DOWN");
      core.timers.after(core.scaled(LATENCY.POWER_DOWN_MS), off);
    },
    reset() {
      state.session = newSession(state.flash, traits, quirks);
      sim.restart();
      radio.reset();
    },
    setFunction(fun) {
      const before = state.session.cfun;
      state.session.cfun = fun;
      if (fun !== 1) radio.stop();
      if (fun === 0) sim.restart();
      state.session.simUp = fun !== 0;
      if (fun === 1 && before !== 1) search();
    },
    cardReady,
    cardChanged() {
      const inserted = sim.state !== "missing";
      if (state.session.settings["+CSDT"] === 1) port.urc(`+CPIN: ${inserted ? "READY" : "SIM REMOVED"} 0`, quirks.noCrlf);
      if (!inserted) radio.stop();
      else if (state.session.cfun !== 0) cardReady();
    },
    registered() {
      const { nitz, time, zone } = settings.network;
      if (!nitz) return;
      core.timers.after(core.latency(LATENCY.NITZ), () => {
        const nowMs = time * 1000 + core.now();
        rtc.networkMs = nowMs;
        if (state.session.settings["+CTZU"] === 1) rtc.set(nowMs, zone);
        if (state.session.settings["+CTZR"] === 1) port.urc(`+NITZ: ${nitzText(nowMs, zone, quirks.nitzShape)}`);
      });
    },
  };
}

/** `yy/MM/dd,hh:mm:ss+zz,dst`: UTC, the zone in quarter hours. Firmware disagrees about the year and the end. */
function nitzText(utcMs: number, zone: number, shape: "empty" | "number" | "long-year"): string {
  const long = Rtc.longText(utcMs, zone, false);
  if (shape === "long-year") return long;
  const short = long.slice(2);
  return shape === "number" ? short : short.replace(/\d$/, " ");
}

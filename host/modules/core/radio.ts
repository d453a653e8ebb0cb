/** Signal, registration and packet data contexts, as far as a command can see them. */
import type { Emit } from "./events.ts";
import type { Timers } from "./timers.ts";
import type { Registration, Settings } from "../options.ts";

/** `<stat>` of CREG, CGREG and CEREG (3GPP TS 27.007, 7.2). */
export const STAT: Record<Registration, number> = { idle: 0, home: 1, searching: 2, denied: 3, unknown: 4, roaming: 5 };

/** From the radio being on to its first measurement, milliseconds. */
const MEASURE_MS = 800;

export interface Context {
  type: "IP" | "IPV6" | "IPV4V6";
  apn: string;
  user: string;
  password: string;
  auth: number;
  active: boolean;
}

export interface RadioWorld {
  settings: Settings;
  timers: Timers;
  emit: Emit;
  scaled(ms: number): number;
}

export class Radio {
  registration: Registration = "idle";
  attached = false;
  readonly contexts = new Map<number, Context>();
  onRegistration: () => void = () => {};
  /** A context that was active is not any more. */
  onContextLost: (cid: number) => void = () => {};
  private on = false;
  private measured = false;
  private cancel: (() => void)[] = [];

  constructor(private readonly world: RadioWorld) {}

  get registered(): boolean {
    return this.registration === "home" || this.registration === "roaming";
  }

  /** 0..31, 99 unknown. */
  get rssi(): number {
    return this.on && this.measured ? this.world.settings.network.rssi : 99;
  }

  /** Starts to search: the SIM is ready and CFUN is 1. */
  start(): void {
    this.stop();
    this.on = true;
    this.change("searching");
    const { registerMs, registration } = this.world.settings.network;
    this.cancel = [
      this.world.timers.after(this.world.scaled(MEASURE_MS), () => (this.measured = true)),
      this.world.timers.after(this.world.scaled(registerMs), () => this.change(registration)),
    ];
  }

  /** CFUN 0 or 4, or no SIM. */
  stop(): void {
    for (const cancel of this.cancel.splice(0)) cancel();
    this.on = false;
    this.measured = false;
    this.detach();
    this.change("idle");
  }

  /** The module lost power: nothing is said about it. */
  reset(): void {
    this.cancel = [];
    this.on = false;
    this.measured = false;
    this.attached = false;
    this.registration = "idle";
    this.contexts.clear();
  }

  /** The network changed its mind. */
  setNetwork(registration: Registration): void {
    this.world.settings.network.registration = registration;
    if (!this.on) return;
    for (const cancel of this.cancel.splice(0)) cancel();
    this.measured = true;
    this.change(registration);
  }

  detach(): void {
    this.attached = false;
    for (const cid of this.contexts.keys()) this.deactivate(cid);
  }

  context(cid: number): Context {
    let context = this.contexts.get(cid);
    if (!context) this.contexts.set(cid, (context = { type: "IP", apn: "", user: "", password: "", auth: 0, active: false }));
    return context;
  }

  isActive(cid: number): boolean {
    return this.contexts.get(cid)?.active ?? false;
  }

  /** @returns whether the network gave the context. */
  activate(cid: number): boolean {
    const { apn } = this.world.settings.network;
    const context = this.context(cid);
    context.active = this.attached && (apn === null || context.apn === "" || context.apn === apn);
    this.world.emit({ ev: "pdp", cid, active: context.active, apn: context.apn });
    return context.active;
  }

  deactivate(cid: number): void {
    const context = this.contexts.get(cid);
    if (!context?.active) return;
    context.active = false;
    this.world.emit({ ev: "pdp", cid, active: false });
    this.onContextLost(cid);
  }

  private change(registration: Registration): void {
    if (registration === this.registration) return;
    this.registration = registration;
    // On LTE, registering brings the default bearer along.
    this.attached = this.registered;
    this.world.emit({ ev: "registration", registration });
    this.onRegistration();
  }
}

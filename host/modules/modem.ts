/**
 * An emulated cellular module with real connections: bytes in and out as on its UART, pins as on its pads.
 * Everything that all modules share is in `core/` and `net/`, what makes it one of them in the folder of its name.
 */
import { EventEmitter } from "node:events";
import { applyControl } from "./control.ts";
import type { Core, Personality } from "./core/core.ts";
import type { Model } from "./core/model.ts";
import type { ModemEvent } from "./core/events.ts";
import { noFaults } from "./core/faults.ts";
import { FileStore } from "./core/files.ts";
import { AtPort } from "./core/port.ts";
import { Power, type PinName } from "./core/power.ts";
import { Radio } from "./core/radio.ts";
import { makeRandom } from "./core/random.ts";
import { Rtc } from "./core/rtc.ts";
import { Sim } from "./core/sim.ts";
import { Timers } from "./core/timers.ts";
import { Uart } from "./core/uart.ts";
import { moduleNamed, withoutSecrets } from "./find.ts";
import { settle, type ModemOptions } from "./options.ts";

export type { ModemEvent } from "./core/events.ts";
export type { ModemOptions, NetworkOptions, PublishForm, Quirks, Registration, SimOptions } from "./options.ts";

/** Events: `data` (Buffer, to the host's UART), `status` (0 or 1), `event` (ModemEvent). */
export class Modem extends EventEmitter<{ data: [Buffer]; status: [0 | 1]; event: [ModemEvent] }> {
  private readonly core: Core;
  private readonly personality: Personality;
  /** Of keys and control messages: they work while the module is off. */
  private readonly outside: Timers;
  private closed = false;

  constructor(options: Omit<ModemOptions, "model">, model: Model) {
    super();
    const { clock } = options;
    const settings = settle(options, model);
    const timers = new Timers(clock);
    this.outside = new Timers(clock);
    const emit = (event: ModemEvent): void => void this.emit("event", event);
    const random = makeRandom(options.seed ?? 1);
    const now = (): number => clock.now();
    const scaled = (ms: number): number => ms * settings.latencyScale;
    const latency = (range: readonly [number, number]): number => scaled(random.within(range));
    const faults = noFaults();
    const uart = new Uart(clock, timers, random, settings, (bytes) => void this.emit("data", bytes));
    // The port reads the commands, and whether URCs come here, only when the personality is there.
    const personality = (): Personality => this.personality;
    const port = new AtPort({
      ...{ uart, timers, now, latency, settings, faults, emit, withoutSecrets },
      command: (name) => personality().commands[name],
      simpleLatency: () => personality().simpleLatency,
      failure: (error, name) => personality().failure(error, name),
      badLine: () => personality().badLine,
      urcsHere: () => personality().urcsHere(),
    });
    const power = new Power({
      ...{ rules: model.power, timers: this.outside, now, emit },
      boot: () => this.personality.boot(),
      halt: () => this.halt(),
      shutDown: (off) => this.personality.shutDown(off),
      lost: () => this.losePower(),
      statusChanged: () => void this.emit("status", power.status),
    });
    const radio = new Radio({ settings, timers, emit, scaled });
    this.core = {
      ...{ clock, settings, random, timers, faults, uart, port, power, radio, emit, now, scaled, latency },
      resolve: options.resolve,
      files: new FileStore(),
      sim: new Sim(settings.sim),
      rtc: new Rtc(now),
    };
    this.personality = model.make(this.core);
    radio.onRegistration = () => this.personality.registrationChanged();
    radio.onContextLost = (cid) => this.personality.contextLost(cid);
    if (options.poweredOn) power.startPowered();
  }

  /** Starts a module that is off, as a short press of its power key does. */
  start(): void {
    if (!this.closed) this.core.power.start();
  }

  get imei(): string {
    return this.core.settings.imei;
  }

  /** The module's rate, baud. */
  get baud(): number {
    return this.core.uart.baud;
  }

  /** The STATUS pin: 1 while the module is on. */
  get status(): 0 | 1 {
    return this.core.power.status;
  }

  /** Bytes from the host's UART, at the rate that `hostBaud` said last. */
  receive(bytes: Buffer): void {
    if (this.closed) return;
    const heard = this.personality.hears?.(bytes) ?? bytes;
    this.core.port.feed(this.core.uart.received(heard));
  }

  /** Level 0 is pressed. */
  setPin(pin: PinName, level: 0 | 1): void {
    if (!this.closed) this.core.power.setPin(pin, level);
  }

  /** The host's rate. While it differs from the module's, bytes are garbage in both directions. Never called: the host follows. */
  hostBaud(baud: number): void {
    this.core.uart.hostBaud = baud;
  }

  /** A message of the control port (see control.ts). It takes effect at this instant of the clock, after what is running. */
  control(message: unknown): void {
    if (!this.closed) this.outside.after(0, () => applyControl(message, this.core, this.personality));
  }

  /** Ends everything: timers, sockets. Nothing comes out any more. Calling it again does nothing. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.halt();
    this.outside.clear();
    this.removeAllListeners();
    // Sockets that were destroyed close in the next turn.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** Nothing that ran in the module runs on. */
  private halt(): void {
    this.core.timers.clear();
    this.core.uart.reset();
    this.core.port.reset();
    this.personality.reset();
    Object.assign(this.core.faults, noFaults());
  }

  private losePower(): void {
    this.core.files.loseRam();
    this.personality.powerLost();
  }
}

/** @throws {Error} when there is no module of this name. */
export async function createModem({ model, ...options }: ModemOptions): Promise<Modem> {
  return new Modem(options, await moduleNamed(model).emulator());
}

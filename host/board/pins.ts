/** Pins: names, levels out, watches in. */
import type { Program } from "./program.ts";

/** What is wired to the board's pins. A pin is a name (`D18`), or on Linux a path. */
export interface PinPeer {
  onWrite?(pin: string, level: 0 | 1): void;
  read?(pin: string): 0 | 1;
}

/** `D0` to `D39` (ESP32), `A0` to `C15` (STM32). */
export const PIN_NAMES: readonly string[] = [
  ...Array.from({ length: 40 }, (_, i) => `D${i}`),
  ...["A", "B", "C"].flatMap((port) => Array.from({ length: 16 }, (_, i) => `${port}${i}`)),
];

interface Watch {
  pin: string;
  fn: (...args: never[]) => unknown;
  repeat: boolean;
  edge: "rising" | "falling" | "both";
  debounceMs: number;
  lastTime: number;
  state: boolean;
  timer: number;
}

interface WatchOptions {
  repeat?: boolean;
  edge?: "rising" | "falling" | "both";
  /** Milliseconds. */
  debounce?: number;
}

export class Pins {
  private readonly watches = new Map<number, Watch>();
  private readonly objects = new Map<string, object>();
  private nextWatch = 1;

  constructor(
    private readonly program: Program,
    private readonly peer: PinPeer,
  ) {
    // `new Pin("D18")` gives the pin itself.
    const pin = (name: unknown): object => this.find(name) ?? program.object({});
    const Pin = function (name: unknown): object {
      return pin(name);
    };
    for (const name of PIN_NAMES) this.objects.set(name, this.makePin(name));
    program.realm.context["Pin"] = Pin;
    program.define({
      ...Object.fromEntries(this.objects),
      pinMode: () => undefined,
      digitalWrite: (target: unknown, value: unknown) => this.write(target, Number(value)),
      digitalRead: (target: unknown) => this.read(this.nameOf(target)),
      digitalPulse: (target: unknown, level: unknown, ms: number) => {
        this.write(target, level ? 1 : 0);
        this.program.later(() => this.write(target, level ? 0 : 1), ms);
      },
      setWatch: (fn: Watch["fn"], target: unknown, options?: WatchOptions | boolean) => this.watch(fn, target, options),
      clearWatch: (...ids: number[]) => (ids.length ? void this.watches.delete(ids[0] as number) : this.watches.clear()),
    });
  }

  get watchCount(): number {
    return this.watches.size;
  }

  /** A level on an input changed; from the queue. */
  changed(pin: string, level: boolean): void {
    for (const [id, watch] of this.watches) {
      if (watch.pin != pin) continue;
      if (!watch.debounceMs) this.trigger(id, watch, level);
      else {
        this.program.timers.clear(watch.timer);
        watch.timer = this.program.timers.add(() => level != watch.state && this.trigger(id, watch, level), watch.debounceMs, false);
      }
    }
  }

  read(pin: string): 0 | 1 {
    return this.peer.read?.(pin) ?? 0;
  }

  /** By name or path: `fs.writeFileSync` is how Linux does it. */
  set(pin: string, level: number): void {
    this.peer.onWrite?.(pin, level ? 1 : 0);
  }

  private write(target: unknown, value: number): void {
    if (!Array.isArray(target)) return this.set(this.nameOf(target), value);
    // The last pin takes the lowest bit.
    target.forEach((pin, i) => this.set(this.nameOf(pin), (value >> (target.length - 1 - i)) & 1));
  }

  private watch(fn: Watch["fn"], target: unknown, options: WatchOptions | boolean = {}): number {
    const set = typeof options == "boolean" ? { repeat: options } : options;
    const pin = this.nameOf(target);
    const id = this.nextWatch++;
    this.watches.set(id, {
      pin,
      fn,
      repeat: set.repeat ?? false,
      edge: set.edge ?? "both",
      debounceMs: set.debounce ?? 0,
      lastTime: NaN,
      state: this.read(pin) == 1,
      timer: 0,
    });
    return id;
  }

  private trigger(id: number, watch: Watch, state: boolean): void {
    const time = this.program.clock.now() / 1000;
    watch.state = state;
    if (watch.edge == "both" || (watch.edge == "rising") == state) {
      if (!watch.repeat) this.watches.delete(id);
      this.program.call(watch.fn, this.program.realm.object({ state, time, lastTime: watch.lastTime, pin: this.objects.get(watch.pin) }));
    }
    watch.lastTime = time;
  }

  private makePin(name: string): object {
    return this.program.object({
      toString: () => name,
      read: () => this.read(name) == 1,
      write: (value: unknown) => this.set(name, Number(value)),
      set: () => this.set(name, 1),
      reset: () => this.set(name, 0),
      mode: () => undefined,
    });
  }

  private find(name: unknown): object | undefined {
    return this.objects.get(String(name));
  }

  private nameOf(target: unknown): string {
    const name = typeof target == "number" ? `D${target}` : String(target);
    if (!this.objects.has(name)) throw new Error("Invalid pin!");
    return name;
  }
}

/**
 * Power key and reset line (both active low), and what state the module is in.
 * The key toggles: so a driver must know whether the module is on before it presses.
 */
import type { Emit } from "./events.ts";
import type { Timers } from "./timers.ts";

/** What the two lines do, and how long they must be low for it, milliseconds. */
export interface PowerRules {
  onMs: number;
  offMs: number;
  resetMs: number;
  /** When the reset line has been low for long enough. */
  reset: "restart" | "power-off";
  /** What stands for the key of a module that is on from the start: one that was pressed, or one that is tied low. */
  poweredOn: "pressed" | "tied";
}

export type PowerState = "off" | "booting" | "on" | "stopping";
export type PinName = "PWRKEY" | "RESET";

export interface PowerWorld {
  rules: PowerRules;
  /** Timers of the keys: they run while the module has no power. */
  timers: Timers;
  now(): number;
  emit: Emit;
  /** The module starts to boot. */
  boot(): void;
  /** Everything that runs in the module stops at once. */
  halt(): void;
  /** Says good-bye, then calls `off`. */
  shutDown(off: () => void): void;
  /** The supply was cut. */
  lost(): void;
  statusChanged(): void;
}

export class Power {
  state: PowerState = "off";
  private keyDownAt: number | null = null;
  private resetDownAt: number | null = null;
  /** The press that switched on does not switch off as well. */
  private used = false;

  constructor(private readonly world: PowerWorld) {}

  /** The STATUS pin. */
  get status(): 0 | 1 {
    return this.state === "off" ? 0 : 1;
  }

  setPin(pin: PinName, level: 0 | 1): void {
    if (pin === "PWRKEY") this.setKey(level);
    else this.setReset(level);
  }

  /** A module that is on from the start. */
  startPowered(): void {
    if (this.world.rules.poweredOn === "tied") {
      this.keyDownAt = this.world.now();
      this.used = true;
    }
    this.start();
  }

  /** Boots a module that is off. */
  start(): void {
    if (this.state !== "off") return;
    this.to("booting");
    this.world.boot();
  }

  /** The module answers commands from now on. */
  ready(): void {
    this.to("on");
  }

  /** Starts anew, without losing power. */
  reboot(): void {
    if (this.state === "off") return;
    this.world.halt();
    this.to("booting");
    this.world.boot();
  }

  /** By command or key: takes leave first. */
  shutDown(): void {
    if (this.state !== "on" && this.state !== "booting") return;
    this.to("stopping");
    this.world.shutDown(() => this.off());
  }

  /** The supply is cut. */
  off(): void {
    if (this.state === "off") return;
    this.world.halt();
    this.world.lost();
    this.to("off");
    // A key that is held, or tied to ground, starts it again.
    if (this.keyDownAt !== null) this.watchKey();
  }

  /** The supply is away for `ms` milliseconds; the module starts when it is back. */
  cycle(ms: number): void {
    this.off();
    this.world.timers.after(ms, () => this.start());
  }

  private setKey(level: 0 | 1): void {
    const down = level === 0;
    if (down === (this.keyDownAt !== null)) return;
    if (down) {
      this.keyDownAt = this.world.now();
      this.used = false;
      this.watchKey();
      return;
    }
    const heldMs = this.world.now() - (this.keyDownAt as number);
    this.keyDownAt = null;
    if (!this.used && heldMs >= this.world.rules.offMs) this.shutDown();
  }

  private watchKey(): void {
    const press = this.keyDownAt;
    this.world.timers.after(this.world.rules.onMs, () => {
      if (this.keyDownAt !== press || this.state !== "off") return;
      this.used = true;
      this.start();
    });
  }

  private setReset(level: 0 | 1): void {
    const down = level === 0;
    if (down === (this.resetDownAt !== null)) return;
    if (down) {
      this.resetDownAt = this.world.now();
      return;
    }
    const heldMs = this.world.now() - (this.resetDownAt as number);
    this.resetDownAt = null;
    const { resetMs, reset } = this.world.rules;
    if (heldMs < resetMs) return;
    if (reset === "restart") this.reboot();
    else this.off();
  }

  private to(state: PowerState): void {
    const before = this.status;
    this.state = state;
    this.world.emit({ ev: "power", state });
    if (this.status !== before) this.world.statusChanged();
  }
}

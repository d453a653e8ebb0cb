/** The SIM card: what it says, and how often it lets itself be guessed. What it counts, it remembers without power. */
import type { SimOptions, SimState } from "../options.ts";

/** Wrong PINs until the PUK is wanted, wrong PUKs until the card is dead (3GPP TS 11.11). */
const PIN_TRIES = 3;
const PUK_TRIES = 10;

export class Sim {
  state: SimState;
  private pin: string;
  private pinTries = PIN_TRIES;
  private pukTries = PUK_TRIES;
  private readonly asksPin: boolean;

  constructor(private readonly options: Required<SimOptions>) {
    this.state = options.state;
    this.pin = options.pin;
    this.asksPin = options.state === "pin" || options.state === "puk";
    if (options.state === "puk") this.pinTries = 0;
  }

  get iccid(): string {
    return this.options.iccid;
  }

  get imsi(): string {
    return this.options.imsi;
  }

  /** Power to the card: a PIN must be entered anew. */
  restart(): void {
    if (this.state === "ready" && this.asksPin) this.state = "pin";
  }

  /** @returns whether the card opened. */
  enterPin(pin: string): boolean {
    if (pin === this.pin) {
      this.pinTries = PIN_TRIES;
      this.state = "ready";
      return true;
    }
    if (--this.pinTries === 0) this.state = "puk";
    return false;
  }

  /** @returns whether the card opened, with a new PIN. */
  enterPuk(puk: string, newPin: string): boolean {
    if (this.pukTries > 0 && puk === this.options.puk) {
      this.pin = newPin;
      this.pinTries = PIN_TRIES;
      this.pukTries = PUK_TRIES;
      this.state = "ready";
      return true;
    }
    this.pukTries = Math.max(0, this.pukTries - 1);
    return false;
  }
}

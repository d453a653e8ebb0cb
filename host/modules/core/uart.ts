/**
 * The module's transmitter: paces bytes by the baud rate, cuts them into pieces, adds noise between blocks.
 * Garbage comes out in place of bytes when the two sides do not agree on the rate.
 */
import type { Settings } from "../options.ts";
import type { Random } from "./random.ts";
import type { Timers } from "./timers.ts";
import type { Clock } from "../../time/clock.ts";

/** Bytes that a UART driver hands on at a time. */
const FIFO = 64;
/** Start bit, eight data bits, stop bit. */
const BITS_PER_BYTE = 10;
/** Sums of fractions of a millisecond do not meet exactly. */
const ROUNDING_MS = 0.001;
/** How often noise comes before a block. */
const NOISE_CHANCE = 0.3;
/** URCs that no driver has reason to know. */
const UNKNOWN_URCS = ["+CGEV: NW MODIFY 1,2", '+QIND: "csq",21,99', "+QSTKURC: 0", "+QNETDEVSTATUS: 1"];

export class Uart {
  /** Of the module. */
  baud = 115_200;
  /** Of the host; null follows the module. */
  hostBaud: number | null = null;
  /** The module finds the host's rate by itself, from an `AT`. */
  autobaud = false;
  private queue: { bytes: Buffer; at: number }[] = [];
  private freeAt = 0;
  private armed = false;
  private drained: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly timers: Timers,
    private readonly random: Random,
    private readonly settings: Settings,
    private readonly emit: (bytes: Buffer) => void,
  ) {}

  get idle(): boolean {
    return this.queue.length === 0;
  }

  /** Sends bytes as they are: echo, payloads. */
  write(bytes: Buffer | string): void {
    const all = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    for (let at = 0; at < all.length;) {
      const size = this.settings.chunk > 0 ? this.random.int(1, this.settings.chunk) : FIFO;
      const piece = all.subarray(at, at + size);
      this.freeAt = Math.max(this.freeAt, this.clock.now()) + (piece.length * BITS_PER_BYTE * 1000) / this.baud;
      this.queue.push({ bytes: piece, at: this.freeAt });
      at += piece.length;
    }
    this.arm();
  }

  /** Sends a block that starts with a line end, perhaps with noise before it. */
  writeBlock(text: string): void {
    if (this.settings.noise && this.random.chance(NOISE_CHANCE)) this.writeNoise();
    this.write(text);
  }

  /** Whole lines only, so that no line of the module is harmed. */
  writeNoise(): void {
    const kind = this.random.int(0, 2);
    if (kind === 0) this.write("\r\n");
    else if (kind === 1) this.write(`\r\n${this.random.pick(UNKNOWN_URCS)}\r\n`);
    else this.write(`${this.garbage(this.random.int(1, 4)).toString("latin1")}\r\n`);
  }

  /** Bytes as a receiver at the wrong rate sees them: never a line end or a letter. */
  garbage(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.random.int(0x80, 0xff)));
  }

  /** What the host sent, as this side's receiver sees it. */
  received(bytes: Buffer): Buffer {
    if (this.autobaud && this.hostBaud !== null && /^at/i.test(bytes.toString("latin1", 0, 2))) this.baud = this.hostBaud;
    return this.matched() ? bytes : this.garbage(bytes.length);
  }

  /** Calls `fn` when everything written so far has left. */
  whenDrained(fn: () => void): void {
    if (this.idle) fn();
    else this.drained.push(fn);
  }

  /** The power is gone: so is what was not sent yet. */
  reset(): void {
    this.queue = [];
    this.drained = [];
    this.armed = false;
    this.freeAt = 0;
  }

  private matched(): boolean {
    return this.hostBaud === null || this.hostBaud === this.baud;
  }

  private arm(): void {
    const first = this.queue[0];
    if (this.armed || !first) return;
    this.armed = true;
    this.timers.after(first.at - this.clock.now(), () => this.flush());
  }

  private flush(): void {
    this.armed = false;
    const now = this.clock.now();
    for (let first = this.queue[0]; first && first.at <= now + ROUNDING_MS; first = this.queue[0]) {
      this.queue.shift();
      this.emit(this.matched() ? first.bytes : this.garbage(first.bytes.length));
    }
    if (this.idle) for (const fn of this.drained.splice(0)) fn();
    this.arm();
  }
}

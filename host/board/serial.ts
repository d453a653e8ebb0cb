/** `Serial1` to `Serial3`: a UART with its wire, its queue and its listeners. */
import type { InputQueue } from "./queue.ts";
import { Listeners } from "./events.ts";
import type { Program } from "./program.ts";
import { bytesOf } from "./realm.ts";

/** What a UART's other end does with the board's bytes. */
export interface UartPeer {
  write(bytes: Buffer, baud: number): void;
  /** The board opened the UART at this rate. */
  setup?(baud: number, options: unknown): void;
}

/** Kept while there is no listener (STREAM_MAX_BUFFER_SIZE). */
const KEPT = 512;
/** Bits per byte on the wire: start, 8, stop. */
const BITS = 10;
const DEFAULT_BAUD = 9600;

export class SerialPort {
  readonly listeners = new Listeners();
  /** The object that the program sees. */
  readonly object: object;
  private baud = 0;
  private kept = "";
  /** When the last byte that was written will have left. */
  private sentAt = 0;

  constructor(
    private readonly name: string,
    private readonly program: Program,
    private readonly queue: InputQueue,
    private readonly peer: UartPeer | undefined,
    /** The idle loop has something to do. */
    private readonly wake: () => void,
  ) {
    this.object = program.object({
      setup: (baud: unknown, options: unknown) => this.setup(Number(baud) || DEFAULT_BAUD, options),
      unsetup: () => void (this.baud = 0),
      write: (...data: unknown[]) => this.write(bytesOf(data)),
      print: (text: unknown) => this.write(bytesOf(String(text))),
      println: (text: unknown) => this.write(bytesOf(`${String(text)}\r\n`)),
      available: () => this.kept.length,
      read: (count: unknown) => this.read(Number(count) || 0),
      on: (event: string, fn: (...args: unknown[]) => void) => this.on(event, fn),
      removeListener: (event: string, fn: (...args: unknown[]) => void) => this.listeners.remove(event, fn),
      removeAllListeners: (event?: string) => this.listeners.removeAll(event),
    });
  }

  /** Bytes from the other end, which keeps to the baud: they are here now. */
  receive(bytes: Buffer): void {
    if (!this.baud || !bytes.length) return;
    if (this.queue.pushBytes(this.name, bytes)) this.program.setFlag("FIFO_FULL");
    this.wake();
  }

  /** A packet from the queue. */
  deliver(bytes: number[]): void {
    const text = String.fromCharCode(...bytes);
    if (this.listeners.has("data")) return this.tell(text);
    if (this.kept.length + text.length > KEPT) this.program.setFlag("BUFFER_FULL");
    this.kept = (this.kept + text).slice(0, KEPT);
  }

  private tell(text: string): void {
    for (const listener of this.listeners.of("data")) this.program.call(listener, text);
  }

  private setup(baud: number, options: unknown): void {
    this.baud = baud;
    this.peer?.setup?.(baud, options);
  }

  private write(bytes: Buffer): void {
    if (!this.baud || !bytes.length) return;
    const now = this.program.clock.now();
    const baud = this.baud;
    this.sentAt = Math.max(now, this.sentAt) + (bytes.length * BITS * 1000) / baud;
    this.program.later(() => this.peer?.write(bytes, baud), this.sentAt - now);
  }

  private on(event: string, fn: (...args: unknown[]) => void): void {
    this.listeners.add(event, fn);
    if (event != "data" || !this.kept) return;
    const kept = this.kept;
    this.kept = "";
    this.program.later(() => this.program.idle(() => this.tell(kept)));
  }

  private read(count: number): string {
    const taken = count > 0 ? this.kept.slice(0, count) : this.kept;
    this.kept = this.kept.slice(taken.length);
    return taken;
  }
}

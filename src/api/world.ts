/** Everything outside the program: built by `hal/` on a board, by a test on a PC. Times are milliseconds. */
import type { Boot } from "./boot";
import type { Board } from "./config";

export type PinName = "powerKey" | "reset" | "status";

export interface ConnectOptions {
  host: string;
  port: number;
  tls: boolean;
  /** PEM of the authority that the server is verified by, if the interpreter does that; absent: it is not verified. */
  ca: string | undefined;
}

export interface SocketEvents {
  open(): void;
  /** One character per byte. */
  data(chunk: string): void;
  /** The connection is over, or could not be made. */
  close(reason: string): void;
}

export interface Socket {
  write(bytes: string): unknown;
  end(): void;
}

/** What belongs to a path that an image does not have is not there. */
export interface World {
  /** Which image runs. */
  boot: Boot;
  board(): Board;
  /** Opens the module's UART (again) at `baud` bit/s; bytes arrive as strings of one character per byte. */
  openUart(baud: number, onData: (chunk: string) => void): void;
  write(bytes: string): void;
  /** Presses (`true`) or releases a key of the module. Without that pin nothing happens. */
  press(pin: PinName, down: boolean): void;
  /** Level of the module's status pin: is it switched on? `null` without that pin. */
  isOn(): boolean | null;
  /** Milliseconds since some fixed moment; never set back. */
  now(): number;
  /** Joins a Wi-Fi network: `done` gets `""`, or why not; `onLost` why it is out of it again. */
  join(ssid: string, password: string, done: (failure: string) => void, onLost: (reason: string) => void): void;
  /** Leaves it. */
  leave(): void;
  /** Its signal in dBm; without Wi-Fi nothing is called. */
  rssi(then: (dbm: number) => void): void;
  /** Opens a TCP or TLS connection. @throws if that fails at once. */
  connect(options: ConnectOptions, events: SocketEvents): Socket;
  /** The board's own number. */
  serial(): string;
  after(fn: () => void, ms: number): number;
  /** Of `after` or `every`; 0 is none. */
  cancel(timer: number): unknown;
  every(fn: () => void, ms: number): number;
  /** 0 <= x < 1 */
  random(): number;
  /** A Storage file's bytes; `undefined` without such a file. On a board this is flash, not memory. */
  read(file: string): string | undefined;
  /** Writes bytes into a Storage file; the first write gives its full `size`. */
  save(file: string, bytes: string, offset: number, size: number): void;
  /** Loads a cold module from Storage; `drop` frees it. */
  load(name: string): unknown;
  drop(name: string): void;
  /** Bytes of a typed array as a string. */
  bytes(data: Uint8Array): string;
  /** Variables in use and in all. */
  memory(): { usage: number; total: number };
  log(text: string): void;
  restart(): void;
}

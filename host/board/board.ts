/**
 * A board in Node: boots a set of Storage files the way the interpreter does, over a copy of its surroundings. It is as faithful
 * as needed to develop firmware on, but it is Node that runs the language: whether the interpreter takes a program, and what it
 * costs, only the interpreter says.
 */
import { LINUX_REGION, PowerCut } from "../flash-model/flash.ts";
import type { FlashHook, Region } from "../flash-model/flash.ts";
import { makeStorage } from "../flash-model/storage.ts";
import type { FlashStorage } from "../flash-model/storage.ts";
import type { Clock, TimerId } from "../time/clock.ts";
import { defineNatives } from "./natives.ts";
import type { BoardFacts } from "./natives.ts";
import { Network } from "./network.ts";
import type { NetworkPeer } from "./network.ts";
import { Pins } from "./pins.ts";
import type { PinPeer } from "./pins.ts";
import { Program } from "./program.ts";
import { InputQueue } from "./queue.ts";
import { randomOf } from "./random.ts";
import { SerialPort } from "./serial.ts";
import type { UartPeer } from "./serial.ts";

export interface NodeBoardOptions extends Partial<BoardFacts> {
  clock: Clock;
  /** Storage files by name. */
  files: ReadonlyMap<string, Buffer>;
  /** What hangs on `Serial1` to `Serial3`. */
  uarts?: Readonly<Record<string, UartPeer>>;
  pins?: PinPeer;
  /** Absent: the board has no `net`, `tls` and `Wifi`. */
  network?: NetworkPeer;
  print?(line: string): void;
  /** Of `Math.random` and `E.hwRand`. */
  seed?: number;
  /** The flash that holds the Storage; default: as on Linux, 256 pages of 1 KiB. */
  region?: Region;
  /** Told before each elementary operation of the flash. Where it lets the power fail, the board is off until it is booted again. */
  onFlash?: FlashHook;
  /** Bytes of the queue that inputs share; default: as on STM32, 1,024. */
  queueSize?: number;
}

export interface BoardInfo {
  running: boolean;
  timers: number;
  watches: number;
  /** Listeners of each UART, and of `E` and `process` together. */
  listeners: Record<string, number>;
  /** Loaded with `require`. */
  modules: string[];
}

const UARTS = ["Serial1", "Serial2", "Serial3"];

export class NodeBoard {
  readonly storage: FlashStorage;
  /** Times that the program or its watchdog restarted the board. */
  restarts = 0;
  private program: Program | null = null;
  private pins: Pins | null = null;
  private network: Network | null = null;
  private uarts = new Map<string, SerialPort>();
  private queue = new InputQueue(0);
  private awake = false;
  private watchdogMs = 0;
  private watchdogTimer: TimerId = 0;
  private restartTimer: TimerId = 0;
  private readonly random: () => number;

  constructor(private readonly options: NodeBoardOptions) {
    this.storage = makeStorage(options.region ?? LINUX_REGION, options.files, options.onFlash);
    this.random = randomOf(options.seed ?? 1);
  }

  /** Power on, or off and on again. */
  boot(): void {
    this.kill();
    try {
      this.checkStorage();
    } catch (error) {
      if (error instanceof PowerCut) return;
      throw error;
    }
    const { options } = this;
    const program = new Program({
      clock: options.clock,
      storage: this.storage,
      print: (line) => options.print?.(line),
      onPowerCut: () => this.kill(),
      sources: { now: () => options.clock.now(), random: this.random },
    });
    const queue = new InputQueue(options.queueSize ?? 1024);
    const pins = new Pins(program, options.pins ?? {});
    this.program = program;
    this.queue = queue;
    this.pins = pins;
    this.uarts = new Map(UARTS.map((name) => [name, new SerialPort(name, program, queue, options.uarts?.[name], () => this.wake())]));
    program.define(Object.fromEntries([...this.uarts].map(([name, uart]) => [name, uart.object])));
    const facts = { boardName: options.boardName ?? "LINUX", variables: options.variables ?? 5450, hashes: options.hashes ?? [] };
    const life = { reboot: () => this.restart(), watchdog: (seconds: number) => this.watchdog(seconds), kick: () => this.kick() };
    defineNatives(program, this.storage, pins, facts, life, this.random);
    this.network = options.network ? new Network(program, options.network) : null;

    for (const name of [".bootPowerOn", ".boot0", ".boot1", ".boot2", ".boot3"]) program.runFile(name);
    if (!program.runFile(".bootrst")) program.runFile(".bootcde");
    program.emit("E", "init");
  }

  /** Power off: nothing of the program runs any more, no timer is left. The Storage stays. */
  kill(): void {
    this.options.clock.clearTimeout(this.restartTimer);
    this.watchdog(0);
    this.program?.end();
    this.program = null;
    this.network?.end();
    this.network = null;
    this.pins = null;
    this.uarts.clear();
    this.awake = false;
  }

  /** Bytes that arrived at the board's RX pin; the sender keeps to the baud. Before `setup` nobody listens. */
  uartInput(uart: string, bytes: Buffer): void {
    this.uarts.get(uart)?.receive(bytes);
  }

  /** A level on an input pin, for `setWatch`. */
  pinInput(pin: string, level: 0 | 1): void {
    // A watch's packet holds its time, 4 bytes; the level travels in its flags. Here the last byte has it.
    if (!this.queue.pushPacket(pin, [0, 0, 0, level])) this.program?.setFlag("FIFO_FULL");
    this.wake();
  }

  /** The program computes for `ms` milliseconds without a pause: callbacks wait, input piles up in the queue. */
  stall(ms: number): void {
    this.program?.stall(ms);
  }

  info(): BoardInfo {
    return {
      running: this.program !== null,
      timers: this.program?.timers.count ?? 0,
      watches: this.pins?.watchCount ?? 0,
      listeners: {
        ...Object.fromEntries([...this.uarts].map(([name, uart]) => [name, uart.listeners.count])),
        system: this.program?.events.count ?? 0,
      },
      modules: this.program?.modules ?? [],
    };
  }

  /** As the interpreter says it (`src/jsinteractive.c`, `jsfResetStorage`). */
  private checkStorage(): void {
    if (!this.storage.eraseIfCorrupt()) return;
    for (const line of ["Storage is corrupt.", "Erasing Storage Area...", "Erase complete."]) this.options.print?.(line);
  }

  private wake(): void {
    const { program } = this;
    if (this.awake || !program) return;
    this.awake = true;
    program.later(() => program.idle(() => this.drain()));
  }

  /** The idle loop takes what is in the queue when it starts. */
  private drain(): void {
    this.awake = false;
    for (let left = this.queue.length; left > 0; left--) {
      const packet = this.queue.pop();
      if (!packet) break;
      const uart = this.uarts.get(packet.source);
      if (uart) uart.deliver(packet.bytes);
      else this.pins?.changed(packet.source, packet.bytes.at(-1) == 1);
    }
    if (this.queue.length) this.wake();
  }

  /** The running code ends at once; the new start comes from the clock. */
  private restart(): void {
    this.restarts++;
    this.kill();
    this.restartTimer = this.options.clock.setTimeout(() => this.boot(), 0);
  }

  private watchdog(seconds: number): void {
    this.watchdogMs = seconds * 1000;
    this.kick();
  }

  private kick(): void {
    this.options.clock.clearTimeout(this.watchdogTimer);
    if (this.watchdogMs) this.watchdogTimer = this.options.clock.setTimeout(() => this.restart(), this.watchdogMs);
  }
}

/** What every emulated module has, whatever it calls its commands; and what a personality adds to it. */
import type { Clock } from "../../time/clock.ts";
import type { ModemOptions, Settings } from "../options.ts";
import type { ArgumentError, AtError, CommandTable } from "./command.ts";
import type { Emit } from "./events.ts";
import type { Faults } from "./faults.ts";
import type { FileStore } from "./files.ts";
import type { AtPort } from "./port.ts";
import type { Power } from "./power.ts";
import type { Radio } from "./radio.ts";
import type { Latency, Random } from "./random.ts";
import type { Rtc } from "./rtc.ts";
import type { Sim } from "./sim.ts";
import type { Timers } from "./timers.ts";
import type { Uart } from "./uart.ts";

export interface Core {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly resolve: ModemOptions["resolve"];
  readonly random: Random;
  /** Of the running module: all end when it restarts or loses power. */
  readonly timers: Timers;
  readonly faults: Faults;
  readonly uart: Uart;
  readonly port: AtPort;
  readonly power: Power;
  readonly files: FileStore;
  readonly sim: Sim;
  readonly radio: Radio;
  readonly rtc: Rtc;
  readonly emit: Emit;
  now(): number;
  /** Milliseconds, scaled by the latency setting. */
  scaled(ms: number): number;
  latency(latency: Latency): number;
}

/** One kind of module: its commands, its words, its boot. */
export interface Personality {
  readonly commands: CommandTable;
  /** Of a command that names none. */
  readonly simpleLatency: Latency;
  failure(error: AtError | ArgumentError, name: string): string;
  /** What a line gets that is too long or no command. */
  readonly badLine: AtError;
  /** Whether URCs come out of the emulated UART. */
  urcsHere(): boolean;
  /** What the module hears of bytes that arrive; absent: all of them. */
  hears?(bytes: Buffer): Buffer;
  /** From power to the ready sign, and on. */
  boot(): void;
  /** Says good-bye by its own timing, then calls `off`. */
  shutDown(off: () => void): void;
  /** Power is gone or the module restarts: forgets all that is not in flash, closes all sockets. */
  reset(): void;
  /** The supply was cut: what only a loss of power heals is healed. */
  powerLost(): void;
  registrationChanged(): void;
  contextLost(cid: number): void;
  /** The card was pulled out or put in. */
  simChanged(): void;
  /** Breaks the connection of one client, or of all. */
  drop(client: number | null): void;
  /** The network takes a context away; null: the one that carries the data. */
  deactivateByNetwork(cid: number | null): void;
  /** Absent: URCs have one place to go. */
  setUrcPort?(port: string): void;
}

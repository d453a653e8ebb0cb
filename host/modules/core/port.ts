/**
 * The command port: lines in, answers and URCs out, data mode in between.
 * Framing (seen in captures of EC25 and BG770A): the echo is what came, up to CR; info lines share one block;
 * every block is CR LF text CR LF.
 */
import { collect, type Collector } from "./collector.ts";
import { ArgumentError, AtError, Args, type Answer, type Collect, type Command, type Ended, type Pending, type Reply } from "./command.ts";
import { commandBody, commandsOf, type ParsedCommand, type ParsedLine } from "./parse.ts";
import type { Mask } from "./secrets.ts";
import type { Faults } from "./faults.ts";
import type { Latency } from "./random.ts";
import type { Timers } from "./timers.ts";
import type { Uart } from "./uart.ts";
import type { Settings } from "../options.ts";
import type { Emit } from "./events.ts";

const CR = 0x0d;
const LF = 0x0a;
/** URCs wait for a half-typed line, but not for ever. */
const TYPING_MS = 1000;
/** Between two pieces of noise on an idle line. */
const IDLE_NOISE: Latency = [10_000, 8_000];

export interface PortWorld {
  uart: Uart;
  timers: Timers;
  now(): number;
  /** Milliseconds, from the seeded generator, scaled. */
  latency(latency: Latency): number;
  settings: Settings;
  faults: Faults;
  emit: Emit;
  /** For what is told about command lines. */
  withoutSecrets: Mask;
  command(name: string): Command | undefined;
  /** Of a command that names none. */
  simpleLatency(): Latency;
  /** Text of a final result for an error. */
  failure(error: AtError | ArgumentError, name: string): string;
  /** What a line gets that is too long or no command. */
  badLine(): AtError;
  /** Whether this UART carries URCs. */
  urcsHere(): boolean;
}

/** `busy` keeps what the host sends for later, `deaf` loses it. */
type Mode = "closed" | "command" | "busy" | "deaf" | "data";

/** A command line on its way: what is still to be done, and the command in hand. */
interface Running extends Pick<ParsedLine, "commands" | "malformed"> {
  name: string;
  startedAt: number;
}

export class AtPort {
  echo = true;
  private mode: Mode = "closed";
  private typed = "";
  private typedAt = 0;
  /** Bytes that came while a command was being carried out. */
  private waiting = Buffer.alloc(0);
  private collector: Collector | null = null;
  private urcs: { text: string; bare: boolean }[] = [];
  private waking = false;

  constructor(private readonly world: PortWorld) {}

  /** The module is ready for commands. */
  open(): void {
    this.mode = "command";
    if (this.world.settings.noise) this.idleNoise();
  }

  /** No more commands; URCs still come out. */
  close(): void {
    this.mode = "closed";
    this.typed = "";
    this.waiting = Buffer.alloc(0);
    this.collector = null;
  }

  /** The module lost power or restarts. */
  reset(): void {
    this.close();
    this.urcs = [];
    this.waking = false;
  }

  feed(bytes: Buffer): void {
    if (this.mode === "closed" || this.mode === "deaf" || this.world.faults.silent) return;
    this.waiting = Buffer.concat([this.waiting, bytes]);
    this.pump();
  }

  /** A line that nobody asked for; `bare` has no line end behind it. */
  urc(text: string, bare = false): void {
    if (!this.world.urcsHere()) return;
    this.urcs.push({ text, bare });
    this.flushUrcs();
  }

  private pump(): void {
    while (this.waiting.length > 0) {
      if (this.mode === "data") {
        const bytes = this.waiting;
        this.waiting = Buffer.alloc(0);
        this.collector?.feed(bytes);
      } else if (this.mode === "command") {
        const end = this.waiting.indexOf(CR);
        const piece = end < 0 ? this.waiting : this.waiting.subarray(0, end + 1);
        this.waiting = this.waiting.subarray(piece.length);
        this.type(piece);
      } else return;
    }
  }

  /** Part of a line, or its end. A line feed after the CR of the line before is ignored (EC2x AT manual). */
  private type(piece: Buffer): void {
    const text = piece.toString("latin1").replaceAll("\n", "");
    if (text === "") return;
    if (this.echo) {
      if (this.world.settings.quirks.extraCrlf && this.typed === "") this.world.uart.write("\r\n");
      this.world.uart.write(text);
    }
    this.typed += text;
    this.typedAt = this.world.now();
    if (!this.typed.endsWith("\r")) return;
    const line = this.typed.slice(0, -1);
    this.typed = "";
    this.line(line);
  }

  private line(line: string): void {
    const { beforeAt, lineLimit, joins } = this.world.settings.quirks;
    const body = commandBody(line);
    const clean = beforeAt === "found" || /^ *at/i.test(line);
    if (body === null || (!clean && beforeAt === "ignored")) return this.flushUrcs();
    this.mode = "busy";
    this.world.emit({ ev: "command", command: `AT${this.world.withoutSecrets(body)}` });
    const { commands, malformed, joined } = commandsOf(body);
    const isGood = clean && line.length <= lineLimit && (joins || !joined);
    const running: Running = {
      ...(isGood ? { commands, malformed } : { commands: [], malformed: true }),
      name: "",
      startedAt: this.world.now(),
    };
    if (running.commands.length === 0) this.after(undefined, () => this.finish(this.lastResult(running)));
    else this.next(running);
    this.flushUrcs();
  }

  private next(running: Running): void {
    const command = running.commands.shift() as ParsedCommand;
    running.name = command.name;
    this.attempt(running, () => this.reply(this.handle(command, running), running));
  }

  private handle({ name, form, args }: ParsedCommand, { startedAt }: Running): Reply {
    const command = this.world.command(name);
    if (form === "test" && command?.test) return { kind: "answer", info: command.test(), latency: command.testLatency };
    const handler = form === "test" ? undefined : command?.[form];
    if (!handler) throw new AtError();
    return handler({ name, args: new Args(args), startedAt });
  }

  /** Carries out part of a command; an error is its answer. */
  private attempt(running: Running, step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof AtError || error instanceof ArgumentError)) throw error;
      this.after(undefined, () => this.finish(this.world.failure(error, running.name)));
    }
  }

  private reply(reply: Reply, running: Running): void {
    if (reply.kind === "wait" && reply.deaf) this.mode = "deaf";
    this.after(reply.latency, () => {
      if (reply.kind === "wait") this.attempt(running, () => this.reply(reply.next(), running));
      else if (reply.kind === "collect") this.prompt(reply, running);
      else if (reply.kind === "pending") this.pend(reply, running);
      else this.answer(reply, running);
    });
  }

  private answer(answer: Answer, running: Running): void {
    if (running.commands.length === 0) return this.finish(this.lastResult(running, answer.result), answer);
    this.sayInfo(answer);
    answer.then?.();
    this.next(running);
  }

  private lastResult({ malformed, name }: Running, result: string | null = "OK"): string | null {
    return malformed ? this.world.failure(this.world.badLine(), name) : result;
  }

  /** The last words on a command line. Late results are set up behind them. */
  private finish(result: string | null, answer?: Answer): void {
    const lost = this.world.faults.loseAnswer;
    this.world.faults.loseAnswer = false;
    if (!lost) {
      // Behind data whatever comes would belong to them.
      const quiet = this.mode === "data" || answer?.raw !== undefined;
      if (answer) this.sayInfo(answer);
      if (result !== null) this.say(`\r\n${result}\r\n`, quiet);
      if (answer?.tail !== undefined) this.sayUrc(answer.tail, "\r\n", quiet);
    }
    this.mode = "command";
    answer?.then?.();
    this.world.emit({ ev: "result", result, lost });
    this.flushUrcs();
    this.pump();
  }

  private prompt(spec: Collect, running: Running): void {
    this.mode = "data";
    if (this.world.settings.quirks.beforePrompt === "lost") this.waiting = Buffer.alloc(0);
    // A line feed behind the command's CR is no data.
    else if (this.waiting[0] === LF) this.waiting = this.waiting.subarray(1);
    this.collector = collect(spec, {
      timers: this.world.timers,
      now: () => this.world.now(),
      write: (text) => this.world.uart.write(text),
      echoOn: () => this.echo,
      ended: (data, ended) => this.collected(spec, running, data, ended),
    });
    if (this.world.faults.losePrompt) this.world.faults.losePrompt = false;
    else this.say(spec.prompt);
    this.pump();
  }

  /** In data mode without a collector what the host sends is lost. */
  private pend({ prompt, start }: Pending, running: Running): void {
    if (prompt !== undefined) {
      this.mode = "data";
      this.say(prompt);
    }
    start(
      (bytes) => {
        if (!this.world.faults.silent) this.world.uart.write(bytes);
      },
      (next) => this.attempt(running, () => this.reply(next(), running)),
    );
  }

  /** Surplus bytes are dropped (as EC800M does), up to the answer. */
  private collected(spec: Collect, running: Running, data: Buffer, ended: Ended): void {
    this.collector = null;
    this.mode = "deaf";
    this.attempt(running, () => this.reply(spec.done(data, ended), running));
    this.flushUrcs();
  }

  private after(latency: Latency | undefined, fn: () => void): void {
    const late = this.world.faults.lateMs;
    this.world.faults.lateMs = 0;
    this.world.timers.after(this.world.latency(latency ?? this.world.simpleLatency()) + late, () => {
      // A module that is shutting down answers no more.
      if (this.mode !== "closed") fn();
    });
  }

  private sayInfo({ info = [], raw = "" }: Answer): void {
    if (info.length > 0) this.say(`\r\n${info.join("\r\n")}\r\n`);
    if (raw && !this.world.faults.silent) this.world.uart.write(raw);
  }

  private sayUrc(text: string, end: string, quiet = false): void {
    if (!this.world.urcsHere()) return;
    this.say(`\r\n${text}${end}`, quiet);
    this.world.emit({ ev: "urc", urc: text });
  }

  /** `quiet`: no noise before it. */
  private say(block: string, quiet = false): void {
    if (this.world.faults.silent) return;
    if (quiet) this.world.uart.write(block);
    else this.world.uart.writeBlock(block);
  }

  /** URCs never come inside data mode or a half-typed line. */
  private flushUrcs(): void {
    while (this.urcs.length > 0) {
      if (this.mode === "data") return;
      if ((this.mode === "busy" || this.mode === "deaf") && !this.world.settings.quirks.urcDuringCmd) return;
      const typingMs = TYPING_MS - (this.world.now() - this.typedAt);
      if (this.typed !== "" && typingMs > 0) return this.wake(typingMs);
      const { text, bare } = this.urcs.shift() as (typeof this.urcs)[number];
      this.sayUrc(text, bare ? "" : "\r\n");
    }
  }

  private wake(ms: number): void {
    if (this.waking) return;
    this.waking = true;
    this.world.timers.after(ms, () => {
      this.waking = false;
      this.flushUrcs();
    });
  }

  private idleNoise(): void {
    this.world.timers.after(Math.max(1, this.world.latency(IDLE_NOISE)), () => {
      if (this.mode === "command" && this.typed === "" && !this.world.faults.silent) this.world.uart.writeNoise();
      this.idleNoise();
    });
  }
}

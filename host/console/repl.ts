/**
 * The interpreter's console as something that can be asked: expressions go out one per line, their values come back, and what the program
 * prints in between is handed over line by line. (Espruino: `README_Protocol.md`; byte 16 at the start of a line switches its echo off.)
 *
 * A line may get lost or spoilt on its way. So it carries a checksum of its expression, and what gets no answer is asked
 * again: expressions must bear that.
 */
import { crc32 } from "node:zlib";
import { LineReader } from "../interpreter/interpreter.ts";
import type { Port } from "./port.ts";

/**
 * Clears what was typed, and stops a program that does not end. Something is typed before: on an empty line the second Ctrl-C within five
 * seconds ends the Linux port (`src/jsinteractive.c`, jsiIdle).
 */
const INTERRUPT = "0\x03";
const QUIET = "\x10";
/** Of an answer: an expression that takes longer says so itself. */
const ANSWER_MS = 3000;
const ATTEMPTS = 5;
/**
 * After an interrupt what is in the queues still comes. It is over when nothing was printed for this long, or at the latest after the next.
 */
const QUIET_MS = 300;
const CALM_MS = 20_000;
const LOCKED = /^ *Invalid password$/;
/** The interpreter made nothing of the line. */
const SPOILT = /^>?Uncaught (SyntaxError|ReferenceError|TypeError|Error)/;

/** The console wants a password, and none or a wrong one was given. */
export class LockedError extends Error {}
/** No answer, or a spoilt one. */
export class LostError extends Error {}

/**
 * The Linux port's reader of standard input and its main loop share a queue without a lock (`src/jsdevices.c`): bytes that arrive while
 * others are taken out get lost, or what is left comes round without end. So the main loop is kept busy behind each answer until the next
 * line is there as a whole, which it takes out only then. `rx`, the bytes that wait, is newer than 2v29: without it there is a fixed time,
 * longer than the reader's 50 ms.
 */
const HOLD =
  "for(let r=process.memory(false).rx,t=getTime()+(r===undefined?.15:.6),m=0;getTime()<t;)" +
  "if(!m&&process.memory(false).rx>0){m=1;t=getTime()+.03}";
/** A line must fit into half of the queue of 1,024 bytes, where that reader stops; so the long part of it is a function. */
const HELPER = "$q";

export interface ReplOptions {
  /** See `HOLD`. */
  hold?: boolean;
}

export interface EvaluateOptions {
  /** Of one attempt; default 3 s. */
  timeoutMs?: number;
  /** Default 5. */
  attempts?: number;
  /** Before another attempt the program that runs is interrupted; default: yes. */
  interrupt?: boolean;
}

interface Question {
  id: string;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class Repl {
  private asked = 0;
  private question: Question | null = null;
  private lost: Error | null = null;
  private lastHeard = 0;
  /** The interpreter has the function `HELPER`. */
  private isReady = false;
  private readonly reader = new LineReader((line) => this.line(line));

  /** `onLine`: what the program prints, one character per byte. */
  constructor(
    private readonly port: Port,
    private readonly onLine: (line: string) => void = () => {},
    private readonly options: ReplOptions = {},
  ) {
    port.onData((bytes) => {
      this.lastHeard = performance.now();
      this.reader.feed(bytes.toString("latin1"));
    });
    port.onClose((error) => {
      this.lost = new Error(
        `${port.where}: the line was closed${error ? `: ${error.message}` : ""}; was the board unplugged, or is another program on it?`,
      );
      this.question?.reject(this.lost);
    });
  }

  /** The other side is gone for good; another port must be opened. */
  get isLost(): boolean {
    return this.lost !== null;
  }

  /**
   * The value of an expression as JSON carries it (`undefined` is `null`); it may be evaluated more than once.
   * @throws {LockedError} if the console wants a password; {Error} with what the interpreter throws, or if it does not answer.
   */
  async evaluate(expression: string, options: EvaluateOptions = {}): Promise<unknown> {
    const { timeoutMs = ANSWER_MS, attempts = ATTEMPTS, interrupt = true } = options;
    for (let attempt = 1; ; attempt++) {
      try {
        if (this.options.hold && !this.isReady) await this.prepare();
        return await this.ask(expression, timeoutMs);
      } catch (error) {
        this.isReady = false;
        if (!(error instanceof LostError) || attempt == attempts) throw error;
        if (interrupt) await this.calm();
      }
    }
  }

  /**
   * Gets the console to answer: clears what was typed, stops a program that does not end, unlocks it if it is locked.
   * @throws {LockedError}
   */
  async attention(password?: string): Promise<void> {
    try {
      await this.evaluate("1");
    } catch (error) {
      if (!(error instanceof LockedError) || password === undefined) throw error;
      this.port.write(Buffer.from(`${password}\n`, "latin1"));
      await this.quiet();
      await this.evaluate("1").catch((again: unknown) => {
        throw again instanceof LockedError ? new LockedError("the console does not take the password") : again;
      });
    }
  }

  /** It is told anew what it must know: a restart, or `reset()`, has made it forget. */
  restarted(): void {
    this.isReady = false;
  }

  /** Ends what runs and what was typed, and waits until nothing more is printed. */
  private async calm(): Promise<void> {
    this.port.write(Buffer.from(INTERRUPT, "latin1"));
    await this.quiet();
  }

  private async quiet(): Promise<void> {
    const end = performance.now() + CALM_MS;
    do await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    while (performance.now() - this.lastHeard < QUIET_MS && performance.now() < end);
  }

  private async prepare(): Promise<void> {
    const id = `${++this.asked}`;
    const body = `try{print("<#"+i+(E.CRC32(s)==c?"="+JSON.stringify(eval(s)):"?"))}catch(e){print("<#"+i+"!"+e)}${HOLD}`;
    await this.send(`function ${HELPER}(i,c,s){${body}};${HELPER}("${id}",${crc32("1")},"1")`, id, ANSWER_MS);
    this.isReady = true;
  }

  private ask(expression: string, timeoutMs: number): Promise<unknown> {
    const id = `${++this.asked}`;
    const question = `"${id}",${crc32(expression)},${JSON.stringify(expression)}`;
    if (this.options.hold) return this.send(`${HELPER}(${question})`, id, timeoutMs);
    // The sign is in two parts: it is not in what may be echoed.
    const answer = `((i,c,s)=>print("<#"+i+(E.CRC32(s)==c?"="+JSON.stringify(eval(s)):"?")))(${question})`;
    return this.send(`try{${answer}}catch(e){print("<#"+"${id}!"+e)}`, id, timeoutMs);
  }

  private send(line: string, id: string, timeoutMs: number): Promise<unknown> {
    if (this.lost) return Promise.reject(this.lost);
    return new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        clearTimeout(guard);
        this.question = null;
        then();
      };
      const guard = setTimeout(
        () => this.question?.reject(new LostError(`${this.port.where}: the interpreter's console does not answer`)),
        timeoutMs,
      );
      this.question = { id, resolve: (value) => settle(() => resolve(value)), reject: (error) => settle(() => reject(error)) };
      this.port.write(Buffer.from(`${QUIET}${line}\n`, "latin1"));
    });
  }

  private line(line: string): void {
    const { question } = this;
    const at = question ? line.indexOf(`<#${question.id}`) : -1;
    if (question && at >= 0) this.answer(question, line.slice(at + 2 + question.id.length));
    else if (question && LOCKED.test(line))
      question.reject(new LockedError("the console is locked with a password; give it with --password-file"));
    else {
      if (question && SPOILT.test(line)) question.reject(new LostError(`the interpreter's console says ${line.replace(/^>/, "")}`));
      // The remains of an answer that came late, or twice.
      if (!line.includes("<#")) this.onLine(line);
    }
  }

  private answer(question: Question, text: string): void {
    if (text.startsWith("!")) return question.reject(new Error(`the interpreter says ${text.slice(1)}`));
    try {
      if (text.startsWith("=")) question.resolve(JSON.parse(text.slice(1)));
      else question.reject(new LostError("a line to the console was spoilt on its way"));
    } catch {
      question.reject(new LostError("an answer of the console was spoilt on its way"));
    }
  }
}

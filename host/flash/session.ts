/** The console of one device during a flash: opened when it is needed, opened again when a restart took it away. */
import { openPort } from "../console/port.ts";
import type { Port } from "../console/port.ts";
import { LostError, Repl } from "../console/repl.ts";
import type { BoardFile } from "../config/board-file.ts";
import { checkTokens } from "./job.ts";
import type { FlashJob } from "./job.ts";
import { versionMistake } from "../config/interpreter-version.ts";

/** USB comes back some seconds after a restart. */
const OPEN_MS = 20_000;
const RETRY_MS = 250;
/** What the link prints when a message of its own was acknowledged (`src/link/supervisor.ts`). */
const ONLINE = /^online: \d+\/\d+ variables$/;
/** What says why it is not. */
const REASON = /^error: |^Uncaught |^error flags: /;

export class Session {
  private port: Port | null = null;
  private repl: Repl | null = null;
  private onLine: (line: string) => void = () => {};

  /** `tell`: what the device prints. */
  constructor(
    private readonly where: string,
    private readonly console: BoardFile["console"],
    private readonly tell: (line: string) => void,
  ) {}

  /** @throws {Error} if the port cannot be opened for 20 s. */
  async open(): Promise<Repl> {
    if (this.repl && !this.repl.isLost) return this.repl;
    await this.close();
    const end = performance.now() + OPEN_MS;
    for (;;) {
      try {
        this.port = await openPort(this.where, this.console.baud);
        break;
      } catch (error) {
        if (performance.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    const onLine = (line: string): void => {
      this.tell(line);
      this.onLine(line);
    };
    this.repl = new Repl(this.port, onLine, { hold: this.console.hold ?? false });
    return this.repl;
  }

  async close(): Promise<void> {
    await this.port?.close();
    this.port = null;
    this.repl = null;
  }

  /**
   * `start`: what makes the device start; then it is waited until it says that it is online.
   * @throws {Error} with the last reason that it printed.
   */
  async untilOnline(start: () => Promise<void>, timeoutMs: number): Promise<string> {
    let reason = "";
    let last = "";
    let found: (line: string) => void = () => {};
    const online = new Promise<string>((resolve) => (found = resolve));
    this.onLine = (line) => {
      if (ONLINE.test(line)) found(line);
      else if (REASON.test(line)) reason = line;
      last = line;
    };
    try {
      await start();
      const end = performance.now() + timeoutMs;
      while (performance.now() < end) {
        const line = await Promise.race([online, new Promise<null>((resolve) => setTimeout(resolve, RETRY_MS, null))]);
        if (line !== null) return line;
        if (!this.repl || this.repl.isLost) await this.open();
      }
    } finally {
      this.onLine = () => {};
    }
    throw new Error(
      `the device did not get online within ${timeoutMs / 1000} s${reason || last ? `; it says: ${reason || last}` : "; it says nothing: is --port its console?"}`,
    );
  }
}

/** For `catch`: a console that does not answer, with what there is to look for. */
export function explainSilence(error: unknown): never {
  if (error instanceof LostError)
    error.message +=
      "; is this the board's console, is an interpreter on it (--firmware writes one), and was it not sealed with --seal none (then only a tool reaches it)?";
  throw error;
}

export interface Running {
  version: string;
  board: string;
}

/** @throws {Error} if it is another board, or an interpreter that does not work. */
export async function checkInterpreter(repl: Repl, { board, pretokenised }: Pick<FlashJob, "board" | "pretokenised">): Promise<Running> {
  const answer = await repl.evaluate("[process.env.VERSION,process.env.BOARD]", { interrupt: false }).catch(explainSilence);
  const [version = "", name = ""] = answer as string[];
  const { boards } = board.interpreter;
  if (!boards.includes(name))
    throw new Error(`the interpreter is one for ${name}, not for ${boards.join(" or ")}: wrong --board or --port?`);
  const mistake = versionMistake(version, board.interpreter);
  if (mistake !== undefined) throw new Error(`the interpreter is ${mistake}; give it with --firmware`);
  checkTokens(version, pretokenised);
  return { version, board: name };
}

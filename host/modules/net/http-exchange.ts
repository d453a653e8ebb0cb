/**
 * One HTTP request and its response on a connection that is open. The request goes out byte for byte as the module wrote it; the
 * response is read by Node's own parser.
 */
import { request as parsingRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Faults } from "../core/faults.ts";
import type { Timers } from "../core/timers.ts";
import type { Clock } from "../../time/clock.ts";
import { BodyQueue } from "./body-queue.ts";
import { holdClock, PACKET_GUARD_MS } from "./hold.ts";

/** What comes before a body. */
export interface ResponseHead {
  status: number;
  /** Status line and header lines, CR LF between them. */
  text: string;
  /** Content-Length in bytes; null: the server did not say. */
  length: number | null;
  /** Header values by lower-case name. */
  headers: IncomingMessage["headers"];
}

/** `read`, `write`: the socket failed. `decode`: not HTTP. `deactivated`: the module lost its context. */
export type Broken = "closed" | "read" | "write" | "decode" | "deactivated";
export type Failure = Broken | "timeout";

export interface BodyReader {
  data(bytes: Buffer): void;
  /** Once. `null`: the body is whole. */
  end(failure: Failure | null): void;
}

export interface ExchangeWorld {
  clock: Clock;
  timers: Timers;
  faults: Faults;
  /** Whether anything gets through to the server and back. */
  passes(): boolean;
}

export class HttpExchange {
  private readonly body: BodyQueue;
  private readonly status: number | undefined;
  private ended: "whole" | Broken | null = null;
  private waiting: ((result: ResponseHead | Failure) => void) | null = null;
  private reader: BodyReader | null = null;
  private waitMs = 0;
  private pausing = false;
  private cancelTimeout = (): void => {};
  private release = (): void => {};

  constructor(
    private readonly socket: Socket,
    private readonly world: ExchangeWorld,
  ) {
    const { httpCuts, httpPauses, httpStatuses } = world.faults;
    this.body = new BodyQueue(httpCuts.shift(), httpPauses.shift());
    this.status = httpStatuses.shift();
    socket.on("error", (error: NodeJS.ErrnoException) => this.finish(error.syscall === "write" ? "write" : "read"));
  }

  /** Sends a request and waits for the response's head. `head`: the method is HEAD, so no body follows. */
  request(bytes: Buffer, head: boolean, timeoutMs: number, done: (result: ResponseHead | Failure) => void): void {
    this.waiting = done;
    this.listen(timeoutMs);
    if (this.ended) return this.settle();
    // What never reaches the server is not answered either.
    if (!this.world.passes()) return;
    this.hold();
    this.parse(head);
    this.socket.write(bytes);
  }

  /** Hands on the body, what is there and what comes; gives up when nothing comes for `waitMs`. */
  read(waitMs: number, reader: BodyReader): void {
    this.reader = reader;
    this.waitMs = waitMs;
    this.listen(waitMs);
    this.drain();
  }

  /** The module loses the connection: a body that is not read to its end yet is not whole any more. */
  break(cause: Broken): void {
    if (this.reader) return this.endReading(cause);
    this.finish(cause);
    this.ended = cause;
  }

  /** Gone, and nobody is told. */
  destroy(): void {
    this.waiting = null;
    this.reader = null;
    this.finish("closed");
  }

  /** Node's parser belongs to its client, so it gets a client whose own request goes nowhere. */
  private parse(head: boolean): void {
    const wire = new Duplex({ allowHalfOpen: false, read() {}, write: (_bytes, _encoding, done) => done() });
    const client = parsingRequest({ method: head ? "HEAD" : "GET", createConnection: () => wire });
    client.on("response", (response) => this.respond(response));
    client.on("error", (error: NodeJS.ErrnoException) => {
      this.finish(error.code?.startsWith("HPE_") ? "decode" : "closed");
    });
    client.end();
    // A connection on which something was lost stays dead.
    let heard = true;
    const hear = (): boolean => (heard &&= this.world.passes());
    this.socket.on("data", (data) => {
      if (!hear()) return;
      this.hold();
      wire.push(data);
    });
    this.socket.on("end", () => {
      if (hear()) wire.push(null);
    });
    this.socket.on("close", () => {
      if (hear()) wire.destroy();
    });
  }

  private respond(response: IncomingMessage): void {
    response.on("data", (chunk: Buffer) => {
      this.body.push(chunk);
      this.drain();
    });
    response.on("end", () => this.finish("whole"));
    response.on("error", () => this.finish("closed"));
    const { waiting } = this;
    this.waiting = null;
    this.cancelTimeout();
    waiting?.(headOf(response, this.status ?? (response.statusCode as number)));
  }

  private drain(): void {
    while (this.reader && !this.pausing) {
      const taken = this.body.take();
      if (taken.what === "nothing") break;
      if (taken.what === "cut") return this.endReading("closed");
      if (taken.what === "pause") return this.pauseFor(taken.ms);
      this.listen(this.waitMs);
      this.reader.data(taken.bytes);
    }
    if (this.ended && this.body.empty) this.endReading(this.ended === "whole" ? null : this.ended);
  }

  private pauseFor(ms: number): void {
    this.pausing = true;
    this.world.timers.after(ms, () => {
      this.pausing = false;
      this.drain();
    });
  }

  private listen(ms: number): void {
    this.cancelTimeout();
    this.cancelTimeout = this.world.timers.after(ms, () => {
      if (this.reader) return this.endReading("timeout");
      const { waiting } = this;
      this.waiting = null;
      this.finish("closed");
      waiting?.("timeout");
    });
  }

  private endReading(failure: Failure | null): void {
    const { reader } = this;
    if (!reader) return;
    this.reader = null;
    this.finish("closed");
    this.cancelTimeout();
    reader.end(failure);
  }

  private finish(how: "whole" | Broken): void {
    if (this.ended) return;
    this.ended = how;
    this.release();
    this.socket.destroy();
    this.settle();
  }

  private settle(): void {
    const { waiting, ended } = this;
    this.waiting = null;
    if (!this.reader) this.cancelTimeout();
    if (waiting) waiting(ended as Broken);
    else this.drain();
  }

  /** Virtual time stands still while the server is at work. */
  private hold(): void {
    this.release();
    this.release = holdClock(this.world.clock, PACKET_GUARD_MS);
  }
}

function headOf(response: IncomingMessage, status: number): ResponseHead {
  const { httpVersion, statusMessage = "", rawHeaders, headers } = response;
  const lines = [`HTTP/${httpVersion} ${status} ${statusMessage}`.trimEnd()];
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  const said = headers["content-length"];
  return { status, text: lines.join("\r\n"), length: said === undefined || headers["transfer-encoding"] ? null : Number(said), headers };
}

/**
 * HTTP(S) of an EC20: one transaction at a time, idle -> busy -> a response that waits to be read -> reading -> idle
 * (EC2x HTTP(S) application note).
 */
import type { Socket } from "node:net";
import { AtError } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import { Late } from "../core/late.ts";
import type { Latency } from "../core/random.ts";
import { openConnection, type NotOpened } from "../net/connect.ts";
import { HttpExchange, type BodyReader, type Failure, type ResponseHead } from "../net/http-exchange.ts";
import { portOf, type HttpUrl } from "../net/http-url.ts";
import { factoryHttpConfig, requestLine, type HttpConfig } from "./http-config.ts";
import * as LATENCY from "./latency.ts";
import { contextUp } from "./pdp.ts";
import type { SslCommands } from "./ssl.ts";

/** `<err>` of the URCs, and of +CME ERROR. */
export const HTTP = {
  ok: 0,
  timeout: 702,
  busy: 703,
  noRequest: 705,
  openFailed: 707,
  deactivated: 709,
  badUrl: 711,
  noUrl: 712,
  dns: 714,
  connect: 716,
  read: 717,
  write: 718,
  closed: 719,
  decode: 721,
  inputTimeout: 726,
  dataTimeout: 727,
  responseTimeout: 728,
  memory: 729,
  parameter: 730,
} as const;

export interface Request {
  /** How the result starts: `+QHTTPGET`, `+QHTTPPOST`, `+QHTTPPOSTFILE`. */
  name: string;
  bytes: Buffer;
  /** Of module time, from the request to the response's head. */
  responseMs: number;
}

interface Response {
  head: ResponseHead;
  exchange: HttpExchange;
}

export class HttpClient {
  config: HttpConfig = factoryHttpConfig();
  url: HttpUrl | null = null;
  private busy = false;
  private exchange: HttpExchange | null = null;
  private response: ResponseHead | null = null;
  /** The `<err>` that there will be to tell when the latency is over. */
  private result: number | null = null;
  private abortOpen = (): void => {};
  private failOpening: ((result: number, reason: string) => void) | null = null;
  private readonly late: Late;

  constructor(
    private readonly core: Core,
    private readonly ssl: SslCommands,
  ) {
    this.late = new Late(core);
  }

  /** Throws while a transaction is running. */
  needIdle(): void {
    if (this.busy) throw new AtError(HTTP.busy);
  }

  /** Throws unless a transaction can start. */
  needUrl(): HttpUrl {
    this.needIdle();
    if (!this.url) throw new AtError(HTTP.noUrl);
    return this.url;
  }

  /** Connects, sends, and says `<name>: <err>[,<status>[,<length>]]`. */
  run(request: Request, startedAt: number): void {
    const latency = this.secure ? LATENCY.HTTP_RESULT_TLS : LATENCY.HTTP_RESULT;
    this.open((result) => (result === HTTP.ok ? this.send(request, startedAt, latency) : this.report(request, result, startedAt, latency)));
  }

  /** Connects only: for a request that the host is still to write. */
  connect(startedAt: number, opened: (result: number) => void): void {
    const latency = this.secure ? LATENCY.HTTP_OPEN_TLS : LATENCY.HTTP_OPEN;
    this.open((result) =>
      this.late.at(startedAt, latency, () => {
        if (result !== HTTP.ok) this.busy = false;
        opened(result);
      }),
    );
  }

  /** Sends on the connection that is open. */
  send(request: Request, startedAt: number, latency: Latency): void {
    const url = this.url as HttpUrl;
    const { method, forUrl } = requestLine(request.bytes, url);
    if (!forUrl && this.core.settings.quirks.httpRequestLine === "checked") return this.report(request, HTTP.badUrl, startedAt, latency);
    this.exchange?.request(request.bytes, method === "HEAD", request.responseMs, (result) => {
      if (typeof result === "string") return this.report(request, this.codeOf(result, HTTP.responseTimeout), startedAt, latency);
      this.response = result;
      this.report(request, HTTP.ok, startedAt, latency);
    });
  }

  /** The host did not write its request in time. */
  giveUp(): void {
    this.forget();
    this.busy = false;
  }

  /** The response that waits: it can be read once, and not before its URC. */
  take(): Response {
    const { response: head, exchange } = this;
    if (this.busy || !head || !exchange) throw new AtError(HTTP.noRequest);
    this.response = null;
    this.busy = true;
    return { head, exchange };
  }

  /** Hands on head and body of a response, then its `<err>`. */
  read({ head, exchange }: Response, waitMs: number, data: (bytes: Buffer) => void, end: (result: number) => void): void {
    if (this.config.responseheader === 1) data(Buffer.from(`${head.text}\r\n\r\n`, "latin1"));
    const reader: BodyReader = {
      data,
      end: (failure) => {
        this.busy = false;
        this.exchange = null;
        end(failure === null ? HTTP.ok : this.codeOf(failure, HTTP.dataTimeout));
      },
    };
    exchange.read(waitMs, reader);
  }

  /** QHTTPSTOP: whatever runs ends without a word. */
  stop(): void {
    this.giveUp();
    this.result = null;
    this.late.forget();
  }

  /** The connection, or the context under it, is gone. */
  lose(cause: "closed" | "deactivated"): void {
    if (this.result !== null) this.result = this.codeOf(cause, HTTP.timeout);
    this.failOpening?.(this.codeOf(cause, HTTP.timeout), cause);
    this.exchange?.break(cause);
  }

  /** The module stops: nobody is told. */
  reset(): void {
    this.stop();
    this.late.reset();
    this.config = factoryHttpConfig();
    this.url = null;
  }

  private get secure(): boolean {
    return this.url?.scheme === "https";
  }

  private open(done: (result: number) => void): void {
    const url = this.url as HttpUrl;
    const { core, config, secure } = this;
    this.forget();
    this.busy = true;
    const fail = (result: number, reason: string): void => {
      this.abortOpen();
      this.failOpening = null;
      core.emit({ ev: "http-failed", host: url.host, result, reason });
      done(result);
    };
    this.failOpening = fail;
    const ordered = core.faults.httpResults.shift();
    if (ordered !== undefined) return fail(ordered, "by order of the control port");
    if (!contextUp(core, config.contextid))
      return fail(core.settings.quirks.strictPdp ? HTTP.deactivated : HTTP.openFailed, "no active context");
    if (secure && !this.ssl.mayOpen()) return fail(core.settings.quirks.httpTlsFail, "too many TLS connections since the power came");
    const tls = secure ? this.ssl.settingsFor(config.sslctxid, url.host) : null;
    this.abortOpen = openConnection({ host: url.host, port: portOf(url, secure), tls }, core, (opened) => {
      if (!opened.ok) return fail(this.openError(opened), `${opened.cause}: ${opened.reason}`);
      this.failOpening = null;
      this.opened(opened.socket);
      done(HTTP.ok);
    });
  }

  private opened(socket: Socket): void {
    const { clock, timers, faults, radio } = this.core;
    this.exchange = new HttpExchange(socket, { clock, timers, faults, passes: () => !faults.hang && radio.registered });
  }

  private openError({ cause }: NotOpened): number {
    return { dns: HTTP.dns, connect: HTTP.connect, tls: this.core.settings.quirks.httpTlsFail }[cause];
  }

  private report(request: Request, err: number, startedAt: number, latency: Latency): void {
    this.result = err;
    this.late.at(startedAt, latency, () => {
      const result = this.result ?? err;
      this.result = null;
      this.busy = false;
      if (result !== HTTP.ok) this.forget();
      const { response } = this;
      this.core.emit({ ev: "http", request: request.name, result, status: response?.status, length: response?.length });
      const length = response && response.length !== null ? `,${response.length}` : "";
      this.core.port.urc(`${request.name}: ${result}${response ? `,${response.status}${length}` : ""}`);
    });
  }

  private codeOf(failure: Failure, timeout: number): number {
    if (failure === "timeout") return this.core.settings.quirks.httpTimeouts === "named" ? timeout : HTTP.timeout;
    return HTTP[failure];
  }

  /** What is left of the transaction before. */
  private forget(): void {
    this.abortOpen();
    this.failOpening = null;
    this.exchange?.destroy();
    this.exchange = null;
    this.response = null;
  }
}

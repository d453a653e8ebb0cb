/** The one HTTP session of an Air module: none -> (HTTPINIT) -> idle <-> busy -> (HTTPTERM) -> none (Luat AT manual V1.6.3, HTTP). */
import type { Core } from "../core/core.ts";
import { Late } from "../core/late.ts";
import { openConnection, type NotOpened, type Target } from "../net/connect.ts";
import { HttpExchange, type Failure, type ResponseHead } from "../net/http-exchange.ts";
import { hostHeader, parseHttpUrl, portOf, type HttpUrl } from "../net/http-url.ts";
import { HttpParameters } from "./http-parameters.ts";
import * as LATENCY from "./latency.ts";
import { HTTP_CONTEXT, type SslCommands } from "./ssl.ts";

/** `<status>` of +HTTPACTION besides the server's own. */
export const STATUS = { notHttp: 600, network: 601, memory: 602, dns: 603, busy: 604, tls: 605, alert: 606 } as const;
/** As HTTPACTION counts them. */
export const METHODS = ["GET", "POST", "HEAD"] as const;
export type Method = (typeof METHODS)[number];

const REDIRECTIONS = [301, 302, 303, 307, 308];
/** Redirections of one request; model. */
const MAX_REDIRECTIONS = 5;

export interface Response {
  status: number;
  /** Status line and header lines; null: there was no response. */
  head: string | null;
  body: Buffer;
}

export interface SessionWorld {
  ssl: SslCommands;
  /** Whether HTTP has a data connection by the bearer of this number. */
  online(cid: number): boolean;
}

export class HttpSession {
  parameters = new HttpParameters();
  /** HTTPSSL. */
  secure = false;
  /** Of HTTPDATA. */
  data: Buffer = Buffer.alloc(0);
  /** Of the last HTTPACTION; null: it is not there yet. */
  response: Response | null = null;
  open = false;
  busy = false;
  private exchange: HttpExchange | null = null;
  /** What there will be to tell when the latency is over. */
  private result: Response | null = null;
  private abortOpen = (): void => {};
  private failOpening: ((status: number, reason: string) => void) | null = null;
  private readonly late: Late;

  constructor(
    private readonly core: Core,
    private readonly world: SessionWorld,
  ) {
    this.late = new Late(core);
  }

  init(): void {
    this.open = true;
  }

  /** HTTPTERM, or the module stops: whatever runs ends without a word. */
  term(): void {
    this.abandon();
    this.late.forget();
    Object.assign(this, { open: false, busy: false, secure: false, response: null, result: null });
    this.parameters = new HttpParameters();
    this.data = Buffer.alloc(0);
  }

  reset(): void {
    this.term();
    this.late.reset();
  }

  /** null: the URL is none. */
  get url(): HttpUrl | null {
    const text = this.parameters.url;
    if (this.core.settings.quirks.httpPort === "host") return parseHttpUrl(text);
    const [, front = text, port] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
    const url = parseHttpUrl(front);
    return url && port !== undefined ? { ...url, port: Number(port) } : url;
  }

  /** One request; `done` when its latency is over, counted from `startedAt`. */
  run(method: Method, url: HttpUrl, startedAt: number, done: (response: Response) => void): void {
    this.busy = true;
    this.response = null;
    const latency = this.isSecure(url) ? LATENCY.HTTP_RESULT_TLS : LATENCY.HTTP_RESULT;
    this.fetch(method, url, MAX_REDIRECTIONS, (result) => {
      this.abandon();
      this.result = result;
      this.late.at(startedAt, latency, () => {
        const response = (this.response = this.result ?? result);
        this.result = null;
        this.busy = false;
        this.core.emit({ ev: "http", request: method, result: response.status, length: response.body.length });
        done(response);
      });
    });
  }

  /** The connection, or the context under it, is gone. */
  lose(cause: "closed" | "deactivated"): void {
    if (this.result) this.result = failed(STATUS.network);
    this.failOpening?.(STATUS.network, cause);
    this.exchange?.break(cause);
  }

  contextLost(): void {
    if (this.busy && !this.world.online(this.parameters.cid)) this.lose("deactivated");
  }

  private isSecure(url: HttpUrl): boolean {
    return url.scheme === "https" || this.secure;
  }

  private fetch(method: Method, url: HttpUrl, redirections: number, done: (response: Response) => void): void {
    const { core, parameters } = this;
    const { faults } = core;
    const fail = (status: number, reason: string): void => {
      this.failOpening = null;
      this.abortOpen();
      core.emit({ ev: "http-failed", host: url.host, result: status, reason });
      done(failed(status));
    };
    const ordered = faults.httpResults.shift();
    if (ordered !== undefined) return fail(ordered, "by order of the control port");
    if (!this.world.online(parameters.cid)) return fail(STATUS.network, "no data connection");
    if (parameters.proxy && this.isSecure(url)) return fail(STATUS.network, "no proxy for TLS is emulated");
    this.failOpening = fail;
    this.abortOpen = openConnection(this.target(url), core, (opened) => {
      this.failOpening = null;
      if (!opened.ok) return fail(statusOf(opened), `${opened.cause}: ${opened.reason}`);
      const passes = (): boolean => !faults.hang && core.radio.registered;
      const exchange = new HttpExchange(opened.socket, { clock: core.clock, timers: core.timers, faults, passes });
      this.exchange = exchange;
      exchange.request(this.bytes(method, url), method === "HEAD", parameters.timeoutMs, (head) => {
        if (typeof head === "string") return fail(head === "decode" ? STATUS.notHttp : STATUS.network, head);
        const next = this.redirection(method, url, head);
        if (!next || redirections === 0) return this.receive(exchange, head, fail, done);
        exchange.destroy();
        this.fetch(method, next, redirections - 1, done);
      });
    });
  }

  private target(url: HttpUrl): Target {
    const secure = this.isSecure(url);
    const tls = secure ? this.world.ssl.settingsFor(HTTP_CONTEXT) : null;
    return { ...(this.parameters.proxy ?? { host: url.host, port: portOf(url, secure) }), tls };
  }

  private bytes(method: Method, url: HttpUrl): Buffer {
    const body = method === "POST" ? this.data : null;
    // A proxy is asked for the whole URL (RFC 9112, 3.2.2).
    const asked = this.parameters.proxy ? `http://${hostHeader(url)}${url.path}` : url.path;
    const lines = [`${method} ${asked} HTTP/1.1`, ...this.parameters.headers(url, body)];
    return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body ?? Buffer.alloc(0)]);
  }

  /** What is asked is asked elsewhere; what was told is told once. */
  private redirection(method: Method, from: HttpUrl, { status, headers }: ResponseHead): HttpUrl | null {
    if (!this.parameters.redirects || method === "POST" || !REDIRECTIONS.includes(status)) return null;
    const location = headers.location ?? "";
    return location.startsWith("/") ? { ...from, path: location } : parseHttpUrl(location);
  }

  private receive(
    exchange: HttpExchange,
    { status, text }: ResponseHead,
    fail: (status: number, reason: string) => void,
    done: (response: Response) => void,
  ): void {
    const { httpBuffer, httpOverflow } = this.core.settings.quirks;
    const room = httpBuffer - this.data.length;
    let body = Buffer.alloc(0);
    const end = (): void => done({ status, head: text, body });
    const data = (bytes: Buffer): void => {
      body = Buffer.concat([body, bytes]);
      if (body.length <= room) return;
      body = body.subarray(0, room);
      exchange.destroy();
      if (httpOverflow === "cut") end();
      else fail(STATUS.memory, "the body is longer than the buffer");
    };
    exchange.read(this.parameters.timeoutMs, {
      data,
      end: (failure: Failure | null) => {
        if (failure === null) end();
        else fail(failure === "decode" ? STATUS.notHttp : STATUS.network, failure);
      },
    });
  }

  private abandon(): void {
    this.abortOpen();
    this.failOpening = null;
    this.exchange?.destroy();
    this.exchange = null;
  }
}

function failed(status: number): Response {
  return { status, head: null, body: Buffer.alloc(0) };
}

function statusOf({ cause, alert }: NotOpened): number {
  if (cause === "tls") return alert ? STATUS.alert : STATUS.tls;
  return cause === "dns" ? STATUS.dns : STATUS.network;
}

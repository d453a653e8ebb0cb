/** Opens real connections for the module: name service, TCP, TLS with the module's settings. */
import { lookup } from "node:dns";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions, type SecureVersion } from "node:tls";
import type { Clock } from "../../time/clock.ts";
import type { Address, ModemOptions } from "../options.ts";
import { CONNECT_GUARD_MS, holdClock } from "./hold.ts";
import { refusal, type Verification } from "./verify.ts";

export interface TlsSettings {
  minVersion: SecureVersion;
  maxVersion: SecureVersion;
  /** OpenSSL names. */
  ciphers: string;
  /** The name in the greeting; null or an address: none. */
  serverName: string | null;
  /** null: the server is not checked. */
  verify: Verification | null;
  /** What the module shows a server that asks who it is; null: nothing. A file that is missing fails the handshake. */
  client: { cert: Buffer | null; key: Buffer | null } | null;
  /** Of module time, for the handshake. */
  timeoutMs: number;
}

/** The client's part of TlsSettings, from the files that a module was told of. */
export function clientFiles(cert: Buffer | null, key: Buffer | null, missing: "fails" | "unsent"): TlsSettings["client"] {
  return missing === "unsent" && (cert === null || key === null) ? null : { cert, key };
}

export interface Target {
  host: string;
  port: number;
  tls: TlsSettings | null;
}

export interface TlsReport {
  protocol: string | null;
  cipher: string;
  /** The server was checked and is who it says. */
  authorized: boolean;
}

export interface NotOpened {
  ok: false;
  cause: "dns" | "connect" | "tls";
  reason: string;
  /** The server itself ended the handshake, with an alert (RFC 5246, 7.2). */
  alert: boolean;
}

export type Opened = { ok: true; socket: Socket; tls: TlsReport | null } | NotOpened;

export interface ConnectWorld {
  clock: Clock;
  resolve: ModemOptions["resolve"];
  /** TCP stands; with TLS the handshake begins. */
  onTcp?(): void;
}

/** Of module time, until a TCP connection is given up. */
const TCP_TIMEOUT_MS = 75_000;

/** Reports once to `done`, never synchronously. Returns what gives up, without a report. */
export function openConnection(target: Target, world: ConnectWorld, done: (opened: Opened) => void): () => void {
  const release = holdClock(world.clock, CONNECT_GUARD_MS);
  let socket: Socket | null = null;
  let over = false;
  let timer = world.clock.setTimeout(() => fail("connect", "timed out"), TCP_TIMEOUT_MS);

  function finish(): boolean {
    if (over) return false;
    over = true;
    world.clock.clearTimeout(timer);
    release();
    return true;
  }
  function fail(cause: NotOpened["cause"], reason: string, alert = false): void {
    if (!finish()) return;
    socket?.destroy();
    done({ ok: false, cause, reason, alert });
  }
  function succeed(opened: Opened): void {
    if (!finish()) return;
    done(opened);
  }

  locate(target, world.resolve, (address) => {
    if (over) return;
    if (address === "dns-failed") return fail("dns", "no such name");
    socket = connectTcp({ host: address.host, port: address.port, noDelay: true });
    const tcp = socket;
    tcp.on("error", (error) => fail("connect", error.message));
    tcp.on("connect", () => {
      world.onTcp?.();
      if (!target.tls) return succeed({ ok: true, socket: tcp, tls: null });
      world.clock.clearTimeout(timer);
      timer = world.clock.setTimeout(() => fail("tls", "negotiation timed out"), target.tls.timeoutMs);
      socket = shakeHands(tcp, target.tls, succeed, (reason, alert) => fail("tls", reason, alert));
    });
  });

  return () => {
    if (finish()) socket?.destroy();
  };
}

/** Where a name and port really are. Reports once, never synchronously. */
export function locate(target: Address, resolve: ModemOptions["resolve"], found: (address: Address | "dns-failed") => void): void {
  const place = resolve ? resolve(target.host, target.port) : target;
  if (place === "dns-failed" || isIP(place.host)) setImmediate(found, place);
  else lookup(place.host, { family: 4 }, (error, address) => found(error ? "dns-failed" : { host: address, port: place.port }));
}

function shakeHands(
  tcp: Socket,
  settings: TlsSettings,
  succeed: (opened: Opened) => void,
  fail: (reason: string, alert?: boolean) => void,
): Socket {
  const { cert, key } = settings.client ?? {};
  if (cert === null || key === null) {
    setImmediate(() => fail(`no client ${cert === null ? "certificate" : "key"}`));
    return tcp;
  }
  const options: ConnectionOptions = {
    socket: tcp,
    // The module decides by its own CA file and clock, below; the PC's roots and clock say nothing about it.
    ca: [],
    rejectUnauthorized: false,
    minVersion: settings.minVersion,
    maxVersion: settings.maxVersion,
    ciphers: settings.ciphers,
    servername: settings.serverName === null || isIP(settings.serverName) ? "" : settings.serverName,
    cert,
    key,
  };
  let tls;
  try {
    tls = connectTls(options);
  } catch (error) {
    // A client certificate or key that is none.
    setImmediate(() => fail((error as Error).message));
    return tcp;
  }
  const secure = tls;
  secure.on("error", (error: NodeJS.ErrnoException) => fail(error.message, error.code?.includes("ALERT")));
  tcp.on("close", () => fail("closed by the server"));
  secure.on("secureConnect", () => {
    const reason = settings.verify && refusal(secure.getPeerCertificate(true), settings.verify);
    if (reason) return fail(reason);
    const report = { protocol: secure.getProtocol(), cipher: secure.getCipher().name, authorized: settings.verify !== null };
    succeed({ ok: true, socket: secure, tls: report });
  });
  return secure;
}

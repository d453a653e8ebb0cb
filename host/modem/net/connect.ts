/** Opens real connections for the module: name service, TCP, TLS with the module's settings. */
import { lookup } from "node:dns";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions, type SecureVersion } from "node:tls";
import type { Clock } from "../../runtime/clock.ts";
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
  client: { cert: Buffer; key: Buffer } | null;
  /** Of module time, for the handshake. */
  timeoutMs: number;
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

export type Opened = { ok: true; socket: Socket; tls: TlsReport | null } | { ok: false; cause: "dns" | "connect" | "tls"; reason: string };

export interface ConnectWorld {
  clock: Clock;
  resolve: ModemOptions["resolve"];
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
  function fail(cause: "dns" | "connect" | "tls", reason: string): void {
    if (!finish()) return;
    socket?.destroy();
    done({ ok: false, cause, reason });
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
      if (!target.tls) return succeed({ ok: true, socket: tcp, tls: null });
      world.clock.clearTimeout(timer);
      timer = world.clock.setTimeout(() => fail("tls", "negotiation timed out"), target.tls.timeoutMs);
      socket = shakeHands(tcp, target.tls, succeed, (reason) => fail("tls", reason));
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

function shakeHands(tcp: Socket, settings: TlsSettings, succeed: (opened: Opened) => void, fail: (reason: string) => void): Socket {
  const options: ConnectionOptions = {
    socket: tcp,
    // The module decides by its own CA file and clock, below; the PC's roots and clock say nothing about it.
    ca: [],
    rejectUnauthorized: false,
    minVersion: settings.minVersion,
    maxVersion: settings.maxVersion,
    ciphers: settings.ciphers,
    servername: settings.serverName === null || isIP(settings.serverName) ? "" : settings.serverName,
    ...settings.client,
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
  secure.on("error", (error) => fail(error.message));
  tcp.on("close", () => fail("closed by the server"));
  secure.on("secureConnect", () => {
    const reason = settings.verify && refusal(secure.getPeerCertificate(true), settings.verify);
    if (reason) return fail(reason);
    const report = { protocol: secure.getProtocol(), cipher: secure.getCipher().name, authorized: settings.verify !== null };
    succeed({ ok: true, socket: secure, tls: report });
  });
  return secure;
}

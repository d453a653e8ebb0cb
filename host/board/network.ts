/**
 * The interpreter's `net`, `tls` and `Wifi` for a board in Node, over real sockets. Written from the interpreter's sources:
 * `libs/network/socketserver.c`, `libs/network/network.c`, `libs/network/esp32/jswrap_esp32_network.c` (2v29).
 */
import type { Socket } from "node:net";
import { openConnection } from "../modules/net/connect.ts";
import type { TlsSettings } from "../modules/net/connect.ts";
import { holdClock } from "../modules/net/hold.ts";
import type { ModemOptions } from "../modules/options.ts";
import type { AccessPoint } from "./access-point.ts";
import { Listeners } from "./events.ts";
import type { Program } from "./program.ts";
import { bytesOf } from "./realm.ts";

export interface NetworkPeer {
  /** Where the host names that devices use really are. */
  resolve: ModemOptions["resolve"];
  /** Absent: no library `Wifi`, the network is there, as on Linux. */
  accessPoint?: AccessPoint;
  /** Whether `tls` verifies servers. No interpreter does (2v29), and there is no certificate of an authority that would make it. */
  verifies?: boolean;
}

/** Milliseconds that an ESP32 takes to join, or to give up after three tries; order of magnitude. */
const JOIN_MS = 2500;
const REFUSE_MS = 6000;
/** Bytes handed over at once (`chunkSize` of the ports). */
const CHUNK = 536;
/** Real milliseconds that virtual time waits for an answer to what was written. */
const ANSWER_GUARD_MS = 20;
/** RSA key exchange only: the ports build mbed TLS without elliptic curves. */
const CIPHERS = "AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA";
const HANDSHAKE_MS = 30_000;

interface ConnectOptions {
  host?: string;
  port?: number;
  ca?: unknown;
}

export class Network {
  private isJoined: boolean;
  private readonly sockets = new Set<BoardSocket>();
  private readonly wifiEvents = new Listeners();
  private readonly ends: (() => void)[] = [];

  constructor(
    private readonly program: Program,
    private readonly peer: NetworkPeer,
  ) {
    const { accessPoint } = peer;
    this.isJoined = !accessPoint;
    program.define({ getSerial: () => "00000000-deadbeef" });
    program.addModule("net", () => program.object({ connect: this.connector(false) }));
    program.addModule("tls", () => program.object({ connect: this.connector(true) }));
    if (!accessPoint) return;
    program.addModule("Wifi", () => this.wifi(accessPoint));
    this.ends.push(accessPoint.onDown(() => this.lose("BEACON_TIMEOUT")));
  }

  /** The board is off. */
  end(): void {
    for (const end of this.ends) end();
    for (const socket of this.sockets) socket.destroy();
  }

  private wifi(accessPoint: AccessPoint): object {
    const { program, wifiEvents } = this;
    return program.object({
      connect: (ssid: string, options: { password?: string } | undefined, done?: (error: unknown) => void) => {
        const join = (): void => {
          const refusal = accessPoint.refusal(ssid, options?.password ?? "");
          this.isJoined = !refusal;
          if (done) program.idle(() => program.call(done, refusal || null));
        };
        program.later(join, accessPoint.refusal(ssid, options?.password ?? "") ? REFUSE_MS : JOIN_MS);
      },
      disconnect: () => this.lose("ASSOC_LEAVE"),
      getDetails: (done: (details: object) => void) => {
        program.later(() => program.idle(() => program.call(done, program.realm.object({ rssi: accessPoint.rssi }))));
      },
      on: (event: string, listener: (...args: unknown[]) => void) => wifiEvents.add(event, listener),
      removeAllListeners: (event: string) => wifiEvents.removeAll(event),
    });
  }

  private lose(msg: string): void {
    const { program } = this;
    if (!this.isJoined) return;
    this.isJoined = false;
    // Nobody tells their ends: they fall silent.
    for (const socket of this.sockets) socket.destroy();
    for (const listener of this.wifiEvents.of("disconnected"))
      program.later(() => program.idle(() => program.call(listener, program.realm.object({ msg, reason: "200" }))));
  }

  private connector(secure: boolean): (options: ConnectOptions, onOpen?: () => void) => object {
    return ({ host = "", port = 0, ca }, onOpen) => {
      const place = this.peer.resolve ? this.peer.resolve(host, port) : { host, port };
      // The interpreter looks the name up before it returns.
      if (!this.isJoined || place == "dns-failed") throw new Error("InternalError: Unable to locate host");
      const verify = this.peer.verifies && ca ? { ca: bytesOf([ca]), dateMs: null, name: null } : null;
      const tls: TlsSettings | null = secure
        ? {
            minVersion: "TLSv1.2",
            maxVersion: "TLSv1.2",
            ciphers: CIPHERS,
            serverName: null,
            verify,
            client: null,
            timeoutMs: HANDSHAKE_MS,
          }
        : null;
      const socket = new BoardSocket(this.program, () => this.sockets.delete(socket));
      this.sockets.add(socket);
      if (onOpen) socket.events.add("connect", onOpen);
      const world = { clock: this.program.clock, resolve: this.peer.resolve, onTcp: () => socket.connected() };
      socket.giveUp = openConnection({ host, port, tls }, world, (opened) => {
        if (opened.ok) socket.opened(opened.socket);
        else if (opened.cause == "tls") socket.refused();
        else socket.closed({ code: -11, message: "no connection" });
      });
      return socket.object;
    };
  }
}

/** One connection, as the program sees it: events come from the idle loop, and what is written before it is open waits. */
class BoardSocket {
  readonly events = new Listeners();
  readonly object: object;
  giveUp: () => void = () => {};
  private socket: Socket | null = null;
  private pending: Buffer[] = [];
  private isOver = false;
  private release: () => void = () => {};

  constructor(
    private readonly program: Program,
    private readonly onOver: () => void,
  ) {
    this.object = program.object({
      write: (data: unknown) => this.write(bytesOf([data])),
      end: (data?: unknown) => {
        if (data !== undefined) this.write(bytesOf([data]));
        this.giveUp();
        if (this.socket) this.socket.end();
        else this.closed(null);
      },
      on: (event: string, listener: (...args: unknown[]) => void) => this.events.add(event, listener),
    });
  }

  /** TCP stands: the interpreter says so while a handshake goes on (`netRecv` of a socket that is busy says 0 bytes). */
  connected(): void {
    this.tell("connect", this.object);
  }

  /** The handshake failed: an exception nobody can catch, and an end; an error only if something was to be sent. */
  refused(): void {
    const { program } = this;
    // Not before the program has heard that it is connected.
    program.later(() => program.idle(() => this.closed(this.pending.length ? { code: -8, message: "unsent data" } : null)));
  }

  opened(socket: Socket): void {
    this.socket = socket;
    socket.on("data", (bytes) => {
      this.release();
      for (let at = 0; at < bytes.length; at += CHUNK) this.tell("data", bytes.subarray(at, at + CHUNK).toString("latin1"));
    });
    socket.on("error", (error) => this.closed({ code: -9, message: error.message }));
    socket.on("close", () => this.closed(null));
    for (const bytes of this.pending.splice(0)) this.write(bytes);
  }

  closed(error: { code: number; message: string } | null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.destroy();
    this.onOver();
    if (error) this.tell("error", this.program.realm.object(error));
    this.tell("end");
    this.tell("close", error !== null);
  }

  destroy(): void {
    this.release();
    this.giveUp();
    this.socket?.removeAllListeners("close").destroy();
  }

  private write(bytes: Buffer): boolean {
    if (!this.socket) this.pending.push(bytes);
    else {
      this.release();
      this.release = holdClock(this.program.clock, ANSWER_GUARD_MS);
      this.socket.write(bytes);
      this.tell("drain");
    }
    return true;
  }

  private tell(event: string, ...args: unknown[]): void {
    const { program, events } = this;
    program.later(() =>
      program.idle(() => {
        for (const listener of events.of(event)) program.call(listener, ...args);
      }),
    );
  }
}

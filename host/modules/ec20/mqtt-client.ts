/**
 * One of the six MQTT clients of an EC20: closed -> open -> connected, and the results that follow a command's OK
 * (EC2x MQTT application note V1.1).
 */
import type { IConnackPacket, IPublishPacket, ISubackPacket, Packet } from "mqtt-packet";
import type { Latency } from "../core/random.ts";
import type { Core } from "../core/core.ts";
import { Late } from "../core/late.ts";
import { openConnection, type Opened, type Target } from "../net/connect.ts";
import { MqttLink, type LossReason, type Waiting } from "../net/mqtt-link.ts";
import * as LATENCY from "./latency.ts";
import { connectPacket, factoryConfig, utf8, type Credentials, type MqttConfig } from "./mqtt-config.ts";
import { contextUp } from "./pdp.ts";
import type { SslCommands } from "./ssl.ts";

const NOW: Latency = [0, 0];
/** Results of QMTOPEN. */
export const OPEN = { ok: 0, failed: -1, occupied: 2, noPdp: 3, dns: 4 } as const;
/** Codes of QMTSTAT. */
export const STAT = { peer: 1, ping: 2, connack: 4, dead: 7 } as const;
/** Results of QMTCONN, QMTSUB, QMTUNS and the publishes. */
const RESULT = { ok: 0, repeated: 1, failed: 2 } as const;
/** Messages that wait to be fetched in buffer mode. */
const SLOTS = 5;

export type ClientState = "closed" | "opening" | "open" | "connecting" | "connected" | "closing";

export interface Publish {
  /** How the result starts: `+QMTPUB` or `+QMTPUBEX`. */
  name: string;
  id: number;
  qos: 0 | 1 | 2;
  retain: boolean;
  topic: string;
  payload: Buffer;
}

export class MqttClient {
  state: ClientState = "closed";
  config: MqttConfig = factoryConfig();
  host = "";
  port = 0;
  /** Ids of publishes without a result yet. */
  readonly inFlight = new Set<number>();
  readonly slots: (IPublishPacket | null)[] = Array.from({ length: SLOTS }, () => null);
  private link: MqttLink | null = null;
  private abortOpen = (): void => {};
  private cancelConnectTimer = (): void => {};
  private refused = false;
  private readonly late: Late;

  constructor(
    private readonly index: number,
    private readonly core: Core,
    private readonly ssl: SslCommands,
  ) {
    this.late = new Late(core);
  }

  open(host: string, port: number, startedAt: number): void {
    if (this.state !== "closed")
      return this.late.at(startedAt, LATENCY.QMTOPEN, () => this.say(`+QMTOPEN: ${this.index},${OPEN.occupied}`));
    Object.assign(this, { state: "opening", host, port, refused: false });
    this.inFlight.clear();
    this.slots.fill(null);
    this.late.forget();
    const { enabled, ctx } = this.config.ssl;
    const target: Target = { host, port, tls: enabled ? this.ssl.settingsFor(ctx, host) : null };
    const latency = enabled ? LATENCY.QMTOPEN_TLS : LATENCY.QMTOPEN;
    const fail = (result: number, reason: string): void => {
      this.core.emit({ ev: "open-failed", client: this.index, host, port, result, reason });
      this.late.at(startedAt, latency, () => this.shut(`+QMTOPEN: ${this.index},${result}`));
    };
    const ordered = this.core.faults.openResults.shift();
    if (ordered !== undefined) return fail(ordered, "by order of the control port");
    if (!contextUp(this.core, this.config.pdpcid)) return fail(OPEN.noPdp, "no active context");
    if (enabled && !this.ssl.mayOpen()) return fail(OPEN.failed, "too many TLS connections since the power came");
    this.abortOpen = openConnection(target, this.core, (opened) => {
      if (!opened.ok) return fail(opened.cause === "dns" ? OPEN.dns : OPEN.failed, `${opened.cause}: ${opened.reason}`);
      this.opened(opened);
      this.late.at(startedAt, latency, () => this.ready());
    });
  }

  connect(given: Credentials, startedAt: number): void {
    this.state = "connecting";
    this.cancelConnectTimer();
    const waiting: Waiting = {
      repeated: (times) => this.notice(`+QMTCONN: ${this.index},${RESULT.repeated},${times}`),
      done: (outcome) => {
        if (!outcome.ok) return this.lose(STAT.connack);
        const code = (outcome.reply as IConnackPacket).returnCode ?? 0;
        this.refused = code !== 0;
        this.core.emit({ ev: "connect", client: this.index, clientId: given.clientId, code });
        this.late.at(startedAt, LATENCY.QMTCONN, () => {
          this.state = code === 0 ? "connected" : "open";
          this.say(`+QMTCONN: ${this.index},${RESULT.ok},${code}`);
        });
      },
    };
    this.link?.connect(connectPacket(this.config, given), waiting);
  }

  subscribe(id: number, topics: { topic: string; qos: 0 | 1 | 2 }[], startedAt: number): void {
    const subscriptions = topics.map(({ topic, qos }) => ({ topic: utf8(topic), qos }));
    const waiting = this.waitingFor("+QMTSUB", id, startedAt, LATENCY.QMTSUB, {
      detail: (reply) => {
        const granted = (reply as ISubackPacket).granted as number[];
        this.core.emit({ ev: "subscribe", client: this.index, topics: subscriptions.map(({ topic }) => topic), granted });
        return `,${granted.join(",")}`;
      },
    });
    this.link?.subscribe(id, subscriptions, waiting);
  }

  unsubscribe(id: number, topics: string[], startedAt: number): void {
    this.link?.unsubscribe(id, topics.map(utf8), this.waitingFor("+QMTUNS", id, startedAt, LATENCY.QMTSUB));
  }

  publish({ name, id, qos, retain, topic, payload }: Publish): void {
    const named = utf8(topic);
    this.core.emit({
      ev: "publish",
      client: this.index,
      topic: named,
      qos,
      retain,
      id,
      bytes: payload.length,
      payload: payload.toString("latin1"),
    });
    if (qos > 0) this.inFlight.add(id);
    const waiting = this.waitingFor(name, id, this.core.now(), qos === 0 ? LATENCY.PUBLISHED : LATENCY.PUBLISHED_ACK, {
      told: (ok) => {
        if (qos > 0) this.core.emit({ ev: "published", client: this.index, topic: named, id, ok });
      },
    });
    this.link?.publish({ topic: named, qos, retain, payload, ...(qos > 0 ? { messageId: id } : {}) }, waiting);
  }

  /** QMTDISC: says good-bye to the broker. */
  disconnect(startedAt: number): void {
    this.leave("+QMTDISC", startedAt, (done) => (this.link ? this.link.disconnect(done) : done()));
  }

  /** QMTCLOSE: closes the connection as it is. */
  close(startedAt: number): void {
    this.leave("+QMTCLOSE", startedAt, (done) => {
      this.link?.destroy();
      done();
    });
  }

  /** The connection is gone, for the reason of `code`; the broker is not told. */
  lose(code: number): void {
    if (this.state === "closed" || this.state === "closing") return;
    if (this.state === "opening" && !this.link) {
      this.abortOpen();
      return this.late.at(0, NOW, () => this.shut(`+QMTOPEN: ${this.index},${OPEN.failed}`));
    }
    this.link?.destroy();
    this.core.emit({ ev: "lost", client: this.index, code });
    this.late.at(0, NOW, () => this.shut(`+QMTSTAT: ${this.index},${code}`));
  }

  /** The module stops: nobody is told. */
  reset(): void {
    this.shut(null);
    this.late.reset();
    this.config = factoryConfig();
  }

  private opened({ socket, tls }: Extract<Opened, { ok: true }>): void {
    const { host, port, index } = this;
    this.core.emit(tls ? { ev: "tls", client: index, host, port, ...tls } : { ev: "tcp", client: index, host, port });
    const { packetS, retries } = this.config.timeout;
    this.link = new MqttLink(
      socket,
      { timeoutMs: packetS * 1000, retries },
      {
        clock: this.core.clock,
        timers: this.core.timers,
        pings: true,
        passes: (direction, cmd) => this.passes(direction, cmd),
        message: (packet) => this.receive(packet),
        lost: (reason) => this.lose(this.lossCode(reason)),
      },
    );
  }

  private passes(direction: "in" | "out", cmd: string): boolean {
    const { faults, radio } = this.core;
    return !faults.hang && radio.registered && !(faults.stallPublish && direction === "out" && cmd === "publish");
  }

  private lossCode(reason: LossReason): number {
    if (reason === "ping") return STAT.ping;
    return this.state === "connecting" || this.refused ? STAT.connack : STAT.peer;
  }

  private ready(): void {
    this.state = "open";
    this.say(`+QMTOPEN: ${this.index},${OPEN.ok}`);
    const { connectTimerMs } = this.core.settings.quirks;
    this.cancelConnectTimer = this.core.timers.after(connectTimerMs, () => this.lose(STAT.peer));
  }

  private receive(packet: IPublishPacket): void {
    const payload = packet.payload as Buffer;
    const slot = this.config.receive.buffered ? this.slots.indexOf(null) : null;
    const details = {
      client: this.index,
      topic: packet.topic,
      qos: packet.qos,
      bytes: payload.length,
      payload: payload.toString("latin1"),
    };
    this.core.emit({ ev: slot === -1 ? "message-lost" : "message", ...details });
    if (slot === -1) return;
    if (slot === null) return this.say(this.received(packet));
    this.slots[slot] = packet;
    this.say(`+QMTRECV: ${this.index},${slot}`);
  }

  /** A message as the module prints it: quotes, line ends and whatever else the payload holds are not escaped. */
  received({ messageId = 0, topic, payload }: IPublishPacket): string {
    const bytes = (payload as Buffer).toString("latin1");
    const length = this.config.receive.length ? `,${bytes.length}` : "";
    return `+QMTRECV: ${this.index},${messageId},"${Buffer.from(topic).toString("latin1")}"${length},"${bytes}"`;
  }

  /** Reports an outcome as a URC when its time has come. `detail` goes behind the result, `told` runs after the URC. */
  private waitingFor(
    name: string,
    id: number,
    startedAt: number,
    latency: Latency,
    { detail = () => "", told = () => {} }: { detail?(reply: Packet): string; told?(ok: boolean): void } = {},
  ): Waiting {
    return {
      repeated: (times) => this.notice(`${name}: ${this.index},${id},${RESULT.repeated},${times}`),
      done: (outcome) => {
        const result = outcome.ok ? `${RESULT.ok}${detail(outcome.reply)}` : String(RESULT.failed);
        this.late.at(startedAt, latency, () => {
          this.inFlight.delete(id);
          this.say(`${name}: ${this.index},${id},${result}`);
          told(outcome.ok);
        });
      },
    };
  }

  private leave(name: string, startedAt: number, say: (done: () => void) => void): void {
    this.abortOpen();
    this.cancelConnectTimer();
    this.state = "closing";
    this.late.forget();
    say(this.late.bound(() => this.late.at(startedAt, LATENCY.QMTDISC, () => this.shut(`${name}: ${this.index},0`))));
  }

  private shut(lastWords: string | null): void {
    this.abortOpen();
    this.cancelConnectTimer();
    this.link?.destroy();
    this.link = null;
    this.state = "closed";
    this.late.forget();
    if (lastWords !== null) this.say(lastWords);
  }

  private notice(text: string): void {
    if (this.config.timeout.notice) this.say(text);
  }

  private say(text: string): void {
    this.core.port.urc(text);
  }
}

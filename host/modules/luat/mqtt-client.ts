/**
 * The one MQTT client of an Air module: idle -> tcp -> up, and the words that follow a command's OK
 * (Luat AT manual V1.6.3, chapter MQTT; logs of Air780EP and Air720).
 */
import type { IConnackPacket, IConnectPacket, IPublishPacket, ISubackPacket } from "mqtt-packet";
import type { Core } from "../core/core.ts";
import { Late } from "../core/late.ts";
import { openConnection, type Opened, type TlsSettings } from "../net/connect.ts";
import { MqttLink, type Outcome } from "../net/mqtt-link.ts";
import type { Bearer, IpState } from "./bearer.ts";
import type { Inbox } from "./inbox.ts";
import * as LATENCY from "./latency.ts";
import { makeOwnTopics, type OwnTopics } from "./own-topics.ts";

/** Connections have numbers with CIPMUX=1; MQTT's is this. */
const CONNECTION = 7;
/** Repetitions of what is not acknowledged: nothing is documented, and nothing is said when it is given up. */
const POLICY = { timeoutMs: 20_000, retries: 2 };
const MAX_ID = 65_535;

/** `closing`: MDISCONNECT was sent, CLOSED is still to come. */
export type MqttState = "idle" | "opening" | "tcp" | "connecting" | "up" | "closing";

export interface Publish {
  topic: string;
  qos: 0 | 1 | 2;
  retain: boolean;
  payload: Buffer;
}

export interface ClientWorld {
  bearer: Bearer;
  inbox: Inbox;
  /** CIPMUX=1. */
  numbered(): boolean;
}

export class MqttClient {
  state: MqttState = "idle";
  private link: MqttLink | null = null;
  private lastId = 0;
  private abortOpen = (): void => {};
  private failOpening: (reason: string) => void = () => {};
  private cancelConnectTimer = (): void => {};
  private readonly late: Late;
  private readonly own: OwnTopics;

  constructor(
    private readonly core: Core,
    private readonly world: ClientWorld,
  ) {
    this.late = new Late(core);
    this.own = makeOwnTopics(core.clock);
  }

  /** MIPSTART, SSLMIPSTART. */
  open(host: string, port: number, tls: TlsSettings | null, startedAt: number): void {
    if (this.state !== "idle") return this.say("ALREADY CONNECT");
    const { core, late } = this;
    const { bearer } = this.world;
    this.state = "opening";
    late.forget();
    const latency = tls ? LATENCY.SSLMIPSTART : LATENCY.MIPSTART;
    const fail = (reason: string, ip: IpState): void => {
      this.link?.destroy();
      core.emit({ ev: "open-failed", client: 0, host, port, result: "CONNECT FAIL", reason });
      late.at(startedAt, latency, () => {
        this.shut(null);
        bearer.socket(ip);
        if (!this.world.numbered()) this.say(`STATE: ${ip}`);
        this.say(this.numbered("CONNECT FAIL"));
      });
    };
    this.failOpening = (reason) => fail(reason, "TCP CLOSED");
    if (core.faults.openResults.shift() !== undefined) return fail("by order of the control port", "TCP CLOSED");
    if (!bearer.usable()) return fail("no data connection", bearer.state);
    bearer.socket("TCP CONNECTING");
    this.abortOpen = openConnection({ host, port, tls }, core, (opened) => {
      if (!opened.ok) return fail(`${opened.cause}: ${opened.reason}`, "TCP CLOSED");
      this.opened(opened, host, port);
      late.at(startedAt, latency, () => this.ready());
    });
  }

  /** MCONNECT. */
  connect(packet: Omit<IConnectPacket, "cmd">, startedAt: number): void {
    this.state = "connecting";
    this.cancelConnectTimer();
    const done = (outcome: Outcome): void => {
      if (!outcome.ok) return this.lose("no CONNACK");
      const code = (outcome.reply as IConnackPacket).returnCode ?? 0;
      this.core.emit({ ev: "connect", client: 0, clientId: packet.clientId, code });
      this.late.at(startedAt, LATENCY.MCONNECT, () => {
        if (code === 0) {
          this.state = "up";
          return this.say("CONNACK OK");
        }
        // The code is not told. A broker that refuses closes the connection (MQTT 3.1.1, 3.2.2.3).
        this.say("ERROR");
        this.lose("refused");
      });
    };
    this.link?.connect(packet, { done });
  }

  subscribe(topic: string, qos: 0 | 1 | 2, startedAt: number): void {
    const done = (outcome: Outcome): void => {
      if (!outcome.ok) return;
      const granted = (outcome.reply as ISubackPacket).granted as number[];
      this.own.subscribe(topic);
      this.core.emit({ ev: "subscribe", client: 0, topics: [topic], granted });
      // Of the topic, and whether it was granted, the module says nothing.
      this.late.at(startedAt, LATENCY.ACKNOWLEDGED, () => this.say("SUBACK"));
    };
    this.link?.subscribe(this.nextId(), [{ topic, qos }], { done });
  }

  unsubscribe(topic: string, startedAt: number): void {
    const done = (outcome: Outcome): void => {
      if (outcome.ok) this.late.at(startedAt, LATENCY.ACKNOWLEDGED, () => this.say("UNSUBACK"));
    };
    this.own.unsubscribe(topic);
    this.link?.unsubscribe(this.nextId(), [topic], { done });
  }

  publish({ topic, qos, retain, payload }: Publish, startedAt: number): void {
    const id = qos === 0 ? 0 : this.nextId();
    const details = { client: 0, topic, qos, retain, id, bytes: payload.length, payload: payload.toString("latin1") };
    this.core.emit({ ev: "publish", ...details });
    const done = ({ ok }: Outcome): void => {
      if (qos === 0) return;
      this.late.at(startedAt, LATENCY.ACKNOWLEDGED, () => {
        if (ok) this.say(qos === 1 ? "PUBACK" : "PUBCOMP");
        this.core.emit({ ev: "published", client: 0, topic, id, ok });
      });
    };
    const halfway = (): void => this.late.at(startedAt, LATENCY.ACKNOWLEDGED, () => this.say("PUBREC"));
    if (this.passes("out", "publish")) this.own.published(topic, startedAt);
    this.link?.publish({ topic, qos, retain, payload, ...(qos === 0 ? {} : { messageId: id }) }, { done, halfway });
  }

  /** MDISCONNECT: says good-bye; CLOSED comes much later. */
  disconnect(startedAt: number): void {
    this.state = "closing";
    this.world.bearer.socket("TCP CLOSING");
    this.late.forget();
    const closed = this.late.bound(() => this.late.at(startedAt, LATENCY.DISCONNECTED, () => this.closed()));
    this.link?.disconnect(closed);
  }

  /** MIPCLOSE: closes the connection as it is, so that the broker publishes the will. */
  close(): void {
    this.world.bearer.socket("TCP CLOSED");
    this.shut(null);
  }

  /** The connection is gone; the broker is not told. */
  lose(reason: string): void {
    if (this.state === "idle" || this.state === "closing") return;
    if (this.state === "opening") {
      this.abortOpen();
      this.late.forget();
      return this.failOpening(reason);
    }
    this.link?.destroy();
    this.core.emit({ ev: "lost", client: 0, reason });
    this.late.at(0, LATENCY.NOW, () => this.closed());
  }

  /** The connection is gone, or the module stops: nobody is told. */
  shut(reason: string | null): void {
    if (reason !== null && this.state !== "idle") this.core.emit({ ev: "lost", client: 0, reason });
    this.abortOpen();
    this.cancelConnectTimer();
    this.link?.destroy();
    this.link = null;
    this.own.clear();
    this.state = "idle";
    this.late.forget();
  }

  reset(): void {
    this.shut(null);
    this.late.reset();
    this.lastId = 0;
  }

  private opened({ socket, tls }: Extract<Opened, { ok: true }>, host: string, port: number): void {
    const { clock, timers, settings } = this.core;
    this.core.emit(tls ? { ev: "tls", client: 0, host, port, ...tls } : { ev: "tcp", client: 0, host, port });
    this.link = new MqttLink(socket, POLICY, {
      clock,
      timers,
      pings: settings.quirks.pings,
      passes: (direction, cmd) => this.passes(direction, cmd),
      message: (packet) => this.receive(packet),
      lost: (reason) => this.lose(reason),
    });
  }

  private ready(): void {
    const { quirks } = this.core.settings;
    this.state = "tcp";
    this.world.bearer.socket("CONNECT OK");
    this.core.port.urc(this.numbered("CONNECT OK"), quirks.noCrlf);
    this.cancelConnectTimer = this.core.timers.after(quirks.connectTimerMs, () => this.lose("no CONNECT in time"));
  }

  private closed(): void {
    this.world.bearer.socket("TCP CLOSED");
    this.shut(null);
    this.say(this.numbered("CLOSED"));
  }

  private receive(packet: IPublishPacket): void {
    const sentAt = this.own.received(packet.topic);
    if (sentAt === null) this.world.inbox.take(packet);
    else this.late.at(sentAt, LATENCY.LOOP_BACK, () => this.world.inbox.take(packet));
  }

  private passes(direction: "in" | "out", cmd: string): boolean {
    const { faults, radio } = this.core;
    return !faults.hang && radio.registered && !(faults.stallPublish && direction === "out" && cmd === "publish");
  }

  private nextId(): number {
    this.lastId = (this.lastId % MAX_ID) + 1;
    return this.lastId;
  }

  private numbered(words: string): string {
    return this.world.numbered() ? `${CONNECTION},${words}` : words;
  }

  private say(text: string): void {
    this.core.port.urc(text);
  }
}

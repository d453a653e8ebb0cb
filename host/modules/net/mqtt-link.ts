/**
 * MQTT 3.1 and 3.1.1 on one connection, as a module's firmware speaks it: requests that are repeated and given up, PINGREQ,
 * acknowledgements for what arrives. What a command answers is decided elsewhere.
 */
import type { Socket } from "node:net";
import { generate, parser, type IConnectPacket, type IPublishPacket, type Packet, type PacketCmd } from "mqtt-packet";
import type { Timers } from "../core/timers.ts";
import type { Clock } from "../../time/clock.ts";
import { holdClock, PACKET_GUARD_MS, REPEAT_GUARD_MS } from "./hold.ts";

/** How long an acknowledgement may take, and how often its request is repeated. */
export interface RetryPolicy {
  timeoutMs: number;
  retries: number;
}

export type Outcome = { ok: true; reply: Packet; retries: number } | { ok: false };

/** What comes of a request: `repeated` after each repetition, `done` once; none of it when the connection is lost meanwhile. */
export interface Waiting {
  repeated?(times: number): void;
  /** Of a publish with QoS 2: the broker has it, PUBREL goes out. */
  halfway?(): void;
  done(outcome: Outcome): void;
}

/** `closed`: by the other side. `ping`: no PINGRESP. */
export type LossReason = "closed" | "ping";

export interface LinkWorld {
  clock: Clock;
  timers: Timers;
  /** Whether the module keeps the connection alive by itself. */
  pings: boolean;
  /** Whether packets get through; they may not, though the connection is there. */
  passes(direction: "in" | "out", cmd: PacketCmd): boolean;
  message(packet: IPublishPacket): void;
  lost(reason: LossReason): void;
}

interface Request {
  expected: PacketCmd;
  id: number | undefined;
  finish(outcome: Outcome): void;
  /** Ends without an outcome. */
  abandon(): void;
}

export class MqttLink {
  private readonly parser = parser({ protocolVersion: 4 });
  private readonly requests = new Set<Request>();
  /** Messages of QoS 2 that wait for their PUBREL. */
  private readonly received = new Map<number, IPublishPacket>();
  private keepaliveMs = 0;
  private cancelPing = (): void => {};
  private over = false;

  constructor(
    private readonly socket: Socket,
    private readonly policy: RetryPolicy,
    private readonly world: LinkWorld,
  ) {
    this.parser.on("packet", (packet) => this.take(packet));
    this.parser.on("error", () => this.lose("closed"));
    socket.on("data", (data) => this.parser.parse(data));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.lose("closed"));
  }

  connect(packet: Omit<IConnectPacket, "cmd">, waiting: Waiting): void {
    const done = (outcome: Outcome): void => {
      if (outcome.ok) {
        this.keepaliveMs = (packet.keepalive ?? 0) * 1000;
        this.schedulePing();
      }
      waiting.done(outcome);
    };
    this.request({ cmd: "connect", ...packet }, "connack", undefined, { ...waiting, done });
  }

  /** QoS 0 is done when it is sent. */
  publish(packet: Omit<IPublishPacket, "cmd" | "dup">, waiting: Waiting): void {
    const whole: IPublishPacket = { cmd: "publish", dup: false, ...packet };
    if (packet.qos === 0) {
      this.send(whole);
      return waiting.done({ ok: true, reply: whole, retries: 0 });
    }
    if (packet.qos === 1) return this.request(whole, "puback", packet.messageId, waiting);
    const done = (outcome: Outcome): void => {
      if (!outcome.ok) return waiting.done(outcome);
      waiting.halfway?.();
      this.request({ cmd: "pubrel", messageId: packet.messageId }, "pubcomp", packet.messageId, waiting);
    };
    this.request(whole, "pubrec", packet.messageId, { ...waiting, done });
  }

  subscribe(messageId: number, subscriptions: { topic: string; qos: 0 | 1 | 2 }[], waiting: Waiting): void {
    this.request({ cmd: "subscribe", messageId, subscriptions }, "suback", messageId, waiting);
  }

  unsubscribe(messageId: number, unsubscriptions: string[], waiting: Waiting): void {
    this.request({ cmd: "unsubscribe", messageId, unsubscriptions }, "unsuback", messageId, waiting);
  }

  /** Says good-bye, and calls `done` when the connection is closed. */
  disconnect(done: () => void): void {
    if (this.socket.destroyed) return done();
    const release = holdClock(this.world.clock, PACKET_GUARD_MS);
    this.send({ cmd: "disconnect" });
    this.stop();
    this.socket.once("close", () => {
      release();
      done();
    });
    this.socket.end();
    this.world.timers.after(this.policy.timeoutMs, () => this.socket.destroy());
  }

  /** Gone, without a word. */
  destroy(): void {
    this.stop();
    this.socket.destroy();
  }

  private request(packet: Packet, expected: PacketCmd, id: number | undefined, waiting: Waiting): void {
    let retries = 0;
    let release = (): void => {};
    let cancel = (): void => {};
    const request: Request = {
      expected,
      id,
      abandon: () => {
        this.requests.delete(request);
        cancel();
        release();
      },
      finish: (outcome) => {
        request.abandon();
        waiting.done(outcome.ok ? { ...outcome, retries } : outcome);
      },
    };
    const attempt = (): void => {
      release();
      // What never reaches the broker is not worth holding the clock for.
      if (this.world.passes("out", packet.cmd)) release = holdClock(this.world.clock, retries === 0 ? PACKET_GUARD_MS : REPEAT_GUARD_MS);
      this.send(retries > 0 && packet.cmd === "publish" ? { ...packet, dup: true } : packet);
      cancel = this.world.timers.after(this.policy.timeoutMs, () => {
        if (retries === this.policy.retries) return request.finish({ ok: false });
        retries++;
        waiting.repeated?.(retries);
        attempt();
      });
    };
    this.requests.add(request);
    attempt();
  }

  private take(packet: Packet): void {
    if (this.over || !this.world.passes("in", packet.cmd)) return;
    if (packet.cmd === "publish") return this.receive(packet);
    if (packet.cmd === "pubrel") {
      this.send({ cmd: "pubcomp", messageId: packet.messageId });
      const message = this.received.get(packet.messageId as number);
      this.received.delete(packet.messageId as number);
      if (message) this.world.message(message);
      return;
    }
    for (const request of this.requests) {
      if (request.expected !== packet.cmd || (request.id !== undefined && request.id !== packet.messageId)) continue;
      return request.finish({ ok: true, reply: packet, retries: 0 });
    }
  }

  private receive(packet: IPublishPacket): void {
    if (packet.qos === 2) {
      this.received.set(packet.messageId as number, packet);
      return this.send({ cmd: "pubrec", messageId: packet.messageId });
    }
    if (packet.qos === 1) this.send({ cmd: "puback", messageId: packet.messageId });
    this.world.message(packet);
  }

  private send(packet: Packet): void {
    if (this.over) return;
    if (this.world.passes("out", packet.cmd)) this.socket.write(generate(packet, { protocolVersion: 4 }));
    if (packet.cmd !== "pingreq") this.schedulePing();
  }

  /** PINGREQ when nothing was sent for the keep-alive time. */
  private schedulePing(): void {
    this.cancelPing();
    if (this.keepaliveMs === 0 || !this.world.pings) return;
    this.cancelPing = this.world.timers.after(this.keepaliveMs, () => {
      const done = ({ ok }: Outcome): void => (ok ? this.schedulePing() : this.lose("ping"));
      this.request({ cmd: "pingreq" }, "pingresp", undefined, { done });
    });
  }

  private lose(reason: LossReason): void {
    if (this.over) return;
    this.stop();
    this.socket.destroy();
    this.world.lost(reason);
  }

  private stop(): void {
    this.over = true;
    this.cancelPing();
    // Whoever waits for an acknowledgement learns of the loss by a URC, not by a result.
    for (const request of [...this.requests]) request.abandon();
  }
}

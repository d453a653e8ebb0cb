/** A client's connection in front of the broker, where rules decide: every packet passes here, both ways. */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { generate, parser } from "mqtt-packet";
import type { IConnackPacket, IConnectPacket, IPublishPacket, ISubackPacket, ISubscribePacket, Packet } from "mqtt-packet";
import type { BrokerEvent, Refusal } from "./events.ts";
import { REFUSAL_CODES } from "./events.ts";
import { InFlight } from "./in-flight.ts";
import type { Guest, Message, Rules } from "./rules.ts";
import type { Sessions } from "./sessions.ts";
import type { Time } from "../time/wall.ts";
import { covers, isFilter } from "./topics.ts";

export interface GateWorld {
  rules: Rules;
  sessions: Sessions;
  time: Time;
  tell(event: BrokerEvent): void;
  /** Clients that pass unseen, each with a password of its own. */
  isTrusted(clientId: string): boolean;
  /** How guests are refused now, whatever the rules say. */
  refusal(): Refusal | null;
}

/** MQTT 3.1.1, 3.9.3: a subscription that failed. */
const FAILURE = 0x80;
/** Packets of a client that show that it is alive (Aliyun IoT Platform, "Limits", document 30527). */
const SIGNS_OF_LIFE: readonly string[] = ["publish", "subscribe", "pingreq", "puback"];
/** A client that is silent for so many keepalives is gone (MQTT 3.1.1, 3.1.2.10). */
const PATIENCE = 1.5;
/** Of `mqtt-packet` about a CONNECT that it does not know further. */
const UNKNOWN_VERSION = "Invalid protocol version";

export class Gate extends Duplex {
  guest: Guest | null = null;
  readonly inFlight: InFlight;
  private passes = false;
  private sessionPresent = false;
  private greeted = false;
  private closing = false;
  /** Filters and the time from which they deliver. */
  private readonly filters = new Map<string, number>();
  /** What is answered to the filters of the SUBSCRIBE that the broker is working on. */
  private grants: number[] | null = null;
  /** Packets that wait for it: what is published after a subscription finds it there. The broker's core would work on both at once. */
  private readonly waiting: Packet[] = [];
  private cancelSilence = (): void => {};
  private cancelStay = (): void => {};
  private readonly fromBroker: ReturnType<typeof parser>;

  constructor(
    private readonly socket: Socket,
    private readonly world: GateWorld,
    /** A CONNECT has come that is not refused. */
    private readonly arrived: () => void,
  ) {
    super();
    this.inFlight = new InFlight(world.time, (packet) => this.resend(packet));
    this.fromBroker = this.reader((packet) => this.toClient(packet));
    const fromClient = this.reader((packet) => (this.grants ? this.waiting.push(packet) : this.fromClient(packet)));
    socket.on("data", (bytes: Buffer) => void fromClient.parse(bytes));
    socket.on("end", () => this.push(null));
    socket.on("error", (error: Error) => this.broken(error));
    socket.on("close", () => this.destroy());
    // It may have been paused while its first byte was looked at.
    socket.resume();
  }

  /** Subscriptions do not deliver before their time, guests do not get what is not theirs. @returns whether the message may go out. */
  lets(message: Message, own: boolean): boolean {
    const { guest } = this;
    // What a session kept is delivered before the client is greeted.
    if (!guest || !this.greeted) return true;
    const now = this.world.time.now();
    const waiting = [...this.filters].filter(([filter]) => covers(filter, message.topic));
    if (waiting.length && waiting.every(([, from]) => from > now))
      return this.refuseDelivery(message, "the subscription is not active yet");
    if (message.qos > 0 && this.inFlight.size >= this.world.rules.mostInFlight)
      return this.refuseDelivery(message, `${this.inFlight.size} messages are not acknowledged`);
    const why = guest.receive(message, own);
    return why === null || (why !== "" && this.refuseDelivery(message, why));
  }

  /** It has its CONNACK and all that was kept for it. */
  greet(): Message[] {
    this.greeted = true;
    return this.guest?.greeting() ?? [];
  }

  /** Ends the connection after what was written to it is sent. */
  hangUp(): void {
    this.closing = true;
    this.socket.end();
  }

  private reader(take: (packet: Packet) => void): ReturnType<typeof parser> {
    const made = parser();
    made.on("packet", (packet: Packet) => {
      if (!this.closing && !this.destroyed) take(packet);
    });
    made.on("error", (error: Error) => this.broken(error));
    return made;
  }

  private broken(error: Error): void {
    if (this.closing || this.destroyed) return;
    if (!this.guest && error.message == UNKNOWN_VERSION) return this.refuse("", 1, "a protocol level that is not spoken here");
    this.cut(error.message);
  }

  private cut(why: string): void {
    this.world.tell({ ev: "error", message: `${this.guest?.name ?? "a client"}: ${why}` });
    this.destroy();
  }

  private fromClient(packet: Packet): void {
    if (this.passes) return this.toBroker(packet);
    if (!this.guest) return packet.cmd == "connect" ? this.connect(packet) : this.cut(`its first packet is ${packet.cmd}, not CONNECT`);
    if (SIGNS_OF_LIFE.includes(packet.cmd)) this.waitForLife(this.guest);
    switch (packet.cmd) {
      case "publish":
        return this.publish(packet, this.guest);
      case "subscribe":
        return this.subscribe(packet, this.guest);
      case "unsubscribe":
        for (const filter of packet.unsubscriptions) this.filters.delete(filter);
        return this.toBroker(packet);
      case "puback":
        this.inFlight.acknowledged(packet.messageId ?? 0);
        return this.toBroker(packet);
      case "pingreq":
      case "disconnect":
        return this.toBroker(packet);
      default:
        return this.cut(`${packet.cmd} is not expected`);
    }
  }

  private connect(packet: IConnectPacket): void {
    const { clientId, protocolVersion: version, clean = true, keepalive = 0 } = packet;
    if (version != 3 && version != 4) return this.refuse(clientId, 1, `protocol level ${version ?? "unknown"}; 3 and 4 are spoken here`);
    if (this.world.isTrusted(clientId)) {
      this.passes = true;
      this.arrived();
      return this.toBroker(packet);
    }
    const { rules, sessions, time, tell } = this.world;
    const ordered = this.world.refusal();
    if (ordered == "silence") {
      this.closing = true;
      return this.arrived();
    }
    if (ordered) return this.refuse(clientId, REFUSAL_CODES[ordered], `told to refuse: ${ordered}`);
    const password = packet.password === undefined ? undefined : Buffer.from(packet.password);
    const secure = this.socket instanceof TLSSocket;
    const admission = rules.admit({ clientId, username: packet.username, password, keepaliveS: keepalive, clean, secure });
    if (!("guest" in admission)) return this.refuse(clientId, admission.code, admission.why);

    const { guest } = admission;
    this.guest = guest;
    this.arrived();
    const warnings = [...guest.warnings, ...(packet.will ? ["its will is ignored"] : [])];
    for (const message of warnings) tell({ ev: "warning", client: guest.name, message });
    const forgets = clean || guest.forgets === true;
    this.sessionPresent = sessions.enter(guest.name, forgets, rules.sessionMs()) && version == 4;
    for (const filter of sessions.filters(guest.name)) this.filters.set(filter, 0);
    // Credentials and keepalive are dealt with here.
    this.toBroker({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clientId: guest.name, clean: forgets, keepalive: 0 });
    const { stays } = guest;
    if (stays) this.cancelStay = time.after(stays.ms, () => this.cut(stays.why));
  }

  private refuse(client: string, code: number, reason: string): void {
    this.world.tell({ ev: "refused", client, code, reason });
    this.say({ cmd: "connack", returnCode: code, sessionPresent: false });
    this.hangUp();
  }

  private publish(packet: IPublishPacket, guest: Guest): void {
    const { qos, messageId } = packet;
    const topic = guest.route(packet.topic);
    const objection = guest.publish({ topic, payload: Buffer.from(packet.payload as Buffer), qos });
    if (objection) {
      this.world.tell({ ev: "denied", client: guest.name, action: "publish", topic, reason: objection.why });
      if (objection.close) return void this.destroy();
      // Acknowledged all the same: the device is not told.
      if (qos == 1) this.say({ cmd: "puback", messageId: messageId as number });
      return;
    }
    if (packet.retain) this.world.tell({ ev: "warning", client: guest.name, message: `the retain flag of ${topic} is ignored` });
    this.toBroker({ ...packet, topic, retain: false });
  }

  private subscribe(packet: ISubscribePacket, guest: Guest): void {
    const { messageId = 0, subscriptions } = packet;
    const malformed = subscriptions.find(({ topic }) => !isFilter(topic));
    if (malformed) return this.cut(`"${malformed.topic}" is no topic filter`);
    const others = [...this.filters.keys()].filter((filter) => !subscriptions.some(({ topic }) => topic == filter)).length;
    const objections = guest.subscribe(subscriptions, others);
    for (const [i, { topic }] of subscriptions.entries()) {
      const objection = objections[i];
      if (!objection) continue;
      this.world.tell({ ev: "denied", client: guest.name, action: "subscribe", topic, reason: objection.why });
      if (objection.close) return void this.destroy();
    }
    const granted = subscriptions.filter((_, i) => !objections[i]);
    const from = this.world.time.now() + this.world.rules.subscriptionDelayMs();
    for (const { topic } of granted) if (!this.filters.has(topic)) this.filters.set(topic, from);
    const grants = subscriptions.map(({ qos }, i) => (objections[i] ? FAILURE : qos));
    if (!granted.length) return this.say({ cmd: "suback", messageId, granted: grants });
    this.grants = grants;
    // Whatever QoS was asked for: the publisher's counts.
    this.toBroker({ ...packet, subscriptions: granted.map((one) => ({ ...one, qos: 1 })) });
  }

  private toClient(packet: Packet): void {
    if (this.guest && packet.cmd == "connack") this.connected(packet, this.guest);
    else if (this.guest && packet.cmd == "suback") this.subscribed(packet);
    else {
      if (this.guest && packet.cmd == "publish" && packet.qos > 0) this.inFlight.sent(packet, this.world.rules.resendMs());
      this.say(packet);
    }
  }

  private connected(packet: IConnackPacket, guest: Guest): void {
    this.say({ ...packet, sessionPresent: this.sessionPresent });
    this.waitForLife(guest);
  }

  private subscribed(packet: ISubackPacket): void {
    this.say({ ...packet, granted: this.grants ?? packet.granted });
    this.grants = null;
    while (!this.grants && !this.destroyed) {
      const next = this.waiting.shift();
      if (!next) return;
      this.fromClient(next);
    }
  }

  private resend(packet: IPublishPacket): void {
    this.world.tell({ ev: "resent", client: this.guest?.name ?? "", messageId: packet.messageId as number });
    this.say(packet);
    this.inFlight.sent(packet, this.world.rules.resendMs());
  }

  private waitForLife({ keepaliveS, name }: Guest): void {
    this.cancelSilence();
    if (keepaliveS > 0)
      this.cancelSilence = this.world.time.after(keepaliveS * PATIENCE * 1000, () => {
        this.world.tell({ ev: "error", message: `${name}: keep alive timeout: silent for ${keepaliveS * PATIENCE} s` });
        this.destroy();
      });
  }

  private refuseDelivery({ topic }: Message, reason: string): false {
    this.world.tell({ ev: "denied", client: this.guest?.name ?? "", action: "receive", topic, reason });
    return false;
  }

  private say(packet: Packet): void {
    if (this.socket.writable) this.socket.write(generate(packet));
  }

  private toBroker(packet: Packet): void {
    if (!this.push(generate(packet))) this.socket.pause();
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.fromBroker.parse(bytes);
    if (this.socket.writableNeedDrain && !this.socket.destroyed) {
      const go = (): void => {
        this.socket.off("drain", go).off("close", go);
        done();
      };
      this.socket.on("drain", go).on("close", go);
    } else done();
  }

  override _final(done: () => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.cancelSilence();
    this.cancelStay();
    this.inFlight.clear();
    this.socket.destroy();
    done(error);
  }
}

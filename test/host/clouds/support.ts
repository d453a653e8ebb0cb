/** An emulated Aliyun with real sockets and virtual time, and clients that send what they are told, right or wrong. */
import { once } from "node:events";
import { request } from "node:https";
import { connect as connectTcp } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { generate, parser } from "mqtt-packet";
import type { IConnectPacket, IPublishPacket, Packet } from "mqtt-packet";
import { createHmac } from "node:crypto";
import { issuedFor } from "../../../host/broker/issued.ts";
import { timeOf } from "../../../host/time/wall.ts";
import { DEMO } from "../../../host/clouds/aliyun/seeded.ts";
import { startAliyunCloud } from "../../../host/clouds/aliyun/start.ts";
import type { AliyunCloud, AliyunOptions } from "../../../host/clouds/aliyun/start.ts";
import { SCHEMA, SCHEMA_VERSION } from "../../../host/clouds/aliyun/schema.ts";
import type { Switches } from "../../../host/clouds/aliyun/switches.ts";
import { makeWorld } from "../../../host/clouds/aliyun/world.ts";
import type { Links, World, WorldOptions } from "../../../host/clouds/aliyun/world.ts";
import type { CloudEvent } from "../../../host/clouds/shared/events.ts";
import { VirtualClock } from "../../../host/time/clock.ts";
import { IN_MEMORY, openDatabase } from "../../../host/store/database.ts";

export const { productKey: PK, productSecret: PS, deviceName: DN, deviceSecret: DS } = DEMO;
export const NAMES = { productKey: PK, deviceName: DN };
/** In topics. */
export const ME = `${PK}/${DN}`;
/** When virtual time begins: 2026-06-01, Unix milliseconds. */
export const START_MS = 1_780_272_000_000;

export interface TestCloud extends AliyunCloud {
  clock: VirtualClock;
  events: CloudEvent[];
  ca: string;
  /** The first event that fits, past or to come. */
  event<E extends CloudEvent["ev"]>(
    ev: E,
    fits?: (event: Extract<CloudEvent, { ev: E }>) => boolean,
  ): Promise<Extract<CloudEvent, { ev: E }>>;
}

const closing: (() => unknown)[] = [];

/** Real milliseconds until a test that waits for what never comes fails, instead of waiting for ever. */
const GUARD_MS = 30_000;

/** `state`: what there is instead, for the failure. */
export async function coming<T>(what: string, promise: Promise<T>, state: () => unknown): Promise<T> {
  let guard: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_, reject) => {
    guard = setTimeout(() => reject(new Error(`${what} did not come; there is ${JSON.stringify(state())}`)), GUARD_MS);
  });
  return Promise.race([promise, never]).finally(() => clearTimeout(guard));
}

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

/** `close` may return a promise. */
export function atEnd(close: () => unknown): void {
  closing.push(close);
}

/** With the demo product, its registration switched on, and the demo device. */
export async function startCloud(switches: Partial<Switches> = {}, options: Partial<AliyunOptions> = {}): Promise<TestCloud> {
  const events: CloudEvent[] = [];
  const watchers = new Set<() => void>();
  const clock = new VirtualClock();
  const { ca, server: tls } = await issuedFor("Cloud under test", ["localhost"], "good");
  const cloud = await startAliyunCloud({
    doors: [{ tls }, { tls, plainToo: true }],
    https: { tls },
    time: timeOf(clock, START_MS),
    switches,
    onEvent: (event) => {
      events.push(event);
      for (const look of watchers) look();
    },
    ...options,
  });
  closing.push(() => cloud.close());
  if (!cloud.api.products().length) {
    cloud.api.addProduct({ productKey: PK, productSecret: PS, registration: true });
    cloud.api.addDevice(PK, DN, DS);
  }
  return {
    ...cloud,
    ...{ clock, events, ca },
    event: (ev, fits = () => true) => {
      const found = new Promise<never>((resolve) => {
        const look = (): void => {
          const one = events.find((event) => event.ev == ev && fits(event as never));
          if (!one) return;
          watchers.delete(look);
          resolve(one as never);
        };
        watchers.add(look);
        look();
      });
      return coming(`event ${ev}`, found, () => events.map((one) => one.ev));
    },
  };
}

/** The platform without its broker and its servers. Nobody is connected. */
export async function testWorld(options: WorldOptions = {}): Promise<World & { clock: VirtualClock; events: CloudEvent[] }> {
  const clock = new VirtualClock();
  const time = timeOf(clock, START_MS);
  const events: CloudEvent[] = [];
  const db = await openDatabase(IN_MEMORY, SCHEMA_VERSION, SCHEMA);
  closing.push(() => db.close());
  const links: Links = {
    isOnline: () => false,
    inFlight: () => 0,
    publish: () => {},
    send: () => Promise.resolve(false),
    disconnect: () => {},
    forget: () => {},
    filesOrigin: () => "https://files.test",
  };
  const world = makeWorld(db, time, links, (event) => events.push(event), options);
  world.registry.addProduct({ productKey: PK, productSecret: PS, registration: true });
  world.registry.addDevice(NAMES, DS);
  return { ...world, clock, events };
}

export function hmac(method: string, secret: string, content: string): string {
  return createHmac(method.replace("hmac", ""), secret).update(content).digest("hex");
}

/** CONNECT fields of the demo device, right but for what is given. `content`: what is signed. */
export interface Login {
  clientId?: string;
  parameters?: string;
  username?: string;
  password?: string;
  method?: string;
  secret?: string;
  content?: string;
  keepalive?: number;
  clean?: boolean;
}

export function loginFields(login: Login = {}): Pick<IConnectPacket, "clientId" | "username" | "password" | "keepalive" | "clean"> {
  const { clientId = DN, method = "hmacsha256", parameters = `securemode=2,signmethod=${method}`, secret = DS } = login;
  const { content = `clientId${clientId}deviceName${DN}productKey${PK}`, keepalive = 120, clean = true } = login;
  return {
    clientId: `${clientId}|${parameters}|`,
    username: login.username ?? `${DN}&${PK}`,
    password: Buffer.from(login.password ?? hmac(method, secret, content)),
    ...{ keepalive, clean },
  };
}

/** Fields of a registration over MQTT. */
export function registrationFields(
  authType: "register" | "regnwl",
  change: Partial<Login> & { deviceName?: string; random?: string } = {},
): IConnectPacket {
  const { deviceName = DN, random = "4711", method = "hmacsha256", secret = PS } = change;
  const fields = loginFields({
    clientId: deviceName,
    parameters: `securemode=${authType == "register" ? 2 : -2},authType=${authType},random=${random},signmethod=${method}`,
    username: `${deviceName}&${PK}`,
    content: `deviceName${deviceName}productKey${PK}random${random}`,
    ...{ method, secret },
    ...change,
  });
  return { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, ...fields } as IConnectPacket;
}

/** Sends and receives packets, one by one, as they are. */
export class RawClient {
  readonly got: Packet[] = [];
  private readonly ended: Promise<void>;
  private readonly waiting: (() => void)[] = [];
  private seen = 0;

  constructor(readonly socket: Socket) {
    const reader = parser();
    reader.on("packet", (packet: Packet) => {
      this.got.push(packet);
      for (const look of this.waiting.splice(0)) look();
    });
    socket.on("data", (bytes: Buffer) => void reader.parse(bytes));
    socket.on("error", () => {});
    this.ended = new Promise((resolve) => socket.once("close", () => resolve()));
    closing.push(() => void socket.destroy());
  }

  /** Resolves when the connection is closed. */
  get closed(): Promise<void> {
    return coming("the end of the connection", this.ended, () => this.got.map((packet) => packet.cmd));
  }

  send(packet: Packet): void {
    this.socket.write(generate(packet));
  }

  /** The next packet of this kind that was not returned before; those before it are skipped. */
  async next<C extends Packet["cmd"]>(cmd: C): Promise<Extract<Packet, { cmd: C }>> {
    for (;;) {
      const at = this.got.findIndex((packet, i) => i >= this.seen && packet.cmd == cmd);
      if (at >= 0) {
        this.seen = at + 1;
        return this.got[at] as Extract<Packet, { cmd: C }>;
      }
      const more = new Promise<void>((resolve) => this.waiting.push(resolve));
      await coming(cmd, more, () => this.got.map((packet) => packet.cmd));
    }
  }

  /** @returns the CONNACK's code. */
  async connect(fields: Partial<IConnectPacket> = {}): Promise<number> {
    this.send({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, ...loginFields(), ...fields } as IConnectPacket);
    return (await this.next("connack")).returnCode as number;
  }

  /** @returns what SUBACK says to each. */
  async subscribe(topics: readonly string[], qos: 0 | 1 | 2 = 1): Promise<number[]> {
    this.send({ cmd: "subscribe", messageId: 7, subscriptions: topics.map((topic) => ({ topic, qos })) });
    return (await this.next("suback")).granted as number[];
  }

  /** With QoS 1: waits for PUBACK. */
  async publish(topic: string, payload: string | Buffer, qos: 0 | 1 | 2 = 1): Promise<void> {
    this.send({ cmd: "publish", topic, payload, qos, dup: false, retain: false, messageId: 9 });
    if (qos == 1) await this.next("puback");
  }

  async message(): Promise<{ topic: string; text: string; packet: IPublishPacket }> {
    const packet = await this.next("publish");
    return { topic: packet.topic, text: Buffer.from(packet.payload as Buffer).toString(), packet };
  }

  async json(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.message()).text) as Record<string, unknown>;
  }
}

/** A connection without a packet yet; over TLS unless said otherwise. */
export async function rawClient(cloud: TestCloud, transport: "tls" | "tcp" = "tls"): Promise<RawClient> {
  const [mqtts = 0, mqtt = 0] = cloud.broker.ports;
  const socket = transport == "tls" ? connectTls({ port: mqtts, ca: cloud.ca, host: "localhost" }) : connectTcp(mqtt, "127.0.0.1");
  await once(socket, transport == "tls" ? "secureConnect" : "connect");
  return new RawClient(socket);
}

/** The demo device, connected over TLS, and known to be. */
export async function device(cloud: TestCloud, login: Login = {}): Promise<RawClient> {
  const connects = (): number => cloud.events.filter(({ ev }) => ev == "connect").length;
  const before = connects();
  const client = await rawClient(cloud);
  const code = await client.connect(loginFields(login));
  if (code) throw new Error(`CONNACK ${code}`);
  await cloud.event("connect", () => connects() > before);
  return client;
}

/** @returns the CONNACK's code for these fields. */
export async function codeOf(cloud: TestCloud, login: Login | IConnectPacket = {}, transport: "tls" | "tcp" = "tls"): Promise<number> {
  const client = await rawClient(cloud, transport);
  const code = await client.connect("cmd" in login ? login : loginFields(login));
  client.socket.destroy();
  return code;
}

export interface HttpReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  json: { code: number; data: Record<string, unknown>; message: string };
}

/** @throws when the connection breaks before the end. */
export function https(
  cloud: TestCloud,
  path: string,
  options: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<HttpReply> {
  const { method = options.body === undefined ? "GET" : "POST", body, headers = {} } = options;
  return new Promise((resolve, reject) => {
    const asked = request({ host: "localhost", port: cloud.httpsPort, ca: cloud.ca, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const whole = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: whole,
          get json() {
            return JSON.parse(whole.toString()) as HttpReply["json"];
          },
        });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

export function post(cloud: TestCloud, path: string, form: Record<string, string> | string): Promise<HttpReply> {
  const body = typeof form == "string" ? form : new URLSearchParams(form).toString();
  return https(cloud, path, { body, headers: { "Content-type": "application/x-www-form-urlencoded" } });
}

/** Emulated clouds with real sockets and virtual time, and ordinary MQTT clients that verify them. */
import { connectAsync } from "mqtt";
import type { IClientOptions, MqttClient } from "mqtt";
import { issuedFor } from "../../../host/broker/issued.ts";
import { timeOf } from "../../../host/time/wall.ts";
import type { Broker } from "../../../host/broker/broker.ts";
import type { ServerCertificate } from "../../../host/broker/certificates.ts";
import type { Time } from "../../../host/time/wall.ts";
import type { CloudEvent } from "../../../host/clouds/shared/events.ts";
import { VirtualClock } from "../../../host/time/clock.ts";
import { atEnd, coming, START_MS } from "./support.ts";

export { closeAll } from "./support.ts";

type EventOf<E extends CloudEvent["ev"]> = Extract<CloudEvent, { ev: E }>;

export interface Watched {
  clock: VirtualClock;
  events: CloudEvent[];
  ca: string;
  /** The first event that fits, past or to come. */
  event<E extends CloudEvent["ev"]>(ev: E, fits?: (event: EventOf<E>) => boolean): Promise<EventOf<E>>;
}

/** What a cloud under test is started with. */
export interface Parts {
  tls: ServerCertificate;
  time: Time;
  onEvent(event: CloudEvent): void;
}

export async function watched<Cloud extends { broker: Broker; close(): Promise<void> }>(
  start: (parts: Parts) => Promise<Cloud>,
): Promise<Cloud & Watched> {
  const events: CloudEvent[] = [];
  const watchers = new Set<() => void>();
  const clock = new VirtualClock();
  const { ca, server: tls } = await issuedFor("Cloud under test", ["localhost"], "good");
  const cloud = await start({
    tls,
    time: timeOf(clock, START_MS),
    onEvent: (event) => {
      events.push(event);
      for (const look of watchers) look();
    },
  });
  atEnd(() => cloud.close());
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
      return coming(`event ${ev}`, found, () => events);
    },
  };
}

export interface Login {
  clientId: string;
  username: string;
  password: string;
  keepalive?: number;
  clean?: boolean;
  will?: IClientOptions["will"];
}

/** A device, as far as the network knows it. */
export interface TestDevice {
  client: MqttClient;
  /** The next message, parsed. */
  next(): Promise<{ topic: string; value: Record<string, unknown> }>;
  /** Objects are sent as JSON. Resolves when it is acknowledged. */
  publish(topic: string, payload: object | string): Promise<void>;
  /** Resolves when the cloud has closed the connection. */
  closed: Promise<unknown>;
}

/** `transport`: TLS unless said otherwise. @throws {Error} with the CONNACK's `code`. */
export async function connect(port: number, ca: string | null, login: Login): Promise<TestDevice> {
  const options: IClientOptions = {
    ...{ keepalive: 60, clean: true, ...login },
    ...{ reconnectPeriod: 0, protocolVersion: 4 as const },
    // Pings of the client's own run on real time, the cloud's patience on virtual time.
    reschedulePings: false,
  };
  const client = await (ca === null
    ? connectAsync(`mqtt://127.0.0.1:${port}`, options, false)
    : connectAsync(`mqtts://localhost:${port}`, { ...options, ca, rejectUnauthorized: true }, false));
  atEnd(() => client.endAsync(true));
  client.on("error", () => {});
  const got: { topic: string; value: Record<string, unknown> }[] = [];
  const waiting: (() => void)[] = [];
  client.on("message", (topic, payload) => {
    got.push({ topic, value: JSON.parse(payload.toString()) as Record<string, unknown> });
    waiting.shift()?.();
  });
  const closed = new Promise((resolve) => client.once("close", () => resolve(null)));
  return {
    client,
    next: async () => {
      if (!got.length) {
        const more = new Promise<void>((resolve) => waiting.push(resolve));
        await coming("a message", more, () => "none");
      }
      return got.shift() as (typeof got)[number];
    },
    publish: async (topic, payload) => {
      const sent = client.publishAsync(topic, typeof payload == "string" ? payload : JSON.stringify(payload), { qos: 1 });
      await coming("an acknowledgement", sent, () => (client.connected ? "a connection" : "no connection"));
    },
    closed: coming("the end of the connection", closed, () => "an open one"),
  };
}

/** @returns the CONNACK's code. */
export async function codeOf(port: number, ca: string | null, login: Login): Promise<number> {
  try {
    const { client } = await connect(port, ca, login);
    await client.endAsync(true);
    return 0;
  } catch (error) {
    return (error as { code: number }).code;
  }
}

/** Aliyun IoT Platform on this PC: MQTT over TCP and TLS, HTTPS, and its owner's side. */
import { startBroker } from "../../broker/broker.ts";
import type { Broker, Refusal } from "../../broker/broker.ts";
import type { DoorOptions } from "../../broker/doors.ts";
import { Sessions } from "../../broker/sessions.ts";
import { REAL_TIME } from "../../time/wall.ts";
import type { Time } from "../../time/wall.ts";
import { IN_MEMORY, openDatabase } from "../../store/database.ts";
import type { CloudEvent } from "../shared/events.ts";
import { startHttps } from "../http/server.ts";
import { admit } from "./admission.ts";
import { AliyunApi, MOST_IN_FLIGHT } from "./api.ts";
import { httpsAnswer } from "./https.ts";
import { pathOf } from "./identifier.ts";
import type { Place } from "./hosts.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";
import { makeWorld } from "./world.ts";
import type { Links, WorldOptions } from "./world.ts";

export interface AliyunOptions extends WorldOptions {
  /** Ports for MQTT, at least one. */
  doors: readonly DoorOptions[];
  https: DoorOptions;
  /** What devices call this PC; default: 127.0.0.1. */
  host?: string;
  /** Where devices find MQTT and files (`https://host[:port]`), if not at `host` and the ports here. */
  names?: { mqtt?: Place; files?: string };
  /** Of the database; default: in memory. */
  file?: string;
  time?: Time;
  /** Clients besides devices, by user name; and all devices are refused like this. For the broker. */
  users?: Readonly<Record<string, string>>;
  trusted?: readonly string[];
  refuse?: Refusal | null;
  onEvent?(event: CloudEvent): void;
}

export interface AliyunCloud {
  api: AliyunApi;
  broker: Broker;
  readonly httpsPort: number;
  /** May be called twice. */
  close(): Promise<void>;
}

const LOCAL = "127.0.0.1";

/** @throws {Error} when a port is taken or the file is in use. */
export async function startAliyunCloud(options: AliyunOptions): Promise<AliyunCloud> {
  const { time = REAL_TIME, host = LOCAL, names = {} } = options;
  const tell = (event: CloudEvent): void => options.onEvent?.(event);
  const closing: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const db = await openDatabase(options.file ?? IN_MEMORY, SCHEMA_VERSION, SCHEMA);
    closing.push(() => db.close());
    const sessions = new Sessions(db, time);
    const links: Links = {
      isOnline: (device) => broker.clients().includes(pathOf(device)),
      inFlight: (device) => broker.inFlight(pathOf(device)),
      publish: (message) => broker.publish(message),
      send: (device, message) => broker.send(pathOf(device), message),
      disconnect: (device) => broker.kick(pathOf(device)),
      forget: (device) => sessions.forget(pathOf(device)),
      filesOrigin: () => names.files ?? `https://${host}:${https.port}`,
    };
    const world = makeWorld(db, time, links, tell, options);
    const { switches } = world;
    const broker = await startBroker({
      doors: options.doors,
      users: options.users ?? {},
      trusted: options.trusted ?? [],
      refuse: options.refuse ?? null,
      connectTimeoutMs: switches.connectTimeoutMs,
      time,
      sessions,
      rules: {
        admit: (request) => admit(request, world),
        subscriptionDelayMs: () => switches.subscriptionDelayMs,
        resendMs: () => switches.resendMs,
        sessionMs: () => switches.sessionMs,
        mostInFlight: MOST_IN_FLIGHT,
      },
      onEvent: tell,
    });
    closing.push(() => broker.close());
    closing.push(() => world.calls.close());
    const mqtt = (): Place => names.mqtt ?? { host, port: broker.port };
    const https = await startHttps({ door: options.https, answer: (request) => httpsAnswer(request, world, mqtt()), tell });
    closing.push(() => https.close());
    return { api: new AliyunApi(world), broker, httpsPort: https.port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

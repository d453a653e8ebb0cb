/** Aliyun IoT Platform on this PC: MQTT over TCP and TLS, HTTPS, and its owner's side. */
import { startBroker } from "../../broker/broker.ts";
import type { Broker, Refusal } from "../../broker/broker.ts";
import type { DoorOptions } from "../../broker/doors.ts";
import { Sessions } from "../../broker/sessions.ts";
import { REAL_TIME } from "../../broker/time.ts";
import type { Time } from "../../broker/time.ts";
import { IN_MEMORY, openDatabase } from "../../store/database.ts";
import type { CloudEvent } from "../events.ts";
import { startHttps } from "../http/server.ts";
import { admit } from "./admission.ts";
import { AliyunApi, MOST_IN_FLIGHT } from "./api.ts";
import { Calls } from "./calls.ts";
import { NO_FAULTS } from "./faults.ts";
import { Files } from "./files.ts";
import { httpsAnswer } from "./https.ts";
import type { Hosts } from "./https.ts";
import { pathOf } from "./identifier.ts";
import type { DeviceNames } from "./identifier.ts";
import { Jobs } from "./jobs.ts";
import { Limits } from "./limits.ts";
import { RANDOM } from "./random.ts";
import type { Random } from "./random.ts";
import { Records } from "./records.ts";
import { Registry } from "./registry.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";
import { SWITCHES } from "./switches.ts";
import type { Switches } from "./switches.ts";
import type { World } from "./world.ts";

export interface AliyunOptions {
  /** Ports for MQTT, at least one. */
  doors: readonly DoorOptions[];
  /** Absent: no HTTPS. */
  https?: DoorOptions;
  /** Where devices find it; default: the ports of this PC. */
  names?: Partial<Hosts> & { files?: string };
  /** Default: in memory. */
  file?: string;
  switches?: Partial<Switches>;
  time?: Time;
  random?: Partial<Random>;
  /** A device that is not there is made with this secret when it is asked for; `undefined`: it is not. */
  secretOfUnknown?(names: DeviceNames): string | undefined;
  /** Clients besides devices, by user name; and all devices are refused like this. For the broker. */
  users?: Readonly<Record<string, string>>;
  trusted?: readonly string[];
  refuse?: Refusal | null;
  onEvent?(event: CloudEvent): void;
}

export interface AliyunCloud {
  api: AliyunApi;
  broker: Broker;
  httpsPort: number;
  /** May be called twice. */
  close(): Promise<void>;
}

const LOCAL = "127.0.0.1";

/** @throws {Error} when a port is taken or the file is in use. */
export async function startAliyunCloud(options: AliyunOptions): Promise<AliyunCloud> {
  const { time = REAL_TIME } = options;
  const tell = (event: CloudEvent): void => options.onEvent?.(event);
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const db = await openDatabase(options.file ?? IN_MEMORY, SCHEMA_VERSION, SCHEMA);
    closing.push(() => db.close());
    const now = (): number => time.now();
    const random = { ...RANDOM, ...options.random };
    const switches = { ...SWITCHES, ...options.switches };
    const records = new Records(db, now);
    // Known once they listen.
    let ports = { mqtt: 0, https: 0 };
    const origin = (): string => options.names?.files ?? `https://${LOCAL}:${ports.https}`;
    const hosts = (): Hosts => ({ mqtt: options.names?.mqtt ?? { host: LOCAL, port: ports.mqtt } });
    const files = new Files(db, time, origin, () => switches.fileMs);
    const calls = new Calls(time);
    const sessions = new Sessions(db, time);
    const world: World = {
      db,
      time,
      random,
      switches,
      records,
      files,
      calls,
      registry: new Registry(db, random, now, options.secretOfUnknown),
      jobs: new Jobs(db, files, records, tell),
      limits: new Limits(() => switches.limits, now),
      faults: { ...NO_FAULTS },
      isOnline: (names) => broker.clients().includes(pathOf(names)),
      publish: (message) => broker.publish(message),
      send: (names, message) => broker.send(pathOf(names), message),
      tell,
    };
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
    closing.push(async () => calls.close());
    const https = options.https && (await startHttps({ door: options.https, answer: (request) => httpsAnswer(request, world, hosts), tell }));
    if (https) closing.push(() => https.close());
    ports = { mqtt: broker.port, https: https?.port ?? 0 };
    const api = new AliyunApi(
      world,
      (names) => broker.kick(pathOf(names)),
      (names) => sessions.forget(pathOf(names)),
      (names) => broker.inFlight(pathOf(names)),
    );
    return { api, broker, httpsPort: ports.https, close };
  } catch (error) {
    await close();
    throw error;
  }
}

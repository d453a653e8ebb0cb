/** The parts that emulated platforms have in common: a broker with their rules, and what they remember. */
import { startBroker } from "../../broker/broker.ts";
import type { Broker, BrokerOptions } from "../../broker/broker.ts";
import type { DoorOptions } from "../../broker/doors.ts";
import type { Admission, ConnectRequest, Message } from "../../broker/rules.ts";
import { Sessions } from "../../broker/sessions.ts";
import { REAL_TIME } from "../../time/wall.ts";
import type { Time } from "../../time/wall.ts";
import { IN_MEMORY, openDatabase } from "../../store/database.ts";
import type { Database } from "../../store/database.ts";
import { Calls } from "./calls.ts";
import type { CloudEvent } from "./events.ts";
import { Devices } from "./devices.ts";
import type { RejectedEvent } from "./events.ts";
import type { CommonSwitches } from "./switches.ts";

export interface CloudOptions<Switches> extends Pick<BrokerOptions, "users" | "trusted" | "refuse"> {
  /** Ports for MQTT, at least one. */
  doors: readonly DoorOptions[];
  switches?: Partial<Switches>;
  /** Of the database; default: in memory. */
  file?: string;
  time?: Time;
  /** A device that is not there is made with this secret when it is asked for; `undefined`: it is not. */
  secretOfUnknown?(device: string): string | undefined;
  onEvent?(event: CloudEvent): void;
}

/** What the parts of an emulated platform share. */
export interface World<Switches extends CommonSwitches> {
  db: Database;
  time: Time;
  /** May change while it runs. */
  switches: Switches;
  devices: Devices;
  calls: Calls;
  links: Links;
  tell(event: RejectedEvent): void;
}

/** The ways to devices. */
export interface Links {
  isOnline(device: string): boolean;
  /** To whoever subscribed. */
  publish(message: Message): void;
  /** Cuts its connection. */
  disconnect(device: string): void;
  /** Its session is over. */
  forget(device: string): void;
}

export interface PlatformRules<Switches extends CommonSwitches> {
  switches: Switches;
  schema: string;
  /** Counts up when a table changes: data of another version is refused. */
  schemaVersion: number;
  /** Milliseconds that a session is kept for a device that is away. */
  sessionMs: number;
  admit(request: ConnectRequest, world: World<Switches>): Admission;
}

export interface StartedCloud<Switches extends CommonSwitches> {
  world: World<Switches>;
  broker: Broker;
  /** May be called twice. */
  close(): Promise<void>;
}

/** @throws {Error} when a port is taken or the file is in use. */
export async function startCloud<Switches extends CommonSwitches>(
  platform: PlatformRules<Switches>,
  options: CloudOptions<Switches>,
): Promise<StartedCloud<Switches>> {
  const { time = REAL_TIME } = options;
  const closing: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const db = await openDatabase(options.file ?? IN_MEMORY, platform.schemaVersion, platform.schema);
    closing.push(() => db.close());
    const sessions = new Sessions(db, time);
    const switches = { ...platform.switches, ...options.switches };
    const devices = new Devices(
      db,
      () => time.now(),
      (device) => options.secretOfUnknown?.(device),
    );
    const links: Links = {
      isOnline: (device) => broker.clients().includes(device),
      publish: (message) => broker.publish(message),
      disconnect: (device) => broker.kick(device),
      forget: (device) => sessions.forget(device),
    };
    const tell = (event: CloudEvent): void => options.onEvent?.(event);
    const world: World<Switches> = { ...{ db, time, switches, devices, links, tell }, calls: new Calls(time) };
    const broker = await startBroker({
      doors: options.doors,
      users: options.users ?? {},
      trusted: options.trusted ?? [],
      refuse: options.refuse ?? null,
      connectTimeoutMs: switches.connectTimeoutMs,
      time,
      sessions,
      rules: {
        admit: (request) => platform.admit(request, world),
        subscriptionDelayMs: () => 0,
        resendMs: () => switches.resendMs,
        sessionMs: () => platform.sessionMs,
        mostInFlight: Infinity,
      },
      onEvent: tell,
    });
    closing.push(() => broker.close());
    closing.push(() => world.calls.close());
    return { world, broker, close };
  } catch (error) {
    await close();
    throw error;
  }
}

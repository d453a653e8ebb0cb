/** What the parts of the emulated platform share. */
import type { Message } from "../../broker/rules.ts";
import type { Time } from "../../time/wall.ts";
import type { Database } from "../../store/database.ts";
import { Calls } from "../shared/calls.ts";
import type { PlatformEvent } from "../shared/events.ts";
import { NO_FAULTS } from "./faults.ts";
import type { Faults } from "./faults.ts";
import { Files } from "./files.ts";
import type { DeviceNames } from "./identifier.ts";
import { Jobs } from "./jobs.ts";
import { Limits } from "./limits.ts";
import { RANDOM } from "./random.ts";
import type { Random } from "./random.ts";
import { Records } from "./records.ts";
import { Registry } from "./registry.ts";
import { SWITCHES } from "./switches.ts";
import type { Switches } from "./switches.ts";

export interface World {
  db: Database;
  time: Time;
  random: Random;
  /** May change while it runs. */
  switches: Switches;
  registry: Registry;
  records: Records;
  files: Files;
  jobs: Jobs;
  calls: Calls;
  limits: Limits;
  faults: Faults;
  links: Links;
  tell(event: PlatformEvent): void;
}

/** The ways to devices. */
export interface Links {
  isOnline(names: DeviceNames): boolean;
  /** QoS 1 messages that the device has not acknowledged. */
  inFlight(names: DeviceNames): number;
  /** To whoever subscribed. */
  publish(message: Message): void;
  /** To the device, subscribed or not. Resolves to `false` if it is not connected. */
  send(names: DeviceNames, message: Message): Promise<boolean>;
  /** Cuts its connection. */
  disconnect(names: DeviceNames): void;
  /** Its session is over. */
  forget(names: DeviceNames): void;
  /** `https://host[:port]` of the server that has the files. */
  filesOrigin(): string;
}

export interface WorldOptions {
  switches?: Partial<Switches>;
  random?: Partial<Random>;
  /** A device that is not there is made with this secret when it is asked for; `undefined`: it is not. */
  secretOfUnknown?(names: DeviceNames): string | undefined;
}

export function makeWorld(db: Database, time: Time, links: Links, tell: World["tell"], options: WorldOptions): World {
  const now = (): number => time.now();
  const random = { ...RANDOM, ...options.random };
  const switches = { ...SWITCHES, ...options.switches };
  const records = new Records(db, now);
  const files = new Files(
    db,
    time,
    () => links.filesOrigin(),
    () => switches.fileMs,
  );
  return {
    ...{ db, time, random, switches, records, files, links, tell },
    registry: new Registry(db, random, now, (names) => options.secretOfUnknown?.(names)),
    jobs: new Jobs(db, files, records, tell),
    calls: new Calls(time),
    limits: new Limits(() => switches.limits, now),
    faults: { ...NO_FAULTS },
  };
}

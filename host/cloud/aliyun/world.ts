/** What the parts of the emulated platform share. */
import type { Message } from "../../broker/rules.ts";
import type { Time } from "../../broker/time.ts";
import type { Database } from "../../store/database.ts";
import type { Calls } from "./calls.ts";
import type { AliyunEvent } from "./events.ts";
import type { Faults } from "./faults.ts";
import type { Files } from "./files.ts";
import type { DeviceNames } from "./identifier.ts";
import type { Jobs } from "./jobs.ts";
import type { Limits } from "./limits.ts";
import type { Random } from "./random.ts";
import type { Records } from "./records.ts";
import type { Registry } from "./registry.ts";
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
  /** `false` while the device is not connected. */
  isOnline(names: DeviceNames): boolean;
  /** To whoever subscribed. */
  publish(message: Message): void;
  /** To the device, subscribed or not. Resolves to `false` if it is not connected. */
  send(names: DeviceNames, message: Message): Promise<boolean>;
  tell(event: AliyunEvent): void;
}

/** What the core lends to the cold module `ota`, and what it expects of it. */
import type { DeviceInfo, Done, OnMessage, Qos } from "./device";
import type { Script } from "./script";
import type { World } from "./world";

export interface UpdateTools {
  world: World;
  info: DeviceInfo;
  /** Unix seconds, `null` while unknown. */
  unixTime(): number | null;
  /** What the application says of itself. */
  isHealthy(): boolean;
  publish(topic: string, payload: string, qos: Qos, retain: boolean, done: Done | undefined): void;
  subscribe(topic: string, qos: Qos, onMessage: OnMessage): void;
  unsubscribe(topic: string): void;
  /** The topic with its placeholders filled. */
  expand(topic: string): string;
  /**
   * Works a script off, beside the link's own; its commands go to the 4G module between those of the messages.
   * `done` gets a failure, or `""`.
   */
  run(script: Script, done: (failure: string) => void): void;
  /** Subscribed to what the cloud pushes: it loads the module again. */
  pushed: OnMessage;
  /** Says good-bye to the broker and restarts the board. */
  restart(): void;
}

/** The cold module `ota`. It frees itself when it has nothing more to do. */
export interface UpdateModule {
  /** `pushed`: a message of the cloud; `""`: the device is online for the first time since it started. */
  begin(tools: UpdateTools, pushed: string): void;
}

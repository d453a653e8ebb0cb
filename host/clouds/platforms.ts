/** Cloud platforms that can be emulated. `cli.ts` knows none by name; an implementation is loaded when it is started. */
import type { Commands } from "./admin/commands.ts";
import { SWITCHES as ALIYUN_SWITCHES } from "./aliyun/switches.ts";
import type { CloudEvent } from "./events.ts";
import { SWITCHES as ONENET_SWITCHES } from "./onenet/switches.ts";
import { SWITCHES as TUYA_SWITCHES } from "./tuya/switches.ts";

export interface PlatformOptions {
  /** Ports; 0: a free one. */
  ports: { mqtt: number; mqtts: number; https: number };
  /** Address to listen on. */
  listen: string;
  /** Host names and addresses that clients use for it, besides the platform's own and this PC's; they are led to the first. */
  names: readonly string[];
  /** Folder for what it has to remember. */
  folder: string;
  /** `NAME=VALUE` each. */
  switches: readonly string[];
  onEvent(event: CloudEvent): void;
}

export interface RunningPlatform {
  /** Where it listens, and what there is to know: a word and a text each. */
  facts: readonly (readonly [what: string, text: string])[];
  /** PEM of the authority that clients are to trust. */
  ca: string;
  commands: Commands;
  close(): Promise<void>;
}

export interface Platform {
  /** Names of switches and their defaults, for help. */
  switches: Readonly<Record<string, unknown>>;
  /** @throws {Error} about an option or a port. */
  start(options: PlatformOptions): Promise<RunningPlatform>;
}

export const PLATFORMS: Readonly<Partial<Record<string, Platform>>> = {
  aliyun: { switches: ALIYUN_SWITCHES, start: async (options) => (await import("./aliyun/platform.ts")).startPlatform(options) },
  tuya: { switches: TUYA_SWITCHES, start: async (options) => (await import("./tuya/platform.ts")).startPlatform(options) },
  onenet: { switches: ONENET_SWITCHES, start: async (options) => (await import("./onenet/platform.ts")).startPlatform(options) },
};

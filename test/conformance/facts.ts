/**
 * What a module can do and what it tells, as its manual says: a file in `modules/` for each that the registry lists. One without a file
 * fails; none is passed over.
 */
import type { DeviceErrorName } from "../../src/api/device.ts";
import { MODELS } from "../../host/modules/find.ts";
import type { ModelName } from "../../host/modules/find.ts";
import type { RigOptions } from "../../host/rig/rig.ts";

/** One way of writing a publish. */
export interface PublishForm {
  name: string;
  /** Makes the emulated firmware one whose best form is this. */
  modem: NonNullable<RigOptions["modem"]>;
  /** Bytes. */
  maxPayload: number;
  /** Bytes that the form cannot carry; absent: it carries all. */
  cannot?: RegExp;
}

/** One way of getting messages. */
export interface ReceiveMode {
  name: string;
  options: RigOptions;
  /** What ends a message too early in this mode; absent: nothing does. */
  cannot?: RegExp;
  /** Messages that the module keeps; absent: it keeps none, so none is lost. */
  slots?: number;
}

/** A command with a result after its `OK`. */
export interface TwoStage {
  name: string;
  command: RegExp;
  /** The line that says it worked, and one that says it did not. */
  success: RegExp;
  failure: string;
  /** What the failure is reported as, and what the absence of any result is. */
  failed: DeviceErrorName;
  unanswered: DeviceErrorName;
}

/** What a test can do to a device; `reports` says how the module's firmware lets it be told. */
export type Trouble =
  | "unknown host"
  | "dead port"
  | "wrong CA"
  | "wrong name"
  | "expired"
  | "wrong password"
  | "not authorized"
  | "client id refused"
  | "service unavailable"
  | "broker says nothing";

export interface ModuleFacts {
  /** Milliseconds that the manual allows a simple command. */
  commandMs: number;
  forms: readonly PublishForm[];
  receiveModes: readonly ReceiveMode[];
  /** Bytes of the longest message that it hands over. */
  maxMessage: number;
  /** A received message as the module prints it, one character per byte. */
  message(topic: string, payload: string): string;
  /** Commands whose answer ends without a final result code. */
  bare: RegExp;
  /** Lines that come by themselves and must change nothing but what they tell. */
  urcs: readonly string[];
  twoStage: readonly TwoStage[];
  reports: Readonly<Record<Trouble, DeviceErrorName>>;
  /** How the module is put into a mode that waits for data: what is typed. */
  stuck: Readonly<Record<string, string>>;
  /** Commands that put a file into it. */
  upload: RegExp;
  /** The beginning of the command without which no server is verified. */
  verifies: string;
  /** Commands that a firmware may lack. */
  convenience: RegExp;
  /** Rates it may have been left at, bit/s. */
  bauds: readonly number[];
  /** The line that says the module is being switched off. */
  goodBye: string;
  /** Its TLS has been seen at work; without that it is inferred from a relative. */
  tlsSeen: boolean;
}

export interface Module extends ModuleFacts {
  model: ModelName;
}

export const modules: readonly Module[] = await Promise.all(
  MODELS.map(async (model) => ({ model, ...((await import(`./modules/${model}.ts`)) as { FACTS: ModuleFacts }).FACTS })),
);

/**
 * What a cloud is on the PC side. All of one cloud is in its folder, and its `index.ts` leads to all of it; `index.ts` beside this file
 * lists the clouds that there are, one line each. Nothing else knows a cloud by name.
 */
import type { ConnectionConfig, Identity, TlsConfig } from "../../src/api/config.ts";
import type { Broker, Refusal } from "../broker/broker.ts";
import type { ClientCertificate } from "../broker/certificates.ts";
import type { CertificateKind } from "../broker/issued.ts";
import type { Time } from "../time/wall.ts";
import type { Commands } from "./admin/commands.ts";
import type { CloudEvent } from "./shared/events.ts";
import type { Resolve } from "./shared/places.ts";

/** `Section`: its part of a product. */
export interface Cloud<Section extends ConnectionConfig = ConnectionConfig> {
  /** As people call it. */
  title: string;

  /** Path of the JSON schema of the product's section `cloud`: `{ "properties": { "cloud": … } }`. */
  schema: string;
  /** Placeholders that `complete` fills in, besides those that the device does. */
  placeholders: readonly string[];
  /** It has no port for plain TCP. */
  tlsOnly?: true;
  /** By port: which certificate of `certs/` vouches for the server where the product names none. */
  roots: Readonly<Record<number, Root>>;
  /**
   * Fills in what follows from the section's other fields; the port is there already. @returns what contradicts
   * them, each naming its field.
   */
  complete(section: Section): string[];
  /** Servers besides the broker that the device verifies. Fills in what is left out of their `tls` sections. */
  servers?(section: Section): Server[];
  /** What the interpreter's own Wi-Fi cannot do, each naming its field. */
  wifiMistakes?(section: Section): string[];
  /** Files that the module downloads by an address that the cloud makes up: for what the module takes. */
  downloads?(section: Section): Downloads | null;
  /** What its identities must have, and must not. */
  identity(section: Section): IdentityRules;
  /** Which parts of the firmware it takes. */
  firmware(section: Section): CloudFirmware;
  /** What the device signs with; `null`: it does not. */
  digest(section: Section): Digest | null;

  /**
   * The three fields that a device connects with, worked out on the PC; `nowS`: Unix seconds. `fill`: fills in what the
   * product leaves to the device.
   */
  sign(section: Section, identity: Identity, fill: (text: string) => string, nowS: number): Promise<Triple | { mistake: string }>;

  /** How a device may prove itself, as the rig is told; the first is the default. */
  authModes: readonly string[];
  /** The emulator, with a product and an identity for it. */
  start(options: CloudOptions): Promise<RunningCloud>;
  /** The emulator by itself, as `npm run cloud` runs it; absent: it is none of its platforms. */
  platform?: Platform;
  /** Fields of messages to a device that hold what it is to prove itself with: nobody may see them. */
  givenSecrets?: readonly string[];
  /** Over the air; absent: devices take none by it. */
  updates?: Updates;
}

export interface Root {
  /** In `certs/`. */
  file: string;
  /** It ends while devices may still be there, which the build says: its name, and what to do instead. */
  ends?: { name: string; instead: string };
}

/** A section `tls` of the product, and the server that it is for. */
export interface Server {
  /** Inside of `cloud`, for messages. */
  field: string;
  tls: TlsConfig;
  host: string;
  port: number;
}

export interface Downloads {
  /** Of the product, that asks for them. */
  field: string;
  /** Bytes of the longest address, at least. */
  addressBytes: number;
  /** How it goes without them. */
  instead: string;
}

export interface IdentityRules {
  /** Behind the cloud's type in messages, where the product's mode is part of the rule. */
  mode?: string;
  /** Nothing would use them. */
  unused: readonly (keyof Identity)[];
  needed: readonly (keyof Identity)[];
  /** What a device may be called where its name is in what it signs, and the message about what is not. */
  name?: readonly [pattern: RegExp, message: string];
  /** Further mistakes; they name fields, never values. */
  mistakes?(identity: Identity): string[];
}

/** What one product takes of the firmware: all of a cloud is in the folder of its name there, too. */
export interface CloudFirmware {
  /** The file in it with the product's way to its connection, without the ending. */
  connection: string;
  /** It asks something over HTTPS before it connects. */
  https: boolean;
  /** It fetches updates over HTTPS, too. */
  downloads: boolean;
}

export type Digest = "md5" | "sha1" | "sha256";

export interface Triple {
  clientId: string;
  username: string;
  password: string;
  /** The password comes from the identity as it is: it is not for a screen. */
  passwordIsSecret: boolean;
}

export interface CloudOptions {
  /** `false`: plain TCP. */
  tls: boolean;
  /** Host and port that the product names; default: ones of its own. Devices are led to the emulated cloud. */
  host?: string;
  port?: number;
  /** The whole `cloud` section of the user's product: what it calls its things, the emulated cloud has. */
  section?: Readonly<Record<string, unknown>>;
  /** A device that may connect, besides the cloud's own. */
  identity?: Identity;
  certificate?: CertificateKind;
  /** One of the cloud's modes; default: the first. */
  auth?: string;
  /** Mutual TLS: the broker asks for a certificate. */
  client?: MutualTls;
  refuse?: Refusal | null;
  /** Of a platform; default: the PC's. */
  time?: Time;
  onEvent(event: CloudEvent): void;
}

/**
 * What the device has to show, and `own`: its pair, whose key it keeps; its certificate is replaced by one of the
 * emulated broker's authority.
 */
export interface MutualTls {
  kind: "trusted" | "stranger" | "none";
  own?: ClientCertificate;
}

/** A cloud that runs. */
export interface RunningCloud {
  broker: Broker;
  /** The `cloud` section of a product for it. `topicBase` may hold the device's placeholders. */
  product: Record<string, unknown> & { topicBase: string };
  identity: Identity;
  /** PEM of the authority that the device is to trust, and its file's name; `null` without TLS. */
  ca: { name: string; pem: string } | null;
  /** What product and identity name besides: further certificates, keys. */
  files?: readonly { name: string; pem: string }[];
  /** Where the host names that devices use really are. */
  resolve: Resolve;
  /** Login of the operator, at the broker's first port. */
  operator: { username: string; password: string; client?: ClientCertificate };
  /** The platform from its owner's side, where it has one: each has its own. */
  api?: unknown;
  /** Pushes an update to its device, once that is online. */
  update?(push: UpdatePush): RunningUpdate;
}

/** What an update brings, as a package has it. */
export interface Software {
  version: string;
  data: Buffer;
}

export interface UpdatePush {
  software: Software;
  /** Of the device's topics. */
  base: string;
  /** The operator publishes; what does not arrive is asked for again. */
  send(topic: string, payload: Buffer, qos: 0 | 1): void;
  tell(text: string): void;
}

export interface RunningUpdate {
  /** Resolves to `""` when the device says that it runs the new version, or to the named reason. */
  over: Promise<string>;
  /** A message that the operator saw. */
  message(topic: string, payload: Buffer): void;
}

export interface Updates {
  /** What a person types into the platform's console for a package: a heading, and names and values. */
  console?(version: string): { heading: string; facts: Readonly<Record<string, string>> };
  /** Through a broker that the device is connected to. */
  overBroker?(push: BrokerPush): Promise<Outcome>;
  /** Through an emulated platform, by its owner's commands. */
  byCommands?(push: CommandsPush): Promise<Outcome>;
}

export interface Push {
  software: Software;
  /** Milliseconds from the push to the device's last report. */
  timeoutMs: number;
  /** Ends it: its reason is thrown. */
  stop: AbortSignal;
}

export interface BrokerPush extends Push {
  /** `mqtt://host:port` or `mqtts://host:port`. */
  url: string;
  /** PEM of the authority that the broker is verified by; default: those that Node.js knows. */
  ca?: string;
  username?: string;
  password?: string;
  /** Of the device's topics. */
  base: string;
  /** Default: the PC's. */
  time?: Time;
  onEvent(event: UpdateEvent | LineEvent): void;
}

export interface CommandsPush extends Push {
  /** Of the commands: `http://127.0.0.1:8480`. */
  control: string;
  deviceName: string;
  /** How the device gets the file. */
  transport: "mqtt" | "https";
  /** It has come further. `step`: 1 to 100 per cent, below 0: failed, `""`: not begun. */
  onProgress(progress: { status: string; step: string; description: string }): void;
}

/** `base`: the device's, of its topics. */
export type UpdateEvent = { base: string } & (
  | { ev: "pushed" }
  | { ev: "inform"; version: string }
  | { ev: "progress"; step: number; text: string }
  /** A block was sent, or would have been. `bytes`: of the file up to its end. */
  | { ev: "block"; bytes: number; of: number }
  /** A message that no device should send, and that nothing was done about. */
  | { ev: "rejected"; topic: string; reason: string }
  | { ev: "succeeded"; version: string }
  /** `reason`: its name, and what the device says. */
  | { ev: "failed"; reason: string }
);

/** What happens to the connection. */
export type LineEvent = { ev: "connected" } | { ev: "connection-lost" };

export type Outcome = { version: string; ms: number } | { reason: string };

export interface Platform {
  /** Names of switches and their defaults, for help. */
  switches: Readonly<Record<string, unknown>>;
  /** @throws {OptionError} about a switch, before anything is done; {Error} about a port. */
  start(options: PlatformOptions): Promise<RunningPlatform>;
}

export interface PlatformOptions {
  /** Ports; 0: a free one. */
  ports: { mqtt: number; mqtts: number; https: number };
  /** Address to listen on. */
  listen: string;
  /** Host names and addresses that clients use for it, besides the platform's own and this PC's; they are led to the first. */
  names: readonly string[];
  /** Folder for what it has to remember; it is made where it is not there. */
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

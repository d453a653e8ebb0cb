/**
 * What a 4G module is on the PC side. All of one module is in its folder, and its `index.ts` leads to all of it; `index.ts` beside this
 * file lists the modules that there are, one line each. Nothing else knows a module by name.
 */
import type { ConnectionConfig, ModemConfig, TlsConfig } from "../../src/api/config.ts";
import type { Connection, Line } from "./by-hand.ts";
import type { Model } from "./core/model.ts";
import type { SecretArguments } from "./core/secrets.ts";

export interface CellularModule {
  /** As people call it. */
  title: string;
  /** JSON schemas, by name, of fields that the product's section `modem` may have besides those of every module. */
  fields: Readonly<Record<string, object>>;
  limits: {
    /** Bytes of the longest address that it asks over HTTP; 0: it cannot, and its firmware's folder has no `request`. */
    addressBytes: number;
  };
  /** Arguments of commands that nobody may see, besides those of every module. */
  secrets: SecretArguments;
  /** Loaded when it is asked for. */
  emulator(): Promise<Model>;
  /** What its commands are about; loaded when it is asked for. */
  notes(): Promise<CommandNotes>;
  /** AT commands that are alike on every unit: for the image and for `npm run sign`. */
  settings: ModuleSettings;
  /** A connection typed by hand. */
  byHand(connection: Connection): Promise<Line[]>;
}

/** Commands without `AT`, that have no `;` in them. */
export interface ModuleSettings {
  /** What follows the name of the access point; `""`: nothing. */
  login(modem: ModemConfig): string;
  /** How MQTT is to be (`ModemConfig.settings`). */
  mqtt(modem: ModemConfig, cloud: ConnectionConfig): string[];
  /** Of the TLS context of what `use` names. `mayRefuse`: old firmware does not know them. */
  tls(tls: TlsConfig, use: TlsUse): { needed: string[]; mayRefuse: string[] };
}

export type TlsUse = "mqtt" | "http";

/** Names of commands are without `AT+`. */
export interface CommandNotes {
  /** What a command is for, by its name, or its name and first argument; besides those of every module. */
  purposes: Readonly<Record<string, string>>;
  /** A command line that publishes: other lines of the same command ask or test. */
  publish: RegExp;
  /** The beginning of the line that comes after `OK` and tells how a command went. */
  late: Readonly<Record<string, string>>;
}

/**
 * What a 4G module is on the PC side. All of one module is in its folder, and its `index.ts` leads to all of it; `index.ts` beside this
 * file lists the modules that there are, one line each. Nothing else knows a module by name.
 */
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
  /** A connection typed by hand. */
  byHand(connection: Connection): Promise<Line[]>;
}

/** Names of commands are without `AT+`. */
export interface CommandNotes {
  /** What a command is for, by its name, or its name and first argument; besides those of every module. */
  purposes: Readonly<Record<string, string>>;
  /** A command line that publishes: other lines of the same command ask or test. */
  publish: RegExp;
  /** The beginning of the line that comes after `OK` and tells how a command went. */
  late: Readonly<Record<string, string>>;
}

/**
 * What a 4G module is on the PC side. All of one module is in its folder, and its `index.ts` leads to all of it; `index.ts` beside this file lists the
 * modules that there are, one line each. Nothing else knows a module by name.
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
    /** Bytes of the longest address that it downloads from. */
    addressBytes: number;
  };
  /** Arguments of commands that nobody may see, besides those of every module. */
  secrets: SecretArguments;
  /** Loaded when it is asked for. */
  emulator(): Promise<Model>;
  /** A connection typed by hand. */
  byHand(connection: Connection): Promise<Line[]>;
}

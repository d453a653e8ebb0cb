/** SQLite in a file that one process owns, or in memory. What a call has written survives whatever happens to the process after it. */
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import sqlite from "node-sqlite3-wasm";
import { takeOwnership } from "./owner.ts";
import type { Ownership } from "./owner.ts";

export type Value = string | number | null | Uint8Array;
export type Row = Readonly<Record<string, Value>>;

export interface Database {
  /** @returns how many rows changed. */
  run(sql: string, ...values: Value[]): number;
  get(sql: string, ...values: Value[]): Row | null;
  all(sql: string, ...values: Value[]): Row[];
  /** All of `work` is written, or, if it throws, nothing. */
  atomically<T>(work: () => T): T;
  close(): Promise<void>;
}

/** Lives as long as the process. */
export const IN_MEMORY = ":memory:";

/**
 * @param schema statements that make the tables; run on a new file only. `version` counts up when they change.
 * @throws {Error} when another process has the file, or another version of the program made it.
 */
export async function openDatabase(file: string, version: number, schema: string): Promise<Database> {
  if (file == IN_MEMORY) return opened(file, version, schema, null);
  mkdirSync(dirname(file), { recursive: true });
  const ownership = await takeOwnership(file);
  // The library locks with a folder, which stays where its process was killed. Nobody else is there: see above.
  rmSync(`${file}.lock`, { recursive: true, force: true });
  try {
    return opened(file, version, schema, ownership);
  } catch (error) {
    await ownership.release();
    throw error;
  }
}

function opened(file: string, version: number, schema: string, ownership: Ownership | null): Database {
  const db = new sqlite.Database(file);
  try {
    // A commit returns when the disk has it (SQLite, "PRAGMA synchronous"); the lock is taken once, not at each statement.
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    const found = Number(db.get("PRAGMA user_version")?.["user_version"]);
    if (found == 0) db.exec(`BEGIN; ${schema}; PRAGMA user_version = ${version}; COMMIT`);
    else if (found != version) throw new Error(`${file} has data of version ${found}; this program reads version ${version}`);
  } catch (error) {
    db.close();
    throw error;
  }
  return {
    run: (sql, ...values) => db.run(sql, values).changes,
    get: (sql, ...values) => db.get(sql, values) as Row | null,
    all: (sql, ...values) => db.all(sql, values) as Row[],
    atomically(work) {
      if (db.inTransaction) return work();
      db.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        db.exec("COMMIT");
        return result;
      } catch (error) {
        if (db.inTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    async close() {
      if (!db.isOpen) return;
      db.close();
      await ownership?.release();
    },
  };
}

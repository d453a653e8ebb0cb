/** Devices of an emulated cloud, by the names that their topics have: what they sign with, and what is known of their properties. */
import { SESSION_SCHEMA } from "../../broker/sessions.ts";
import type { Database } from "../../store/database.ts";

/** Times are Unix milliseconds, values JSON. What belongs to a device goes with it. */
export const DEVICE_SCHEMA = `
  CREATE TABLE device (name TEXT PRIMARY KEY, secret TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE property (
    device TEXT NOT NULL REFERENCES device ON DELETE CASCADE, kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, version INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL, PRIMARY KEY (device, kind, name)) WITHOUT ROWID;
  ${SESSION_SCHEMA}`;

/** What the device has reported, and what it is wished to have. */
export type Kind = "reported" | "desired";

export interface Versioned {
  value: unknown;
  /** Counts up with each change. */
  version: number;
}

export class Devices {
  constructor(
    private readonly db: Database,
    private readonly now: () => number,
    /** Makes a device that is not there when it is asked for: the secret of any device of that name. */
    private readonly secretOfUnknown: (device: string) => string | undefined,
  ) {}

  /** @throws {Error} when it is there already. */
  add(device: string, secret: string): void {
    if (this.secret(device) !== undefined) throw new Error(`there is a device "${device}" already`);
    this.db.run("INSERT INTO device VALUES (?, ?)", device, secret);
  }

  /** @returns `undefined`: there is no such device. */
  secret(device: string): string | undefined {
    const row = this.db.get("SELECT secret FROM device WHERE name = ?", device);
    if (row) return String(row["secret"]);
    const secret = this.secretOfUnknown(device);
    if (secret !== undefined) this.db.run("INSERT INTO device VALUES (?, ?)", device, secret);
    return secret;
  }

  names(): string[] {
    return this.db.all("SELECT name FROM device ORDER BY name").map(({ name }) => String(name));
  }

  remove(device: string): void {
    this.db.run("DELETE FROM device WHERE name = ?", device);
  }

  properties(device: string, kind: Kind): Record<string, Versioned> {
    const rows = this.db.all("SELECT name, value, version FROM property WHERE device = ? AND kind = ? ORDER BY name", device, kind);
    return Object.fromEntries(
      rows.map(({ name, value, version }) => [String(name), { value: JSON.parse(String(value)) as unknown, version: Number(version) }]),
    );
  }

  setProperties(device: string, kind: Kind, values: Readonly<Record<string, unknown>>): void {
    this.db.atomically(() => {
      for (const [name, value] of Object.entries(values))
        this.db.run(
          `INSERT INTO property VALUES (?, ?, ?, ?, 1, ?)
           ON CONFLICT DO UPDATE SET value = excluded.value, version = version + 1, changed_ms = excluded.changed_ms`,
          ...[device, kind, name, JSON.stringify(value), this.now()],
        );
    });
  }

  removeProperty(device: string, kind: Kind, name: string): void {
    this.db.run("DELETE FROM property WHERE device = ? AND kind = ? AND name = ?", device, kind, name);
  }
}

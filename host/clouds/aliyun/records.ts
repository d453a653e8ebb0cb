/** What the platform knows about a device besides its identity: the last values of its properties, wishes, tags, versions, its shadow. */
import type { Database, Row } from "../../store/database.ts";
import type { DeviceNames } from "./identifier.ts";

export type Kind = "property" | "desired" | "tag" | "version" | "shadow";

export interface Stored {
  name: string;
  /** A JSON value. */
  value: unknown;
  version: number;
  /** Unix milliseconds. */
  changedMs: number;
}

const OF = "product_key = ? AND device_name = ? AND kind = ?";

export class Records {
  constructor(
    private readonly db: Database,
    private readonly now: () => number,
  ) {}

  get({ productKey, deviceName }: DeviceNames, kind: Kind, name: string): Stored | undefined {
    const row = this.db.get(`SELECT * FROM record WHERE ${OF} AND name = ?`, productKey, deviceName, kind, name);
    return row ? storedOf(row) : undefined;
  }

  all({ productKey, deviceName }: DeviceNames, kind: Kind): Stored[] {
    return this.db.all(`SELECT * FROM record WHERE ${OF} ORDER BY name`, productKey, deviceName, kind).map(storedOf);
  }

  /** `version`: default one more than before. */
  set(names: DeviceNames, kind: Kind, name: string, value: unknown, version = (this.get(names, kind, name)?.version ?? 0) + 1): void {
    this.db.run(
      `INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value, version = excluded.version, changed_ms = excluded.changed_ms`,
      ...[names.productKey, names.deviceName, kind, name, JSON.stringify(value), version, this.now()],
    );
  }

  setAll(names: DeviceNames, kind: Kind, values: Readonly<Record<string, unknown>>): void {
    this.db.atomically(() => Object.entries(values).forEach(([name, value]) => this.set(names, kind, name, value)));
  }

  remove({ productKey, deviceName }: DeviceNames, kind: Kind, name: string): void {
    this.db.run(`DELETE FROM record WHERE ${OF} AND name = ?`, productKey, deviceName, kind, name);
  }
}

function storedOf(row: Row): Stored {
  return {
    name: String(row["name"]),
    value: JSON.parse(String(row["value"])),
    version: Number(row["version"]),
    changedMs: Number(row["changed_ms"]),
  };
}

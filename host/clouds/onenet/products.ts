/** Products, and the keys that are good for all of their devices. */
import { DEVICE_SCHEMA } from "../shared/devices.ts";
import type { Database } from "../../store/database.ts";

export const SCHEMA = `
  CREATE TABLE product (id TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
  ${DEVICE_SCHEMA}`;

export interface DeviceNames {
  productId: string;
  deviceName: string;
}

/** As topics have it. */
export function pathOf({ productId, deviceName }: DeviceNames): string {
  return `${productId}/${deviceName}`;
}

export const PRODUCT_ID = /^[A-Za-z0-9]{1,32}$/;
export const DEVICE_NAME = /^[\w-]{1,64}$/;

/** @throws {Error} when it is there already. */
export function addProduct(db: Database, id: string, key: string): void {
  if (productKey(db, id) !== undefined) throw new Error(`there is a product "${id}" already`);
  db.run("INSERT INTO product VALUES (?, ?)", id, key);
}

/** @returns `undefined`: there is no such product. */
export function productKey(db: Database, id: string): string | undefined {
  const row = db.get("SELECT key FROM product WHERE id = ?", id);
  return row ? String(row["key"]) : undefined;
}

export function productIds(db: Database): string[] {
  return db.all("SELECT id FROM product ORDER BY id").map(({ id }) => String(id));
}

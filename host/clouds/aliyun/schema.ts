/** The tables of the emulated platform. */
import { SESSION_SCHEMA } from "../../broker/sessions.ts";

/** Counts up when a table changes: data of another version is refused. */
export const SCHEMA_VERSION = 1;

/** Times are Unix milliseconds, documents JSON. What belongs to a device goes with it. */
export const SCHEMA = `
  CREATE TABLE product (
    product_key TEXT PRIMARY KEY, product_secret TEXT NOT NULL, auth_type TEXT NOT NULL,
    registration INTEGER NOT NULL, topic_classes TEXT, config TEXT) WITHOUT ROWID;
  CREATE TABLE device (
    product_key TEXT NOT NULL REFERENCES product ON DELETE CASCADE, device_name TEXT NOT NULL, device_secret TEXT NOT NULL, iot_id TEXT NOT NULL UNIQUE,
    enabled INTEGER NOT NULL DEFAULT 1, activated_ms INTEGER, log_mode INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (product_key, device_name)) WITHOUT ROWID;
  CREATE TABLE token (
    iot_token TEXT PRIMARY KEY, product_key TEXT NOT NULL, device_name TEXT NOT NULL, client_id TEXT NOT NULL, expires_ms INTEGER NOT NULL,
    FOREIGN KEY (product_key, device_name) REFERENCES device ON DELETE CASCADE) WITHOUT ROWID;
  CREATE TABLE login (
    client_id TEXT PRIMARY KEY, product_key TEXT NOT NULL, device_name TEXT NOT NULL, device_token TEXT NOT NULL, made_ms INTEGER NOT NULL,
    FOREIGN KEY (product_key, device_name) REFERENCES device ON DELETE CASCADE) WITHOUT ROWID;
  CREATE TABLE record (
    product_key TEXT NOT NULL, device_name TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, version INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL, PRIMARY KEY (product_key, device_name, kind, name),
    FOREIGN KEY (product_key, device_name) REFERENCES device ON DELETE CASCADE) WITHOUT ROWID;
  CREATE TABLE file (id INTEGER PRIMARY KEY, content BLOB NOT NULL);
  CREATE TABLE job (
    id INTEGER PRIMARY KEY, product_key TEXT NOT NULL, device_name TEXT NOT NULL, module TEXT NOT NULL, file INTEGER NOT NULL REFERENCES file,
    stream INTEGER NOT NULL, package TEXT NOT NULL, status TEXT NOT NULL, step TEXT NOT NULL DEFAULT '', description TEXT NOT NULL DEFAULT '',
    FOREIGN KEY (product_key, device_name) REFERENCES device ON DELETE CASCADE);
  CREATE INDEX job_of_device ON job (product_key, device_name, module);
  CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  ${SESSION_SCHEMA}`;

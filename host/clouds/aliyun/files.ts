/** Files that devices fetch: software and configuration, by addresses that are signed and valid for a while. */
import { createHash, createHmac, randomBytes } from "node:crypto";
import type { Time } from "../../time/wall.ts";
import type { Database } from "../../store/database.ts";
import { isSame } from "./signature.ts";

export interface FileAddress {
  path: string;
  query: URLSearchParams;
}

/** Characters of the token that makes real addresses 400 to 700 characters long; modems have to take them. */
const TOKEN_LENGTH = 400;

export class Files {
  private readonly key: string;

  constructor(
    private readonly db: Database,
    private readonly time: Time,
    /** `https://host[:port]` of the server that has them. */
    private readonly origin: () => string,
    private readonly validMs: () => number,
  ) {
    // Addresses stay valid when the cloud is started again.
    db.run("INSERT INTO setting VALUES ('file-key', ?) ON CONFLICT DO NOTHING", randomBytes(32).toString("hex"));
    this.key = String(db.get("SELECT value FROM setting WHERE name = 'file-key'")?.["value"]);
  }

  add(content: Buffer): number {
    this.db.run("INSERT INTO file (content) VALUES (?)", content);
    return Number(this.db.get("SELECT last_insert_rowid() AS id")?.["id"]);
  }

  content(id: number): Buffer {
    const row = this.db.get("SELECT content FROM file WHERE id = ?", id);
    return Buffer.from((row?.["content"] ?? new Uint8Array()) as Uint8Array);
  }

  url(id: number): string {
    const path = `/ota/${id}.bin`;
    const expires = String(Math.floor((this.time.now() + this.validMs()) / 1000));
    const query = new URLSearchParams({ Expires: expires, OSSAccessKeyId: "STS.emulated", Signature: this.sign(path, expires) });
    query.set(
      "security-token",
      createHash("shake256", { outputLength: TOKEN_LENGTH / 2 })
        .update(path)
        .digest("hex"),
    );
    return `${this.origin()}${path}?${query.toString()}`;
  }

  /** @returns its content, or the HTTP status that refuses it. */
  find({ path, query }: FileAddress): Buffer | 403 | 404 {
    const id = /^\/ota\/(\d+)\.bin$/.exec(path)?.[1];
    if (id === undefined) return 404;
    const expires = query.get("Expires") ?? "";
    if (!isSame(query.get("Signature") ?? "", this.sign(path, expires)) || Number(expires) * 1000 < this.time.now()) return 403;
    return this.content(Number(id));
  }

  private sign(path: string, expires: string): string {
    return createHmac("sha1", this.key).update(`${path}\n${expires}`).digest("base64");
  }
}

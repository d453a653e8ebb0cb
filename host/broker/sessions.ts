/**
 * Sessions of clients that connect with clean session 0: their subscriptions, and the QoS 1 messages that they have not acknowledged. In a
 * database, so that neither a client's absence nor a restart of the broker loses them. Keeps what `aedes` asks a persistence for; there are
 * no retained messages, no wills and no QoS 2 where this is used.
 */
import { Readable } from "node:stream";
import type { AedesPublishPacket } from "aedes";
import type { Database, Row } from "../store/database.ts";
import type { Time } from "../time/wall.ts";
import { covers } from "./topics.ts";

export const SESSION_SCHEMA = `
  CREATE TABLE session (client TEXT PRIMARY KEY, left_ms INTEGER) WITHOUT ROWID;
  CREATE TABLE subscription (client TEXT, filter TEXT, qos INTEGER NOT NULL, PRIMARY KEY (client, filter)) WITHOUT ROWID;
  CREATE TABLE outgoing (
    id INTEGER PRIMARY KEY, client TEXT NOT NULL, broker TEXT NOT NULL, counter INTEGER NOT NULL,
    topic TEXT NOT NULL, payload BLOB NOT NULL, qos INTEGER NOT NULL, message_id INTEGER, queued_ms INTEGER NOT NULL);
  CREATE INDEX outgoing_of_client ON outgoing (client, id)`;

interface Named {
  id: string;
}

interface Subscription {
  topic: string;
  qos: number;
}

interface Queued {
  clientId: string;
}

type Outgoing = Pick<AedesPublishPacket, "brokerId" | "brokerCounter" | "topic" | "payload" | "qos"> & {
  cmd: "publish";
  messageId?: number;
};

export class Sessions {
  constructor(
    private readonly db: Database,
    private readonly time: Time,
  ) {}

  /** A client connects. @returns whether it finds a session that was left less than `keepMs` ago. */
  enter(client: string, clean: boolean, keepMs: number): boolean {
    return this.db.atomically(() => {
      const now = this.time.now();
      const found = this.db.get("SELECT left_ms FROM session WHERE client = ?", client);
      const leftMs = found && found["left_ms"];
      const kept = found !== null && !clean && (leftMs === null || now - Number(leftMs) < keepMs);
      if (!kept) this.forget(client);
      this.db.run("DELETE FROM outgoing WHERE client = ? AND queued_ms <= ?", client, now - keepMs);
      if (!clean) this.db.run("INSERT INTO session VALUES (?, NULL) ON CONFLICT DO UPDATE SET left_ms = NULL", client);
      return kept;
    });
  }

  leave(client: string): void {
    this.db.run("UPDATE session SET left_ms = ? WHERE client = ?", this.time.now(), client);
  }

  forget(client: string): void {
    for (const table of ["session", "subscription", "outgoing"]) this.db.run(`DELETE FROM ${table} WHERE client = ?`, client);
  }

  filters(client: string): string[] {
    return this.subscriptions(client).map(({ topic }) => topic);
  }

  private subscriptions(client: string): Subscription[] {
    const rows = this.db.all("SELECT filter, qos FROM subscription WHERE client = ? ORDER BY filter", client);
    return rows.map((row) => ({ topic: String(row["filter"]), qos: Number(row["qos"]) }));
  }

  // What follows is the interface of a persistence of aedes (aedes-persistence 11): it wants functions that are asynchronous.

  async setup(): Promise<void> {}
  async destroy(): Promise<void> {}

  async addSubscriptions({ id }: Named, subscriptions: readonly Subscription[]): Promise<void> {
    this.db.atomically(() => {
      for (const { topic, qos } of subscriptions)
        this.db.run("INSERT INTO subscription VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET qos = excluded.qos", id, topic, qos);
    });
  }

  async removeSubscriptions({ id }: Named, filters: readonly string[]): Promise<void> {
    this.db.atomically(() => {
      for (const filter of filters) this.db.run("DELETE FROM subscription WHERE client = ? AND filter = ?", id, filter);
    });
  }

  async subscriptionsByClient({ id }: Named): Promise<Subscription[]> {
    return this.subscriptions(id);
  }

  /** One entry per client, however many of its filters fit. */
  async subscriptionsByTopic(topic: string): Promise<(Queued & Subscription)[]> {
    const found = new Map<string, Queued & Subscription>();
    for (const row of this.db.all("SELECT client, filter, qos FROM subscription WHERE qos > 0")) {
      const clientId = String(row["client"]);
      if (covers(String(row["filter"]), topic)) found.set(clientId, { clientId, topic: String(row["filter"]), qos: Number(row["qos"]) });
    }
    return [...found.values()];
  }

  async cleanSubscriptions({ id }: Named): Promise<void> {
    this.db.run("DELETE FROM subscription WHERE client = ?", id);
  }

  async countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    const count = (what: string): number => Number(this.db.get(`SELECT COUNT(${what}) AS n FROM subscription`)?.["n"]);
    return { subsCount: count("*"), clientsCount: count("DISTINCT client") };
  }

  async outgoingEnqueue({ clientId }: Queued, packet: Outgoing): Promise<void> {
    const { brokerId, brokerCounter, topic, payload, qos } = packet;
    this.db.run(
      "INSERT INTO outgoing (client, broker, counter, topic, payload, qos, queued_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...[clientId, brokerId, brokerCounter, topic, Buffer.from(payload as Buffer), qos, this.time.now()],
    );
  }

  async outgoingEnqueueCombi(subscriptions: readonly Queued[], packet: Outgoing): Promise<void> {
    for (const one of subscriptions) await this.outgoingEnqueue(one, packet);
  }

  /** The packet was given an id. */
  async outgoingUpdate({ id }: Named, { brokerId, brokerCounter, messageId }: Outgoing): Promise<void> {
    const sql = "UPDATE outgoing SET message_id = ? WHERE client = ? AND broker = ? AND counter = ?";
    if (!this.db.run(sql, messageId ?? null, id, brokerId, brokerCounter)) throw new Error("no such packet");
  }

  /** It was acknowledged, or (without an id) refused before it was sent. */
  async outgoingClearMessageId({ id }: Named, packet: Partial<Outgoing>): Promise<Outgoing | undefined> {
    const { messageId, brokerId = "", brokerCounter = 0 } = packet;
    const row =
      messageId === undefined
        ? this.db.get("SELECT * FROM outgoing WHERE client = ? AND broker = ? AND counter = ?", id, brokerId, brokerCounter)
        : this.db.get("SELECT * FROM outgoing WHERE client = ? AND message_id = ?", id, messageId);
    if (!row) return undefined;
    this.db.run("DELETE FROM outgoing WHERE id = ?", row["id"] as number);
    return packetOf(row);
  }

  outgoingStream({ id }: Named): Readable {
    return Readable.from(this.db.all("SELECT * FROM outgoing WHERE client = ? ORDER BY id", id).map(packetOf));
  }

  createRetainedStreamCombi(): Readable {
    return Readable.from([]);
  }

  async storeRetained(): Promise<void> {}
  async cleanIncoming(): Promise<void> {}
  async putWill(): Promise<void> {}
  async delWill(): Promise<void> {}

  streamWill(): Readable {
    return Readable.from([]);
  }
}

/** DUP says that it was sent before (MQTT 3.1.1, 3.3.1.1). */
function packetOf(row: Row): Outgoing & { dup: boolean; retain: boolean } {
  const messageId = row["message_id"];
  return {
    cmd: "publish",
    brokerId: String(row["broker"]),
    brokerCounter: Number(row["counter"]),
    topic: String(row["topic"]),
    payload: Buffer.from(row["payload"] as Uint8Array),
    qos: Number(row["qos"]) as 0 | 1,
    dup: messageId !== null,
    retain: false,
    ...(messageId !== null && { messageId: Number(messageId) }),
  };
}

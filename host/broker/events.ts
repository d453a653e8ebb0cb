/** What a broker tells about itself. */
export type BrokerEvent =
  | { ev: "connect"; client: string }
  | { ev: "refused"; client: string; code: number; reason: string }
  /** A newer connection of the same client: this one is closed. */
  | { ev: "replaced"; client: string }
  | { ev: "subscribe"; client: string; topics: string[] }
  /** A message that goes nowhere, or a subscription that is answered with 0x80. */
  | { ev: "denied"; client: string; action: "publish" | "subscribe" | "receive"; topic: string; reason: string }
  | { ev: "publish"; client: string | null; topic: string; payload: Buffer; qos: number; retain: boolean }
  /** What the cloud itself says. */
  | { ev: "answer"; topic: string; payload: Buffer; qos: number }
  /** The client acknowledged a message of ours. */
  | { ev: "ack"; client: string; messageId: number }
  /** It did not in time: the message was sent again. */
  | { ev: "resent"; client: string; messageId: number }
  | { ev: "disconnect"; client: string }
  | { ev: "warning"; client: string; message: string }
  /** A TLS handshake failed, or a connection broke. */
  | { ev: "error"; message: string };

/** How a CONNECT is answered: CONNACK 2, 3, 4, 5 (MQTT 3.1.1, 3.2.2.3), or not at all. */
export type Refusal = "client-id" | "unavailable" | "credentials" | "not-authorized" | "silence";

export const REFUSAL_CODES: Readonly<Record<Exclude<Refusal, "silence">, number>> = {
  "client-id": 2,
  unavailable: 3,
  credentials: 4,
  "not-authorized": 5,
};

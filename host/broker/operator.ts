/** Who sits at the other end: an ordinary MQTT client that verifies the broker, watches the devices and sends them commands. */
import { connectAsync } from "mqtt";
import type { ClientCertificate } from "./certificates.ts";

export interface OperatorOptions {
  port: number;
  /** The authority's certificate; `null`: the broker speaks plain TCP. */
  ca: string | null;
  /** Where the broker asks for one. */
  client?: ClientCertificate;
  username: string;
  password: string;
  /** Filter of the topics to watch. */
  watch: string;
  onMessage(topic: string, payload: Buffer): void;
}

export interface Operator {
  /** Resolves when the broker acknowledged the message, or with QoS 0 when it is written. Default: 1. */
  publish(topic: string, payload: string | Buffer, qos?: 0 | 1): Promise<void>;
  /** May be called twice. */
  close(): Promise<void>;
}

/** The operator's client id. */
export const OPERATOR = "operator";

export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const { port, ca, username, password } = options;
  const login = { clientId: OPERATOR, username, password, reconnectPeriod: 200 };
  const client = await (ca === null
    ? connectAsync(`mqtt://127.0.0.1:${port}`, login, false)
    : connectAsync(`mqtts://127.0.0.1:${port}`, { ...login, ...options.client, ca, rejectUnauthorized: true }, false));
  // It connects again by itself; what cannot be sent fails in publish().
  client.on("error", () => {});
  client.on("message", (topic, payload) => options.onMessage(topic, payload));
  await client.subscribeAsync(options.watch, { qos: 1 });
  return {
    publish: async (topic, payload, qos = 1) => void (await client.publishAsync(topic, payload, { qos })),
    close: () => client.endAsync(true),
  };
}

/** Pushes an update to one device over its broker, and waits until the device reports how it went. */
import { connect } from "mqtt";
import type { IClientOptions, MqttClient } from "mqtt";
import { unlessStopped } from "../../command-line/signals.ts";
import { REAL_TIME } from "../../time/wall.ts";
import type { BrokerPush, Outcome } from "../types.ts";
import { DEVICE_LEAVES } from "./updates/messages.ts";
import { UpdateServer } from "./updates/server.ts";
import type { UpdateServerOptions } from "./updates/server.ts";

/** `faults`: of the server, for tests. */
export interface FaultyPush extends BrokerPush, Pick<UpdateServerOptions, "faults"> {}

/** A device that lost its connection at the wrong moment has not heard of the update: it is told again while it says nothing. */
const AGAIN_MS = 60_000;
/** Patience with the broker, for TCP, TLS and CONNACK together. */
const CONNECT_MS = 15_000;

export async function pushOverBroker(options: FaultyPush): Promise<Outcome> {
  const { url, base, time = REAL_TIME, onEvent } = options;
  let client: MqttClient;
  try {
    client = await connected(url, login(options));
  } catch (error) {
    return { reason: connectFailure(url, error as Error) };
  }
  const cancels: (() => void)[] = [];
  try {
    client.on("error", () => {});
    client.on("close", () => onEvent({ ev: "connection-lost" }));
    client.on("connect", () => onEvent({ ev: "connected" }));
    onEvent({ ev: "connected" });
    const refused = await subscribe(client, base);
    if (refused) return { reason: `connect-failed: the broker lets this user not subscribe to ${refused}` };
    const startedMs = time.now();
    const over = new Promise<Outcome>((resolve) => {
      const server = new UpdateServer({
        software: options.software,
        ...(options.faults && { faults: options.faults }),
        // What cannot be sent now is asked for again by the device, or told again below.
        send: (topic, payload, qos) => void client.publishAsync(topic, payload, { qos }).catch(() => {}),
        onEvent: (event) => {
          onEvent(event);
          if (event.ev == "succeeded") resolve({ version: event.version, ms: time.now() - startedMs });
          if (event.ev == "failed") resolve({ reason: event.reason });
        },
      });
      client.on("message", (topic, payload) => server.message(topic, payload));
      cancels.push(time.after(options.timeoutMs, () => server.expire(base, Math.round(options.timeoutMs / 1000))));
      const again = (): void => {
        if (["waiting", "pushed"].includes(server.offer(base).status)) cancels.push(time.after(AGAIN_MS, again));
      };
      again();
    });
    return await unlessStopped(over, options.stop);
  } finally {
    for (const cancel of cancels) cancel();
    client.removeAllListeners("close");
    await client.endAsync(true);
  }
}

/** The client itself tells of some failures only that the connection was closed. */
async function connected(url: string, options: IClientOptions): Promise<MqttClient> {
  const client = connect(url, options);
  try {
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
      client.once("close", () => reject(new Error("the broker closes the connection")));
      client.stream.once("error", reject);
    });
    return client;
  } catch (error) {
    client.on("error", () => {});
    client.end(true);
    throw error;
  }
}

function login({ ca, username, password }: BrokerPush): IClientOptions {
  return {
    clientId: `ota-${Math.random().toString(36).slice(2, 10)}`,
    clean: true,
    reconnectPeriod: 1_000,
    connectTimeout: CONNECT_MS,
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  };
}

/** @returns the topic that the broker refuses, or `""`. */
async function subscribe(client: MqttClient, base: string): Promise<string> {
  const topics = DEVICE_LEAVES.map((leaf) => `${base}/ota/${leaf}`);
  const granted = await client.subscribeAsync(topics, { qos: 1 });
  return granted.find(({ qos }) => qos >= 128)?.topic ?? "";
}

const CONNACK: Readonly<Partial<Record<number, string>>> = {
  2: "client-id-refused: the broker refuses the client id",
  3: "broker-unavailable: the broker says that it is unavailable",
  4: "credentials-refused: wrong user name or password",
  5: "credentials-refused: the broker does not let this user in",
};

function connectFailure(url: string, error: Error & { code?: number | string }): string {
  if (typeof error.code == "number") return CONNACK[error.code] ?? `connect-failed: ${url}: ${error.message}`;
  const { code = "", message } = error;
  if (code == "ENOTFOUND" || code == "EAI_AGAIN") return `dns-failed: ${url}: the host is not found`;
  if (/CERT|SELF_SIGNED|ISSUER|TLS|SSL|VERIFY/.test(code)) return `tls-failed: ${url}: ${message}`;
  return `connect-failed: ${url}: ${message || code}`;
}

/** An Air module with an open way to a broker in this process: what the tests of both start from. */
import { connectAsync } from "mqtt";
import { startBroker, type Broker, type BrokerEvent, type BrokerOptions } from "../../../../host/broker/broker.ts";
import { booted, eventually, type Host, type HostOptions } from "../support.ts";

export const AIR_MODELS = ["air780ep", "air720"] as const;
export type AirModel = (typeof AIR_MODELS)[number];

export interface Session extends Host {
  broker: Broker;
  brokerEvents: BrokerEvent[];
  close(): Promise<void>;
}

/** An Air780EP unless `options` say otherwise; every host and port leads to the broker, and the data connection is there. */
export async function withBroker(options: HostOptions = {}, broker: BrokerOptions = {}): Promise<Session> {
  const brokerEvents: BrokerEvent[] = [];
  const running = await startBroker({ ...broker, onEvent: (event) => brokerEvents.push(event) });
  const host = await booted({ model: "air780ep", resolve: () => ({ host: "127.0.0.1", port: running.port }), ...options });
  await host.ask('AT+UPGRADE="AUTO",0');
  if (options.model === "air720") await bringUp(host);
  const close = async (): Promise<void> => {
    await host.modem.close();
    await running.close();
  };
  return { ...host, broker: running, brokerEvents, close };
}

/** What an Air720 wants before its first connection. */
export async function bringUp(host: Host, apn = ""): Promise<void> {
  await host.ask(apn === "" ? "AT+CSTT" : `AT+CSTT="${apn}"`);
  await host.at("AT+CIICR");
  await until(host, "AT+CIFSR", /\r\n\d+\.\d+\.\d+\.\d+\r\n$/);
  host.clear();
}

/** A command and all that comes until `pattern`. */
export async function until(host: Host, command: string, pattern: RegExp): Promise<string> {
  host.send(`${command}\r`);
  return host.wait(pattern);
}

/** A command, and the first line behind its OK. */
export async function late(host: Host, command: string): Promise<string> {
  const output = await until(host, command, /\r\nOK\r\n\r\n[^\r]+\r\n$|\r\n(ERROR|\+CME ERROR: [^\r]*)\r\n$/);
  return linesOf(output).filter((line) => line !== "OK")[0] as string;
}

export function linesOf(output: string): string[] {
  return output.split("\r\n").filter((line) => line !== "");
}

/** Connected as "device". */
export async function connected(options: HostOptions = {}, broker: BrokerOptions = {}): Promise<Session> {
  const session = await withBroker(options, broker);
  await session.ask('AT+MCONFIG="device"');
  await late(session, 'AT+MIPSTART="broker",1883');
  await late(session, "AT+MCONNECT=1,120");
  session.clear();
  return session;
}

/** Another client publishes; returns when the module has told the message, or lost it. */
export async function send(session: Session, topic: string, payload: Buffer | string, qos: 0 | 1 | 2 = 0): Promise<void> {
  const received = (): number => session.events.filter(({ ev }) => ev === "message" || ev === "message-lost").length;
  const before = received();
  const client = await connectAsync(`mqtt://127.0.0.1:${session.broker.port}`);
  await client.publishAsync(topic, payload, { qos });
  await client.endAsync();
  await eventually(() => received() > before, "message");
  await session.clock.advance(500);
}

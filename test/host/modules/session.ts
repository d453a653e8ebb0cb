/** A module with an open way to a broker in this process: what the MQTT and TLS tests start from. */
import { startBroker, type Broker, type BrokerEvent, type BrokerOptions } from "../../../host/broker/broker.ts";
import { booted, type Host, type HostOptions } from "./support.ts";

export interface Session extends Host {
  broker: Broker;
  brokerEvents: BrokerEvent[];
  close(): Promise<void>;
}

/** Every host and port leads to the broker. */
export async function withBroker(options: HostOptions = {}, broker: BrokerOptions = {}): Promise<Session> {
  const brokerEvents: BrokerEvent[] = [];
  const running = await startBroker({ ...broker, onEvent: (event) => brokerEvents.push(event) });
  const host = await booted({ resolve: () => ({ host: "127.0.0.1", port: running.port }), ...options });
  await host.ask("AT+QIACT=1");
  const close = async (): Promise<void> => {
    await host.modem.close();
    await running.close();
  };
  return { ...host, broker: running, brokerEvents, close };
}

/** The result of a command that answers OK and then a URC with its own name. */
export async function result(host: Host, command: string): Promise<string> {
  const name = /\+[A-Z]+/.exec(command)?.[0] as string;
  host.send(`${command}\r`);
  const output = await host.wait(new RegExp(`\\r\\n\\${name}: [^\\r]*\\r\\n$|ERROR`));
  return output.split("\r\n").filter((line) => line.startsWith(name) || line.includes("ERROR"))[0] as string;
}

/** Open and connected, messages pushed with their length. */
export async function connected(options: HostOptions = {}, broker: BrokerOptions = {}): Promise<Session> {
  const session = await withBroker(options, broker);
  await session.at('AT+QMTCFG="recv/mode",0,0,1');
  await session.ask('AT+QMTCFG="version",0,4');
  await result(session, 'AT+QMTOPEN=0,"broker",1883');
  await result(session, 'AT+QMTCONN=0,"device"');
  session.clear();
  return session;
}

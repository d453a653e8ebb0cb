/** What a cloud decides inside the broker: who comes in, and what a client may do. The broker itself knows no cloud. */

/** A CONNECT packet and the way it came. */
export interface ConnectRequest {
  clientId: string;
  username: string | undefined;
  password: Buffer | undefined;
  /** Seconds; 0 switches it off. */
  keepaliveS: number;
  /** It came over TLS. */
  secure: boolean;
}

export interface Message {
  topic: string;
  payload: Buffer;
  qos: number;
}

/** Why something is refused: a text for people, without secrets. */
export interface Objection {
  why: string;
  /** The connection ends; otherwise only this message or subscription is left out. */
  close?: boolean;
}

/** CONNACK return codes that refuse (MQTT 3.1.1, 3.2.2.3). */
export type ConnackRefusal = 1 | 2 | 3 | 4 | 5;

export type Admission = { guest: Guest } | { code: ConnackRefusal; why: string };

/** A client that was let in, and its rights. */
export interface Guest {
  /** Of two connections with the same name the older one is closed. Events name the client like this. */
  name: string;
  /** Seconds that count instead of the ones asked for. */
  keepaliveS?: number;
  /** What is odd about the connection, for the log. */
  warnings: readonly string[];
  publish(message: Message): Objection | null;
  /** `count`: other subscriptions that the client has. */
  subscribe(filter: string, qos: number, count: number): Objection | null;
  /** Whether messages of this topic may reach the client. */
  receives(topic: string): boolean;
  /** What the cloud says to a message that was accepted. */
  answers(message: Message): Message[];
}

export interface Rules {
  admit(request: ConnectRequest): Admission;
  /** `false`: wills and retain flags are ignored, with a warning. */
  keepsMessages: boolean;
  /** Messages reach a subscriber with the QoS of their publisher, whatever QoS it subscribed with. */
  publisherQos: boolean;
}

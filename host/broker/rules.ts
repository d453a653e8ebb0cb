/** What a cloud decides inside the broker: who comes in, and what a client may do. The broker itself knows no cloud. */

/** A CONNECT packet and the way it came. */
export interface ConnectRequest {
  clientId: string;
  username: string | undefined;
  password: Buffer | undefined;
  /** Seconds; 0 switches it off. */
  keepaliveS: number;
  /** It wants no session kept. */
  clean: boolean;
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

export interface Filter {
  topic: string;
  qos: number;
}

/** CONNACK return codes that refuse (MQTT 3.1.1, 3.2.2.3). */
export type ConnackRefusal = 1 | 2 | 3 | 4 | 5;

export type Admission = { guest: Guest } | { code: ConnackRefusal; why: string };

/** A client that was let in, and its rights. */
export interface Guest {
  /** Of two connections with the same name the older one is closed. Events name the client like this. */
  name: string;
  /** Seconds that count instead of the ones asked for; 0: it may be silent for ever. */
  keepaliveS: number;
  /** Milliseconds after which its connection is closed, whatever it does, and why. */
  stays?: { ms: number; why: string };
  /** It has no session, whatever it wants. */
  forgets?: boolean;
  /** What is odd about the connection, for the log. */
  warnings: readonly string[];
  /** Where a message that it publishes to `topic` really goes. */
  route(topic: string): string;
  publish(message: Message): Objection | null;
  /** One SUBSCRIBE packet. `others`: subscriptions that the client has besides these. @returns an objection or `null` for each filter. */
  subscribe(filters: readonly Filter[], others: number): (Objection | null)[];
  /** A message for it. `own`: it is the client's own, which comes back. @returns an objection, `""` if nothing is to be told, or `null`. */
  receive(message: Message, own: boolean): string | null;
  /** What the cloud says once the client is connected, whether it subscribed or not. */
  greeting(): Message[];
  /** What the cloud says to a message that was accepted. */
  answers(message: Message): Message[];
}

/**
 * Wills and retain flags of guests are ignored with a warning, and messages reach a guest with the QoS of their publisher, whatever QoS it
 * subscribed with: so do the clouds that rules are for.
 */
export interface Rules {
  admit(request: ConnectRequest): Admission;
  /** Milliseconds from a subscription to the first message that it delivers. */
  subscriptionDelayMs(): number;
  /** Milliseconds until an unacknowledged QoS 1 message is sent again. */
  resendMs(): number;
  /** Milliseconds that a session and its messages are kept for a client that is away. */
  sessionMs(): number;
  /** QoS 1 messages to one client that are not acknowledged; more are refused. */
  mostInFlight: number;
}

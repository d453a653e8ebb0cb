/** How the link speaks to whatever carries its messages: a conversation, and the dialect that is spoken in it. */
import type { Command, OnResult, Packet, Result } from "./command";
import type { Qos } from "./device";
import type { Session, Signal } from "./link";
import type { World } from "./world";

/** What is sent and answered: a command to the module, or on Wi-Fi an MQTT packet. A path's dialect makes what its channel takes. */
export type Exchange = Command | Packet;

/** The text before the payload, the topic, and the length of the payload in bytes: what a regular expression with two groups gives. */
export type MessageHead = string[];

/** How the link speaks to whatever carries its messages: the part that stays in memory. */
export interface Dialect {
  /** Milliseconds for a command that has no time of its own. */
  commandMs: number;
  publish(session: Session, id: number, topic: string, payload: string, qos: Qos, retain: boolean): Exchange;
  /** A failure, or `""`. */
  published(result: Result): string;
  /** Why this payload cannot be sent, or `""`. */
  refuses(session: Session, topic: string, payload: string): string;
  subscribe(id: number, topic: string, qos: Qos): Exchange;
  /** A failure, or `""`; `isRefused`: the broker does not allow this topic. */
  subscribed(result: Result): string;
  isRefused(result: Result): boolean;
  unsubscribe(id: number, topic: string): Exchange;
  /** Says good-bye to the broker. */
  signOff: Exchange;
  /** Gets the messages that the module keeps (`Signal.Stored`). */
  fetch?: Exchange;
  /** Asks for the signal's strength; `then` gets dBm, `null` while unknown. */
  askRssi(channel: Channel, then: (rssiDbm: number | null) => void): void;
}

/** The dialect of a module that speaks AT. */
export interface AtDialect extends Dialect {
  publish(session: Session, id: number, topic: string, payload: string, qos: Qos, retain: boolean): Command;
  subscribe(id: number, topic: string, qos: Qos): Command;
  unsubscribe(id: number, topic: string): Command;
  signOff: Command;
  fetch?: Command;
  /** URCs by the text before their colon, or the whole line. */
  urcs: Record<string, Signal>;
  /** What follows the name of a URC that means `BearerLost`: is it this one's data connection, and is it lost? */
  isBearerLost(rest: string): boolean;
  /** First characters of a received message. */
  messagePrefix: string;
  /** The text before a message's payload; it captures the topic and the length of the payload in bytes. */
  messageHead: RegExp;
  /** What follows the payload. */
  messageEnd: string;
  /**
   * Reads the head of a message that firmware writes otherwise; `null` while it is not complete or is none. The length is -1 while the message goes on, if
   * its end alone tells it.
   */
  oddHead(text: string): MessageHead | null;
}

/** A conversation with whatever carries the messages: one command in flight, a bounded queue. */
export interface Channel {
  init(
    world: World,
    dialect: Dialect,
    signal: (signal: Signal, rest: string) => void,
    message: (topic: string, payload: string) => void,
  ): void;
  /** Opens the UART at this rate, if there is one. */
  open?(baud: number): void;
  /** Sends a command when those before it are done. */
  send(exchange: Exchange, then: OnResult): void;
  /** Ends the command in flight and all that wait with the error `reset`. `restarted`: nothing is owed to them any more. */
  abort(restarted: boolean): void;
  /** Looks at the deadlines. To be called every `TICK_MS`. */
  tick(): void;
  TICK_MS: number;
}

/** A way to the network. */
export interface Path {
  channel: Channel;
  dialect: Dialect;
  /** Name of the cold module with its scripts. */
  up: string;
  /** Gives the world what this way needs of the board. */
  prepare(world: World): void;
  /** Whether its network is there: looked for beside a session over another path. Absent: nothing tells but trying. */
  isThere?(world: World, then: (isThere: boolean) => void): void;
}

/** How the link speaks to whatever carries its messages: a conversation, and the dialect that is spoken in it. */
import type { Command, OnResult, Result } from "./command";
import type { DeviceErrorName, Qos } from "./device";
import type { Session, Signal } from "./link";
import type { World } from "./world";

/** A failure name, or `""`. */
export type Verdict = DeviceErrorName | "";

/** The text before the payload, the topic, and the length of the payload in bytes: what a regular expression with two groups gives. */
export type MessageHead = string[];

/** How the link speaks to whatever carries its messages: the part that stays in memory. */
export interface Dialect {
  publish(session: Session, id: number, topic: string, payload: string, qos: Qos, retain: boolean): Command;
  published(result: Result): Verdict;
  /** Why this payload cannot be sent, or `""`. */
  refuses(session: Session, topic: string, payload: string): string;
  subscribe(id: number, topic: string, qos: Qos): Command;
  /** `payload-refused`: the broker does not allow this topic. */
  subscribed(result: Result): Verdict;
  unsubscribe(id: number, topic: string): Command;
  /** Says good-bye to the broker. */
  signOff: Command;
  /** Gets the messages that the module keeps (signal `stored`). */
  fetch?: Command;
  signal: Command;
}

/** The dialect of a module that speaks AT. */
export interface AtDialect extends Dialect {
  /** URCs by the text before their colon, or the whole line. */
  urcs: Record<string, Signal>;
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
  send(command: Command, then: OnResult): void;
  /** Ends the command in flight and all that wait with the error `reset`. `restarted`: nothing is owed to them any more. */
  abort(restarted: boolean): void;
  /** Looks at the deadlines. To be called every `TICK_MS`. */
  tick(): void;
  TICK_MS: number;
}

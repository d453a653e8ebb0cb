/** A module that publishes to what it subscribed to hears itself; how soon is known, so the clock can wait for it. */
import { holdClock, PACKET_GUARD_MS } from "../net/hold.ts";
import type { Clock } from "../../time/clock.ts";

export interface OwnTopics {
  subscribe(filter: string): void;
  unsubscribe(filter: string): void;
  /** A publish goes out at `startedAt`: if it will come back, the clock stands still until it does. */
  published(topic: string, startedAt: number): void;
  /** When the publish went out that this message is; null: it is of somebody else. */
  received(topic: string): number | null;
  clear(): void;
}

export function makeOwnTopics(clock: Clock): OwnTopics {
  const filters = new Set<string>();
  let expected: { topic: string; startedAt: number; release: () => void }[] = [];

  return {
    subscribe: (filter) => void filters.add(filter),
    unsubscribe: (filter) => void filters.delete(filter),
    published(topic, startedAt) {
      if ([...filters].some((filter) => matches(filter, topic)))
        expected.push({ topic, startedAt, release: holdClock(clock, PACKET_GUARD_MS) });
    },
    received(topic) {
      const own = expected.find((one) => one.topic === topic);
      if (!own) return null;
      expected = expected.filter((one) => one !== own);
      own.release();
      return own.startedAt;
    },
    clear() {
      for (const { release } of expected.splice(0)) release();
      filters.clear();
    },
  };
}

/** MQTT 3.1.1, 4.7: `+` is one level, a last `#` is all that follow and the one before. */
function matches(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  if (wanted.at(-1) === "#") return wanted.slice(0, -1).every((level, i) => level === "+" || level === levels[i]);
  return wanted.length === levels.length && wanted.every((level, i) => level === "+" || level === levels[i]);
}

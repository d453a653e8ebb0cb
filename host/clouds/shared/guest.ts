/** A device that is connected, and what it may do. */
import type { Filter, Guest, Message, Objection } from "../../broker/rules.ts";
import { covers } from "../../broker/topics.ts";
import type { World } from "./start.ts";
import type { CommonSwitches } from "./switches.ts";

/**
 * Topics that the platform's documents list, below the device's own prefix, with MQTT wildcards: what devices
 * publish, and what they subscribe to.
 */
export interface ListedTopics {
  up: readonly string[];
  down: readonly string[];
}

export interface DeviceOptions extends Pick<Guest, "name" | "keepaliveS" | "warnings" | "stays" | "forgets"> {
  /** What its topics begin with, `/` included. */
  prefix: string;
  topics: ListedTopics;
  /** What the platform says to a message; `path`: its topic, without the prefix. */
  answers(path: string, message: Message): Message[];
}

export function deviceGuest(options: DeviceOptions, { switches, tell }: Pick<World<CommonSwitches>, "switches" | "tell">): Guest {
  const { prefix, topics, answers, ...guest } = options;

  function objection(topic: string, direction: keyof ListedTopics): string {
    if (!covers(`${prefix}#`, topic) || topic == prefix.slice(0, -1)) return "not a topic of this device";
    const path = topic.slice(prefix.length);
    if (topics[direction].some((one) => covers(one, path))) return "";
    const opposite = direction == "up" ? topics.down : topics.up;
    if (opposite.some((one) => covers(one, path))) return `a topic that devices ${direction == "up" ? "subscribe to" : "publish to"}`;
    return switches.anyOwnTopic ? "" : "no topic of the platform";
  }

  function refusal({ topic, qos }: Filter, direction: keyof ListedTopics): Objection | null {
    if (qos > 1) return { why: "QoS 2", close: switches.qos2 == "close" };
    const why = objection(topic, direction);
    return why ? { why, close: direction == "up" && switches.illegalTopic == "close" } : null;
  }

  return {
    ...guest,
    route: (topic) => topic,
    publish: (message) => refusal(message, "up"),
    subscribe: (filters) => filters.map((filter) => refusal(filter, "down")),
    // The platform takes what it is told: it does not come back to a device that subscribed to everything of its own.
    receive: ({ topic }, own) => (own && topics.up.some((one) => covers(prefix + one, topic)) ? "" : null),
    greeting: () => [],
    answers(message) {
      try {
        return answers(message.topic.slice(prefix.length), message);
      } catch (error) {
        // Nothing that a device says ends the cloud.
        tell({ ev: "rejected", device: guest.name, topic: message.topic, code: 0, reason: String(error) });
        return [];
      }
    },
  };
}

/** Seconds that count for a device that asked for `askedS`, or why it is refused. The range is that of the platform's documents. */
export function keepaliveFor(
  askedS: number,
  [shortestS, longestS]: readonly [number, number],
  { strictKeepalive }: CommonSwitches,
): { keepaliveS: number; warnings: string[] } | { why: string } {
  const keepaliveS = Math.min(Math.max(askedS, shortestS), longestS);
  if (keepaliveS == askedS) return { keepaliveS, warnings: [] };
  if (strictKeepalive) return { why: `keepalive ${askedS} s; ${shortestS} to ${longestS} s` };
  return { keepaliveS, warnings: [`keepalive ${askedS} s counts as ${keepaliveS} s`] };
}

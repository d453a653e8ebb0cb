/** Which topics a device may use: its own, each in its direction (Aliyun IoT Platform, "What is a topic?" and "Limits", document 30527). */
import { covers } from "../../broker/topics.ts";

export interface Owner {
  productKey: string;
  deviceName: string;
  /** Bit 0 of `ext` in its client id: it takes remote calls on topics of its own. */
  takesCalls: boolean;
}

/** A class of custom topics of the product: what follows `/{productKey}/{deviceName}/`, with MQTT wildcards. */
export interface TopicClass {
  filter: string;
  rights: "publish" | "subscribe" | "both";
}

/** What a console lets its owner define: everything of today (`user/…`) and, as products of 2018 have them, without `user/`. */
export const ANY_CLASS: readonly TopicClass[] = [{ filter: "#", rights: "both" }];

/** Bytes of UTF-8 (document 30527). */
const LONGEST_TOPIC = 128;
/** Of custom topics only: the platform's own `/sys/…/thing/event/property/batch/post` has eight (document 30527). */
const MOST_SLASHES = 7;

/** The platform's own topics. `{me}` stands for `{productKey}/{deviceName}`. */
const SYSTEM: readonly TopicClass[] = [
  { filter: "/sys/{me}/#", rights: "both" },
  { filter: "/ota/device/inform/{me}", rights: "publish" },
  { filter: "/ota/device/progress/{me}", rights: "publish" },
  { filter: "/ota/device/request/{me}", rights: "publish" },
  { filter: "/ota/device/upgrade/{me}", rights: "subscribe" },
  { filter: "/shadow/update/{me}", rights: "publish" },
  { filter: "/shadow/get/{me}", rights: "subscribe" },
  { filter: "/ext/ntp/{me}/request", rights: "publish" },
  { filter: "/ext/ntp/{me}/response", rights: "subscribe" },
  { filter: "/ext/error/{me}", rights: "subscribe" },
  { filter: "/broadcast/{pk}/#", rights: "subscribe" },
];
/** A remote call and its answer use the same topic. */
const CALLS: TopicClass = { filter: "/ext/rrpc/+/{me}/#", rights: "both" };

type Direction = "publish" | "subscribe";

/** Each says why not, or `""`. */
export interface TopicRights {
  publish(topic: string): string;
  subscribe(filter: string): string;
}

export function topicRights(owner: Owner, classes: readonly TopicClass[]): TopicRights {
  const me = `${owner.productKey}/${owner.deviceName}`;
  const filled = (list: readonly TopicClass[], fill: (filter: string) => string): TopicClass[] =>
    list.map(({ filter, rights }) => ({ filter: fill(filter), rights }));
  const system = filled([...SYSTEM, ...(owner.takesCalls ? [CALLS] : [])], (filter) =>
    filter.replace("{me}", me).replace("{pk}", owner.productKey),
  );
  const custom = filled(classes, (filter) => `/${me}/${filter}`);

  function objection(topic: string, direction: Direction): string {
    if (Buffer.byteLength(topic) > LONGEST_TOPIC) return `the topic is longer than ${LONGEST_TOPIC} bytes`;
    const allows = ({ filter, rights }: TopicClass): boolean => (rights == "both" || rights == direction) && covers(filter, topic);
    if (system.some(allows))
      return direction == "subscribe" && topic.startsWith("/sys/") && topic.endsWith("#") ? "# in a system topic" : "";
    if (!custom.some(allows)) return "No authorization: not a topic of this device in this direction";
    return slashes(topic) > MOST_SLASHES ? `a custom topic has at most ${MOST_SLASHES} slashes` : "";
  }

  return {
    publish: (topic) => objection(topic, "publish"),
    subscribe: (filter) => objection(filter, "subscribe"),
  };
}

/** Topics of the platform: it takes what is published there, nobody else gets it. */
export function isSystem(topic: string): boolean {
  return /^\/(sys|ext|ota|shadow|broadcast)\//.test(topic);
}

/** Without the request id for tracing that a device may add (Aliyun IoT Platform, "Alink protocol"). */
export function withoutTrace(topic: string): string {
  return topic.replace(/\?_rid=[^/]*$/, "");
}

function slashes(topic: string): number {
  return topic.split("/").length - 1;
}

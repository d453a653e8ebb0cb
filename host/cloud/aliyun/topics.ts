/** Which topics a device may use: its own, each in its direction (Aliyun IoT Platform, "What is a topic?" and "Limits", document 30527). */
import type { Objection } from "../../broker/rules.ts";

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
/** Subscriptions of one device (document 30527). */
const MOST_SUBSCRIPTIONS = 100;
/** Bytes of one message (document 30527). */
const LONGEST_PAYLOAD = 256 * 1024;

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

export interface TopicRights {
  publish(topic: string, bytes: number, qos: number): Objection | null;
  subscribe(filter: string, qos: number, count: number): Objection | null;
  receives(topic: string): boolean;
}

export interface QosPolicy {
  /** What happens to QoS 2, which the platform does not have. */
  qos2: "close" | "refuse";
  /** What happens to a message on a topic that is not the device's. */
  illegalTopic: "drop" | "close";
}

export function topicRights(owner: Owner, classes: readonly TopicClass[], policy: QosPolicy): TopicRights {
  const me = `${owner.productKey}/${owner.deviceName}`;
  const own = (list: readonly TopicClass[], fill: (filter: string) => string): TopicClass[] =>
    list.map(({ filter, rights }) => ({ filter: fill(filter), rights }));
  const filled = (filter: string): string => filter.replace("{me}", me).replace("{pk}", owner.productKey);
  const system = own([...SYSTEM, ...(owner.takesCalls ? [CALLS] : [])], filled);
  const custom = own(classes, (filter) => `/${me}/${filter}`);

  function objection(topic: string, direction: Direction): string {
    if (Buffer.byteLength(topic) > LONGEST_TOPIC) return `the topic is longer than ${LONGEST_TOPIC} bytes`;
    const allows = ({ filter, rights }: TopicClass): boolean => (rights == "both" || rights == direction) && covers(filter, topic);
    if (system.some(allows))
      return direction == "subscribe" && topic.startsWith("/sys/") && topic.endsWith("#") ? "# in a system topic" : "";
    if (!custom.some(allows)) return "No authorization: not a topic of this device in this direction";
    return slashes(topic) > MOST_SLASHES ? `a custom topic has at most ${MOST_SLASHES} slashes` : "";
  }

  return {
    publish(topic, bytes, qos) {
      if (qos > 1) return { why: "QoS 2", close: policy.qos2 == "close" };
      if (bytes > LONGEST_PAYLOAD) return { why: `${bytes} bytes; at most ${LONGEST_PAYLOAD}` };
      const why = objection(topic, "publish");
      return why ? { why, close: policy.illegalTopic == "close" } : null;
    },
    subscribe(filter, qos, count) {
      if (qos > 1) return { why: "QoS 2", close: policy.qos2 == "close" };
      if (count >= MOST_SUBSCRIPTIONS) return { why: `a device has at most ${MOST_SUBSCRIPTIONS} subscriptions` };
      const why = objection(filter, "subscribe");
      return why ? { why } : null;
    },
    receives: (topic) => objection(topic, "subscribe") == "",
  };
}

function slashes(topic: string): number {
  return topic.split("/").length - 1;
}

/** Whether all topics that `filter` reaches are reached by `allowed` too; both may have wildcards (MQTT 3.1.1, 4.7.1). */
export function covers(allowed: string, filter: string): boolean {
  const want = filter.split("/");
  const have = allowed.split("/");
  for (const [i, level] of have.entries()) {
    if (level == "#") return true;
    const wanted = want[i];
    if (wanted === undefined || wanted == "#") return false;
    if (level != "+" && level != wanted) return false;
  }
  return have.length == want.length;
}

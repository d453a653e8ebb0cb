/** A device that is connected, and what it may do. */
import type { Guest, Objection } from "../../broker/rules.ts";
import { LONGEST_KEEPALIVE_S } from "./login.ts";
import type { Login } from "./login.ts";
import { pathOf } from "./identifier.ts";
import { answersTo } from "./services/index.ts";
import { ANY_CLASS, isSystem, topicRights, withoutTrace } from "./topics.ts";
import type { World } from "./world.ts";

/** Bytes of one message (Aliyun IoT Platform, "Limits", document 30527); so are the next two. */
const LONGEST_PAYLOAD = 256 * 1024;
/** Filters of one SUBSCRIBE. */
const MOST_FILTERS = 8;
/** Subscriptions of one device. */
const MOST_SUBSCRIPTIONS = 100;
/** Bit 0 of `ext`: the device takes remote calls on topics of its own (Link SDK for C). */
const TAKES_CALLS = 1;

export function deviceGuest({ identifier, request, productKey, deviceName }: Login, warnings: string[], world: World): Guest {
  const { switches, limits } = world;
  const names = { productKey, deviceName };
  const me = pathOf(names);
  const takesCalls = (Number(identifier.parameters.get("ext") ?? 0) & TAKES_CALLS) == TAKES_CALLS;
  const rights = topicRights({ ...names, takesCalls }, world.registry.product(productKey)?.topicClasses ?? ANY_CLASS);
  const noQos2 = (): Objection => ({ why: "QoS 2", close: switches.qos2 == "close" });
  const clamped = request.keepaliveS > LONGEST_KEEPALIVE_S ? [`keepalive ${request.keepaliveS} s counts as ${LONGEST_KEEPALIVE_S} s`] : [];

  return {
    name: me,
    keepaliveS: Math.min(request.keepaliveS, LONGEST_KEEPALIVE_S),
    warnings: [...warnings, ...clamped],
    route: withoutTrace,
    publish({ topic, payload, qos }) {
      if (qos > 1) return noQos2();
      if (payload.length > LONGEST_PAYLOAD) return { why: `${payload.length} bytes; at most ${LONGEST_PAYLOAD}` };
      const illegal = rights.publish(topic);
      if (illegal) return { why: illegal, close: switches.illegalTopic == "close" };
      const tooMuch = limits.uplink(me, qos, payload.length) || (topic.startsWith("/shadow/") && limits.take("shadow", me));
      return tooMuch ? { why: tooMuch } : null;
    },
    subscribe(filters, others) {
      if (filters.length > MOST_FILTERS) return filters.map(() => ({ why: `${filters.length} filters at once; at most ${MOST_FILTERS}` }));
      let count = others;
      return filters.map(({ topic, qos }) => {
        if (qos > 1) return noQos2();
        const why = rights.subscribe(topic) || (count >= MOST_SUBSCRIPTIONS && `a device has at most ${MOST_SUBSCRIPTIONS} subscriptions`);
        if (why) return { why };
        count++;
        return null;
      });
    },
    receive({ topic }, own) {
      if (own && isSystem(topic)) return "";
      return limits.take("downlink", me) || null;
    },
    greeting: () => world.jobs.pushes(names),
    answers(message) {
      try {
        return answersTo(message, names, world);
      } catch (error) {
        // Nothing that a device says ends the cloud.
        world.tell({ ev: "rejected", device: me, topic: message.topic, code: 500, reason: String(error) });
        return [];
      }
    },
  };
}

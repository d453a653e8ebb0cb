/** What a line of the timeline says about the broker. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CloudEvent } from "../../../host/clouds/shared/events.ts";
import { brokerText } from "../../../host/start/telling.ts";

describe("an event of the broker", () => {
  const cases: [CloudEvent, string][] = [
    [{ ev: "connect", client: "pk/dn" }, "client pk/dn connected"],
    [{ ev: "refused", client: "x", code: 4, reason: "wrong signature" }, "client x refused with CONNACK 4: wrong signature"],
    [{ ev: "replaced", client: "pk/dn" }, "client pk/dn connects again: its older connection is closed"],
    [
      { ev: "denied", client: "pk/dn", action: "publish", topic: "/x", reason: "No authorization" },
      "client pk/dn may not publish /x: No authorization",
    ],
    [{ ev: "denied", client: "pk/dn", action: "subscribe", topic: "#", reason: "QoS 2" }, "client pk/dn may not subscribe to #: QoS 2"],
    [{ ev: "warning", client: "pk/dn", message: "its will is ignored" }, "client pk/dn: its will is ignored"],
    [{ ev: "disconnect", client: "pk/dn" }, "client pk/dn is gone"],
    [{ ev: "error", message: "TLS: no" }, "TLS: no"],
    [{ ev: "subscribe", client: "pk/dn", topics: ["/x"] }, ""],
    [{ ev: "answer", topic: "/x", payload: Buffer.from("x"), qos: 0 }, ""],
    [{ ev: "connect", client: "operator" }, ""],
  ];
  for (const [event, text] of cases) it(`${event.ev}: ${text || "nothing"}`, () => assert.equal(brokerText(event), text));
});

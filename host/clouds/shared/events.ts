/** What an emulated cloud tells about itself, and how it reads. Nothing of it is secret. */
import type { BrokerEvent } from "../../broker/events.ts";
import type { HttpEvent } from "../http/server.ts";

/** A message of a device that was answered with an error, or that means nothing. */
export interface RejectedEvent {
  ev: "rejected";
  device: string;
  topic: string;
  /** Of the answer; 0: there is none. */
  code: number;
  reason: string;
}

/** What a platform tells besides what its broker tells. */
export type PlatformEvent =
  /** Its first connection: it cannot register any more. */
  | { ev: "activated"; device: string }
  /** It was given a new secret, or a login; `how`: the platform's word for the way. */
  | { ev: "registered"; device: string; how: string }
  | RejectedEvent
  /** An update of its software has come further. */
  | { ev: "job"; device: string; job: number; status: string; step: string }
  /** Lines of its log. */
  | { ev: "log"; device: string; lines: unknown[] };

export type CloudEvent = BrokerEvent | HttpEvent | PlatformEvent;

/** One line, or `""` for what the other end of a connection tells better: subscriptions and messages. */
export function eventText(event: CloudEvent): string {
  switch (event.ev) {
    case "connect":
      return `client ${event.client} connected`;
    case "refused":
      return `client ${event.client} refused with CONNACK ${event.code}: ${event.reason}`;
    case "replaced":
      return `client ${event.client} connects again: its older connection is closed`;
    case "denied":
      return deniedText(event);
    case "warning":
      return `client ${event.client}: ${event.message}`;
    case "resent":
      return `client ${event.client} has not acknowledged message ${event.messageId}: sent again`;
    case "disconnect":
      return `client ${event.client} is gone`;
    case "error":
      return event.message;
    case "http":
      return `${event.method} ${event.path}: ${event.status}${event.code === undefined ? "" : `, code ${event.code}`}${because(event.reason)}`;
    case "activated":
      return `device ${event.device} is activated`;
    case "registered":
      return `device ${event.device} registered (${event.how})`;
    case "rejected":
      return `device ${event.device}: ${event.topic} rejected${event.code ? ` with code ${event.code}` : ""}${because(event.reason)}`;
    case "job":
      return `device ${event.device}: update ${event.job} ${event.status}${event.step && `, step ${event.step}`}`;
    case "log":
      return `device ${event.device} uploads ${event.lines.length} lines of its log`;
    default:
      return "";
  }
}

function deniedText({ client, action, topic, reason }: Extract<CloudEvent, { ev: "denied" }>): string {
  if (action == "receive") return `client ${client} does not get ${topic}: ${reason}`;
  return `client ${client} may not ${action == "publish" ? "publish" : "subscribe to"} ${topic}: ${reason}`;
}

function because(reason: string | undefined): string {
  return reason ? `: ${reason}` : "";
}

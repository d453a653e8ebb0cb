/** Events of broker and module in words, for the timeline; `""` for what is not worth a line. */
import { OPERATOR } from "../broker/operator.ts";
import { eventText } from "../clouds/shared/events.ts";
import type { CloudEvent } from "../clouds/shared/events.ts";
import type { ModemEvent } from "../modules/modem.ts";

export function brokerText(event: CloudEvent): string {
  return "client" in event && event.client === OPERATOR ? "" : eventText(event);
}

/** By the event's name; what is not listed is told with all its details. */
const MODULE_TEXTS: Readonly<Partial<Record<string, (event: ModemEvent) => string>>> = {
  command: () => "",
  result: () => "",
  urc: () => "",
  power: ({ state }) => `power: ${text(state)}`,
  ready: () => "ready for commands",
  registration: ({ registration }) => `network: ${text(registration)}`,
  pdp: ({ active, apn }) => (active ? `data connection up, APN ${text(apn)}` : "data connection down"),
  upload: ({ file, bytes, checksum }) => `file ${text(file)} stored: ${text(bytes)} bytes, checksum ${text(checksum)}`,
  tls: ({ host, port, protocol, authorized }) =>
    `${text(protocol)} to ${text(host)}:${text(port)}, certificate ${authorized ? "verified" : "NOT verified"}`,
  tcp: ({ host, port }) => `TCP to ${text(host)}:${text(port)}`,
  "open-failed": ({ host, port, reason }) => `no connection to ${text(host)}:${text(port)}: ${text(reason)}`,
  connect: ({ clientId, code }) => (code ? `MQTT refused ${text(clientId)}: ${text(code)}` : `MQTT connected as ${text(clientId)}`),
  subscribe: ({ topics }) => `subscribed to ${text(topics)}`,
  publish: ({ topic, bytes }) => `publishes ${text(bytes)} bytes to ${text(topic)}`,
  published: ({ id, ok }) => (ok ? `message ${text(id)} acknowledged` : `message ${text(id)} not acknowledged`),
  message: ({ topic, bytes }) => `received ${text(bytes)} bytes on ${text(topic)}`,
  lost: () => "connection lost",
};

export function moduleText(event: ModemEvent): string {
  const known = MODULE_TEXTS[event.ev];
  if (known) return known(event);
  const { ev, ...details } = event;
  return [ev, ...Object.entries(details).map(([name, value]) => `${name} ${text(value)}`)].join(", ");
}

function text(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(", ") : String(value);
}

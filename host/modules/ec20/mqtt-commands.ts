/** QMT commands (EC2x MQTT application note V1.1). Results come as URCs behind the OK. */
import { AtError, ok, okThen, type Args, type Call, type CommandTable, type Reply } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import * as LATENCY from "./latency.ts";
import { MqttClient, type ClientState, type Publish } from "./mqtt-client.ts";
import { configTest, configure } from "./mqtt-config.ts";
import type { SslCommands } from "./ssl.ts";

const CLIENTS = 6;
const MAX_ID = 65_535;
const HOST_CHARACTERS = 100;
const TOPIC_BYTES = 256;
const TEXT_BYTES = 1024;
/** Data mode ends by itself after so long without data, milliseconds. */
const DATA_SILENCE_MS = 60_000;
/** `<state>` of QMTCONN?. */
const CONN_STATE: Partial<Record<ClientState, number>> = { opening: 1, open: 1, connecting: 2, connected: 3, closing: 4 };

export interface MqttCommands {
  commands: CommandTable;
  clients: MqttClient[];
  reset(): void;
}

export function mqttCommands(core: Core, ssl: SslCommands): MqttCommands {
  const { quirks } = core.settings;
  const clients = Array.from({ length: CLIENTS }, (_, i) => new MqttClient(i, core, ssl));

  function clientOf(args: Args, ...states: ClientState[]): MqttClient {
    const client = clients[args.int(0, 0, CLIENTS - 1)] as MqttClient;
    if (states.length > 0 && !states.includes(client.state)) throw new AtError();
    return client;
  }

  /** From argument `first`, pairs of topic and QoS. */
  function subscriptions(args: Args): { topic: string; qos: 0 | 1 | 2 }[] {
    const topics = [];
    for (let i = 2; i < Math.max(args.count, 4); i += 2)
      topics.push({ topic: args.text(i, TOPIC_BYTES), qos: args.int(i + 1, 0, 2) as 0 | 1 | 2 });
    return topics;
  }

  function publish({ name, args }: Call, withLength: boolean): Reply {
    const client = clientOf(args, "connected");
    args.expect(withLength ? 6 : 5, withLength ? 6 : 5);
    const qos = args.int(2, 0, 2) as 0 | 1 | 2;
    const id = args.int(1, qos === 0 ? 0 : 1, qos === 0 ? 0 : MAX_ID);
    if (client.inFlight.has(id)) throw new AtError();
    const head: Omit<Publish, "payload"> = { name, id, qos, retain: args.int(3, 0, 1) === 1, topic: args.text(4, TOPIC_BYTES) };
    return {
      kind: "collect",
      prompt: `\r\n${quirks.prompt}`,
      length: withLength ? args.int(5, 1, quirks.publishLimit) : null,
      limit: quirks.publishLimit,
      silenceMs: DATA_SILENCE_MS,
      echo: quirks.payloadEcho,
      latency: LATENCY.PUBLISH_PROMPT,
      done(payload, ended) {
        if (ended === "silence") throw new AtError();
        // ESC gives up: OK without a result (Quectel manuals only say that it cancels).
        if (ended === "escape") return ok();
        return { ...okThen(() => client.publish({ ...head, payload })), latency: LATENCY.PUBLISH_OK };
      },
    };
  }

  const limit = `(1-${quirks.publishLimit})`;
  const commands: CommandTable = {
    "+QMTCFG": { test: () => configTest(quirks), write: ({ args }) => configure(args, clients, quirks) },
    "+QMTOPEN": {
      test: () => ["+QMTOPEN: (0-5),<hostname>,(1-65535)"],
      read: () => ok(...clients.filter(isOpen).map((client) => `+QMTOPEN: ${clients.indexOf(client)},"${client.host}",${client.port}`)),
      write({ args, startedAt }) {
        const client = clientOf(args);
        const [host, port] = [args.text(1, HOST_CHARACTERS), args.int(2, 1, MAX_ID)];
        return okThen(() => client.open(host, port, startedAt));
      },
    },
    "+QMTCONN": {
      test: () => ["+QMTCONN: (0-5),<clientid>,<username>,<password>"],
      read: () => ok(...clients.filter(isOpen).map((client) => `+QMTCONN: ${clients.indexOf(client)},${CONN_STATE[client.state]}`)),
      write({ args, startedAt }) {
        const client = clientOf(args, "open");
        const given = {
          clientId: args.text(1, TEXT_BYTES, ""),
          ...(args.has(2) ? { user: args.text(2, TEXT_BYTES) } : {}),
          ...(args.has(3) ? { password: args.text(3, TEXT_BYTES) } : {}),
        };
        client.state = "connecting";
        return okThen(() => client.connect(given, startedAt));
      },
    },
    "+QMTSUB": {
      test: () => ['+QMTSUB: (0-5),<msgid>,list of ["topic",qos]'],
      write({ args, startedAt }) {
        const client = clientOf(args, "connected");
        const [id, topics] = [args.int(1, 1, MAX_ID), subscriptions(args)];
        return okThen(() => client.subscribe(id, topics, startedAt));
      },
    },
    "+QMTUNS": {
      test: () => ['+QMTUNS: (0-5),<msgid>,list of ["topic"]'],
      write({ args, startedAt }) {
        const client = clientOf(args, "connected");
        const id = args.int(1, 1, MAX_ID);
        const topics = Array.from({ length: Math.max(1, args.count - 2) }, (_, i) => args.text(i + 2, TOPIC_BYTES));
        return okThen(() => client.unsubscribe(id, topics, startedAt));
      },
    },
    "+QMTPUB": {
      test: () => [`+QMTPUB: (0-5), <msgid>,(0-2),(0,1),"topic"${quirks.publishForms === "pub-ctrlz" ? "" : `,[${limit}]`}`],
      write: (call) => publish(call, quirks.publishForms !== "pub-ctrlz" && call.args.count > 5),
    },
    "+QMTDISC": {
      test: () => ["+QMTDISC: (0-5)"],
      write({ args, startedAt }) {
        const client = clientOf(args, "open", "connecting", "connected");
        return okThen(() => client.disconnect(startedAt));
      },
    },
    "+QMTCLOSE": {
      test: () => ["+QMTCLOSE: (0-5)"],
      write({ args, startedAt }) {
        const client = clientOf(args);
        return okThen(() => client.close(startedAt));
      },
    },
    "+QMTRECV": {
      test: () => ["+QMTRECV: (0-5),(0-4)"],
      read: () =>
        ok(
          ...clients
            .filter(isOpen)
            .map((client) => `+QMTRECV: ${clients.indexOf(client)},${client.slots.map((slot) => (slot ? 1 : 0)).join(",")}`),
        ),
      write({ args }) {
        const client = clientOf(args, "connected");
        const wanted = args.has(1) ? [args.int(1, 0, client.slots.length - 1)] : client.slots.keys();
        return ok(...[...wanted].flatMap((slot) => taken(client, slot)));
      },
    },
  };
  if (quirks.publishForms === "pubex") {
    commands["+QMTPUBEX"] = {
      test: () => [`+QMTPUBEX: (0-5),(0-${MAX_ID}),(0-2),(0,1),<topic>,${limit}`],
      write: (call) => publish(call, true),
    };
  }

  return {
    commands,
    clients,
    reset() {
      for (const client of clients) client.reset();
    },
  };
}

function isOpen({ state }: MqttClient): boolean {
  return state !== "closed";
}

/** The line of a buffered message, which leaves its slot. */
function taken(client: MqttClient, slot: number): string[] {
  const packet = client.slots[slot];
  client.slots[slot] = null;
  return packet ? [client.received(packet)] : [];
}

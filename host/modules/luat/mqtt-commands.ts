/** MQTT commands (Luat AT manual V1.6.3, chapter MQTT). */
import type { IConnectPacket } from "mqtt-packet";
import { ArgumentError, AtError, ok, okThen, type Args, type Call, type CommandTable, type Reply } from "../core/command.ts";
import type { Core } from "../core/core.ts";
import { CME } from "./errors.ts";
import { unescaped } from "./escapes.ts";
import * as LATENCY from "./latency.ts";
import type { MqttClient, MqttState } from "./mqtt-client.ts";
import { MQTT_CONTEXT, type SslCommands } from "./ssl.ts";
import type { LuatState } from "./state.ts";

const TEXT_BYTES = 256;
const WILL_BYTES = 1360;
const HOST_CHARACTERS = 128;
const MAX_PORT = 65_535;
const MAX_KEEPALIVE_S = 65_535;
/** MPUBEX without a length ends after so long without data, milliseconds. */
const END_SILENCE_MS = 5000;
/** MPUBEX with a length waits on; how long is not documented, but data mode must end when its bytes never come. */
const COUNTED_SILENCE_MS = 60_000;
/** MQTTSTATU: offline, authenticated, connection without MQTT. */
const STATUS: Record<MqttState, number> = { idle: 0, opening: 0, tcp: 2, connecting: 2, up: 1, closing: 2 };

interface Config {
  clientId: string;
  username?: string;
  password?: Buffer;
  will?: IConnectPacket["will"];
}

export interface MqttCommands {
  commands: CommandTable;
  reset(): void;
}

export function mqttCommands(core: Core, state: LuatState, client: MqttClient, ssl: SslCommands): MqttCommands {
  const { quirks } = core.settings;
  let config: Config | null = null;

  function need(...states: MqttState[]): void {
    if (!states.includes(client.state)) throw new AtError(CME.failed);
  }

  function start({ args, startedAt }: Call, secure: boolean): Reply {
    args.expect(2, 2);
    const host = args.anyText(0, HOST_CHARACTERS);
    const port = Number(args.anyText(1, 5));
    if (!(port >= 1 && port <= MAX_PORT)) throw new ArgumentError("argument 2");
    return okThen(() => client.open(host, port, secure ? ssl.settingsFor(MQTT_CONTEXT) : null, startedAt));
  }

  function head(args: Args): { topic: string; qos: 0 | 1 | 2; retain: boolean } {
    const topic = utf8(args.anyText(0, TEXT_BYTES));
    return { topic, qos: args.int(1, 0, 2) as 0 | 1 | 2, retain: args.int(2, 0, 1) === 1 };
  }

  /** The message within the command: as text with escapes, or hexadecimal. */
  function message(args: Args): Buffer {
    const text = args.text(3, Infinity);
    const hex = state.session.settings["+MQTTMODE"] === 1;
    if (hex && !/^([0-9A-F]{2})*$/i.test(text)) throw new ArgumentError("argument 4");
    const payload = hex ? Buffer.from(text, "hex") : Buffer.from(unescaped(text), "latin1");
    if (payload.length > quirks.publishLimit) throw new ArgumentError("argument 4");
    return payload;
  }

  const commands: CommandTable = {
    "+MCONFIG": {
      test: () => [],
      write({ args }) {
        config = configOf(args);
        return ok();
      },
    },
    "+MIPSTART": { test: () => [], write: (call) => start(call, false) },
    "+MCONNECT": {
      test: () => [],
      write({ args, startedAt }) {
        args.expect(2, 3);
        const [clean, keepalive] = [args.int(0, 0, 1) === 1, args.int(1, 1, MAX_KEEPALIVE_S)];
        args.int(2, 0, 1, 0);
        need("tcp");
        if (!config) throw new AtError(CME.failed);
        const packet = { protocolId: "MQTT", protocolVersion: 4, clean, keepalive, ...config } as const;
        client.state = "connecting";
        return okThen(() => client.connect(packet, startedAt));
      },
    },
    "+MSUB": {
      test: () => [],
      write({ args, startedAt }) {
        const [topic, qos] = [utf8(args.anyText(0, TEXT_BYTES)), args.int(1, 0, 2) as 0 | 1 | 2];
        need("up");
        return okThen(() => client.subscribe(topic, qos, startedAt));
      },
    },
    "+MUNSUB": {
      test: () => [],
      write({ args, startedAt }) {
        const topic = utf8(args.anyText(0, TEXT_BYTES));
        need("up");
        return okThen(() => client.unsubscribe(topic, startedAt));
      },
    },
    "+MPUB": {
      test: () => [],
      write({ args, startedAt }) {
        args.expect(4, 4);
        const publish = { ...head(args), payload: message(args) };
        need("up");
        return okThen(() => client.publish(publish, startedAt));
      },
    },
    "+MDISCONNECT": {
      test: () => [],
      run({ startedAt }) {
        need("up");
        return okThen(() => client.disconnect(startedAt));
      },
    },
    "+MIPCLOSE": {
      test: () => [],
      run() {
        need("opening", "tcp", "connecting", "up", "closing");
        return okThen(() => client.close());
      },
    },
    "+MQTTSTATU": { run: () => ok(`+MQTTSTATU :${STATUS[client.state]}`) },
  };
  if (quirks.tls) {
    commands["+SSLMIPSTART"] = { test: () => [], write: (call) => start(call, true) };
    Object.assign(commands, ssl.commands);
  }
  if (quirks.publishForms === "pubex") {
    commands["+MPUBEX"] = {
      ...(quirks.mpubexTest ? { test: () => [] } : {}),
      write({ args }) {
        args.expect(3, 4);
        const publish = head(args);
        const length = args.has(3) ? args.int(3, 1, quirks.publishLimit) : null;
        need("up");
        return {
          kind: "collect",
          prompt: `\r\n${quirks.prompt}`,
          length,
          limit: quirks.publishLimit,
          noEscape: true,
          silenceMs: length === null ? END_SILENCE_MS : COUNTED_SILENCE_MS,
          echo: quirks.echoData ? "always" : quirks.payloadEcho,
          latency: LATENCY.SIMPLE,
          done(payload, ended) {
            if (length !== null && ended === "silence") throw new AtError();
            need("up");
            const endedAt = core.now();
            return okThen(() => client.publish({ ...publish, payload }, endedAt));
          },
        };
      },
    };
  }

  return { commands, reset: () => void (config = null) };
}

/** `<clientid>[,<user>,<password>[,<will_qos>,<will_retain>,"<will_topic>","<will_msg>"]]`; an empty user or password is none. */
function configOf(args: Args): Config {
  if (![1, 3, 7].includes(args.count)) throw new ArgumentError(`${args.count} arguments`);
  const clientId = utf8(args.anyText(0, TEXT_BYTES));
  const [user, password] = [args.anyText(1, TEXT_BYTES, ""), args.anyText(2, TEXT_BYTES, "")];
  const config: Config = {
    clientId,
    ...(user === "" ? {} : { username: utf8(user) }),
    ...(password === "" ? {} : { password: Buffer.from(password, "latin1") }),
  };
  if (args.count < 7) return config;
  const [qos, retain] = [args.int(3, 0, 2) as 0 | 1 | 2, args.int(4, 0, 1) === 1];
  const [topic, payload] = [utf8(args.text(5, TEXT_BYTES)), Buffer.from(args.text(6, WILL_BYTES), "latin1")];
  return { ...config, will: { topic, payload, qos, retain } };
}

/** Text of a command line, one character per byte, as the UTF-8 that it is. */
function utf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** QMTCFG: what a client is told before it connects (EC2x MQTT application note). RAM only. */
import { createHmac } from "node:crypto";
import type { IConnectPacket } from "mqtt-packet";
import { AtError, ok, type Args, type Reply } from "../core/command.ts";
import type { Quirks } from "../options.ts";

export interface MqttConfig {
  /** 3: MQTT 3.1, 4: 3.1.1. */
  version: number;
  pdpcid: number;
  ssl: { enabled: number; ctx: number };
  /** Seconds, 0 never. */
  keepalive: number;
  /** 1: clean session. */
  session: number;
  timeout: { packetS: number; retries: number; notice: number };
  will: { flag: number; qos: number; retain: number; topic: string; message: string };
  receive: { buffered: number; length: number };
  aliauth: { productKey: string; deviceName: string; deviceSecret: string } | null;
}

export function factoryConfig(): MqttConfig {
  return {
    version: 3,
    pdpcid: 1,
    ssl: { enabled: 0, ctx: 0 },
    keepalive: 120,
    session: 1,
    timeout: { packetS: 5, retries: 3, notice: 0 },
    will: { flag: 0, qos: 0, retain: 0, topic: "", message: "" },
    receive: { buffered: 0, length: 0 },
    aliauth: null,
  };
}

const TOPIC_BYTES = 256;
const TEXT_BYTES = 256;

interface Item {
  test: string;
  /** The values as `AT+QMTCFG="item",<client>` prints them behind the client. */
  read(config: MqttConfig): string;
  /** Arguments count from 2. */
  write(config: MqttConfig, args: Args): void;
}

const number = (key: "version" | "pdpcid" | "keepalive" | "session", min: number, max: number): Item => ({
  test: `(${min}-${max})`,
  read: (config) => String(config[key]),
  write: (config, args) => void (config[key] = args.int(2, min, max)),
});

const ITEMS: Record<string, Item> = {
  version: { ...number("version", 3, 4), test: "(3,4)" },
  pdpcid: number("pdpcid", 1, 16),
  ssl: {
    test: "(0,1),(0-5)",
    read: ({ ssl }) => (ssl.enabled ? `1,${ssl.ctx}` : "0"),
    write: (config, args) => void (config.ssl = { enabled: args.int(2, 0, 1), ctx: args.int(3, 0, 5, 0) }),
  },
  keepalive: number("keepalive", 0, 3600),
  session: { ...number("session", 0, 1), test: "(0,1)" },
  timeout: {
    test: "(1-60),(0-10),(0,1)",
    read: ({ timeout }) => `${timeout.packetS},${timeout.retries},${timeout.notice}`,
    write: (config, args) =>
      void (config.timeout = { packetS: args.int(2, 1, 60), retries: args.int(3, 0, 10, 3), notice: args.int(4, 0, 1, 0) }),
  },
  will: {
    test: "(0,1),(0-2),(0,1),<will_topic>,<will_msg>",
    read: ({ will }) => (will.flag ? `1,${will.qos},${will.retain},"${will.topic}","${will.message}"` : "0"),
    write(config, args) {
      const flag = args.int(2, 0, 1);
      config.will = flag
        ? { flag, qos: args.int(3, 0, 2), retain: args.int(4, 0, 1), topic: args.text(5, TOPIC_BYTES), message: args.text(6, TEXT_BYTES) }
        : factoryConfig().will;
    },
  },
  "recv/mode": {
    test: "(0,1),(0,1)",
    read: ({ receive }) => `${receive.buffered},${receive.length}`,
    write: (config, args) => void (config.receive = { buffered: args.int(2, 0, 1), length: args.int(3, 0, 1, 0) }),
  },
  aliauth: {
    test: "<productkey>,<devicename>,<devicesecret>",
    read: ({ aliauth }) => (aliauth ? `"${aliauth.productKey}","${aliauth.deviceName}",""` : '"","",""'),
    write(config, args) {
      const [productKey, deviceName, deviceSecret] = [args.text(2, TEXT_BYTES), args.text(3, TEXT_BYTES), args.text(4, TEXT_BYTES)];
      config.aliauth = productKey ? { productKey, deviceName, deviceSecret } : null;
    },
  },
};

export function configTest(quirks: Quirks): string[] {
  return Object.entries(ITEMS)
    .filter(([name]) => name !== "recv/mode" || quirks.recvMode)
    .map(([name, { test }]) => `+QMTCFG: "${name}",(0-5),${name === "recv/mode" && !quirks.recvLength ? "(0,1)" : test}`);
}

/** One line of QMTCFG: reads with two arguments, writes with more. */
export function configure(args: Args, clients: readonly { config: MqttConfig }[], quirks: Quirks): Reply {
  const name = args.text(0, 20).toLowerCase();
  const item = ITEMS[name];
  const client = args.int(1, 0, clients.length - 1);
  if (!item || (name === "recv/mode" && (!quirks.recvMode || (args.has(3) && !quirks.recvLength)))) throw new AtError();
  const { config } = clients[client] as { config: MqttConfig };
  if (args.count === 2) return ok(`+QMTCFG: "${name}",${item.read(config)}`);
  item.write(config, args);
  return ok();
}

export interface Credentials {
  clientId: string;
  user?: string;
  password?: string;
}

/** With aliauth the module works out Aliyun's client id, user name and password itself (Aliyun: MQTT connection, HMAC-SHA1). */
function credentials(config: MqttConfig, given: Credentials): Credentials {
  if (!config.aliauth || given.user !== undefined) return given;
  const { productKey, deviceName, deviceSecret } = config.aliauth;
  const id = given.clientId || `${productKey}.${deviceName}`;
  const content = `clientId${id}deviceName${deviceName}productKey${productKey}`;
  return {
    clientId: `${id}|securemode=${config.ssl.enabled ? 2 : 3},signmethod=hmacsha1|`,
    user: `${deviceName}&${productKey}`,
    password: createHmac("sha1", Buffer.from(deviceSecret, "latin1")).update(content, "latin1").digest("hex"),
  };
}

/** What the client says to the broker first. */
export function connectPacket(config: MqttConfig, given: Credentials): Omit<IConnectPacket, "cmd"> {
  const { clientId, user, password } = credentials(config, given);
  const { version, session, keepalive, will } = config;
  return {
    ...(version === 4 ? { protocolId: "MQTT", protocolVersion: 4 } : { protocolId: "MQIsdp", protocolVersion: 3 }),
    clientId: utf8(clientId),
    clean: session === 1,
    keepalive,
    ...(user === undefined ? {} : { username: utf8(user) }),
    ...(password === undefined ? {} : { password: Buffer.from(password, "latin1") }),
    ...(will.flag === 0 ? {} : { will: lastWill(will) }),
  };
}

function lastWill({ qos, retain, topic, message }: MqttConfig["will"]): IConnectPacket["will"] {
  return { topic: utf8(topic), payload: Buffer.from(message, "latin1"), qos: qos as 0 | 1 | 2, retain: retain === 1 };
}

/** Text of a command line, one character per byte, as the UTF-8 that it is. */
export function utf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

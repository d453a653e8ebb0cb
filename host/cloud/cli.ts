/** `npm run cloud`: an emulated cloud for other programs and for hardware. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { serveAdmin } from "./admin/server.ts";
import type { AdminServer } from "./admin/server.ts";
import { eventText } from "./events.ts";
import type { CloudEvent } from "./events.ts";
import { PLATFORMS } from "./platforms.ts";
import type { Platform } from "./platforms.ts";

interface Options {
  platform: string;
  mqtt: number;
  mqtts: number;
  https: number;
  admin: number;
  listen: string;
  name: string[];
  data: string;
  ca?: string;
  set: string[];
  verbose?: true;
}

const DEFAULT_PLATFORM = "aliyun";

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError("It must be a whole number from 0 to 65535.");
  return value;
}

function collected(text: string, texts: string[]): string[] {
  return [...texts, text];
}

const program = new Command("npm run cloud --")
  .description("Emulates a cloud for devices: MQTT over TCP and TLS, HTTPS, and commands for its owner. It says what it refuses, and why.")
  .option("--platform <name>", `which: ${Object.keys(PLATFORMS).join(", ")}`, DEFAULT_PLATFORM)
  .option("--mqtt <port>", "MQTT over TCP, and TLS as well; 0 for a free port, as for all ports", port, 1883)
  .option("--mqtts <port>", "MQTT over TLS", port, 8883)
  .option("--https <port>", "HTTPS", port, 8443)
  .option("--admin <port>", "commands as JSON over HTTP, for this PC only: GET / says which", port, 8480)
  .option("--listen <address>", "address for devices; 0.0.0.0 for all", "127.0.0.1")
  .option(
    "--name <host>",
    "name or address that devices use, for the certificate and for addresses of files; may be repeated",
    collected,
    [],
  )
  .option("--data <folder>", "what is remembered: devices, secrets, sessions, files", "cloud-data")
  .option("--ca <file>", "where the authority's certificate goes (default: ca.pem in the data folder)")
  .option("--set <switch=value>", "how strict it is; may be repeated", collected, [])
  .option("--verbose", "every message too")
  .addHelpText("after", switchesHelp())
  .addHelpText("after", "\nExit codes: 0 done (Ctrl-C), 1 failed (the last line says why), 2 wrong usage.")
  .exitOverride();

async function main(): Promise<number> {
  let options: Options;
  try {
    options = parsed();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode == 0 ? 0 : 2;
  }
  const closing: (() => Promise<void>)[] = [];
  try {
    await run(options, closing);
    return 0;
  } catch (error) {
    console.error(`cloud failed: ${reason(error as NodeJS.ErrnoException)}`);
    return 1;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function parsed(): Options {
  program.parse();
  const options = program.opts<Options>();
  if (!Object.hasOwn(PLATFORMS, options.platform))
    program.error(`error: no platform "${options.platform}"; there are: ${Object.keys(PLATFORMS).join(", ")}`);
  return options;
}

function switchesHelp(): string {
  const listed = (name: string, { switches }: Platform): string[] => [
    `\nSwitches of --set and their defaults, for ${name} (times in milliseconds):`,
    ...Object.entries(switches).map(([one, value]) => `  ${one}=${String(value)}`),
  ];
  return Object.entries(PLATFORMS)
    .flatMap(([name, platform]) => (platform ? listed(name, platform) : []))
    .join("\n");
}

async function run(options: Options, closing: (() => Promise<void>)[]): Promise<void> {
  const { mqtt, mqtts, https, listen, name: names, set: switches } = options;
  const folder = resolve(options.data);
  mkdirSync(folder, { recursive: true });
  let admin: AdminServer | null = null;
  const platform = await (PLATFORMS[options.platform] as Platform).start({
    ports: { mqtt, mqtts, https },
    ...{ listen, names, folder, switches },
    onEvent: (event) => {
      admin?.tell(event);
      const text = eventText(event) || (options.verbose ? messageText(event) : "");
      if (text) console.log(`${new Date().toISOString()} ${text}`);
    },
  });
  closing.push(() => platform.close());
  admin = await serveAdmin(platform.commands, options.admin);
  const server = admin;
  closing.push(() => server.close());
  const ca = resolve(options.ca ?? join(folder, "ca.pem"));
  writeFileSync(ca, platform.ca);
  const facts = [...platform.facts, ["admin", `http://127.0.0.1:${admin.port}`], ["ca", ca]] as const;
  for (const [what, text] of facts) console.log(`${what.padEnd(6)}${text}`);
  console.log("ready");
  await new Promise<void>((stop) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop());
  });
}

function messageText(event: CloudEvent): string {
  if (event.ev == "subscribe") return `client ${event.client} subscribes to ${event.topics.join(", ")}`;
  if (event.ev == "publish")
    return `client ${event.client ?? "?"} publishes ${event.payload.length} bytes to ${event.topic}, QoS ${event.qos}`;
  if (event.ev == "answer") return `cloud publishes ${event.payload.length} bytes to ${event.topic}, QoS ${event.qos}`;
  return event.ev == "ack" ? `client ${event.client} acknowledges message ${event.messageId}` : "";
}

/** What people can do something about, in words. */
function reason(error: NodeJS.ErrnoException & { address?: string; port?: number }): string {
  const where = `port ${error.port} of ${error.address}`;
  if (error.code == "EADDRINUSE" && error.port !== undefined) return `${where} is taken; choose another (0: a free one)`;
  if (error.code == "EACCES" && error.port !== undefined) return `${where} is not allowed for this user; choose one from 1024`;
  if (error.code == "EADDRNOTAVAIL") return `${error.address} is no address of this PC`;
  return error.message;
}

process.exitCode = await main();

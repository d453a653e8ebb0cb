/** `npm run cloud`: an emulated cloud for other programs and for hardware. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { serveAdmin } from "./admin/server.ts";
import type { AdminServer } from "./admin/server.ts";
import { runCommandLine, UsageError } from "../command-line/run.ts";
import { nextSignal } from "../command-line/signals.ts";
import { collected, wholeNumber } from "../command-line/values.ts";
import { OptionError } from "../project/mistakes.ts";
import { eventText } from "./shared/events.ts";
import type { CloudEvent } from "./shared/events.ts";
import { CLOUD_NAMES, cloudNamed, DEFAULT_PLATFORM, findCloud } from "./find.ts";
import type { Platform } from "./types.ts";

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

/** Clouds that run by themselves. */
const PLATFORMS = CLOUD_NAMES.filter((name) => cloudNamed(name).platform);

const port = wholeNumber(0, 65_535);

const program = new Command("npm run cloud --")
  .description("Emulates a cloud for devices: MQTT over TCP and TLS, HTTPS, and commands for its owner. It says what it refuses, and why.")
  .option("--platform <name>", `which: ${PLATFORMS.join(", ")}`, DEFAULT_PLATFORM)
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
  .action(emulate);

async function emulate(options: Options): Promise<void> {
  const platform = findCloud(options.platform)?.platform;
  if (!platform) throw new UsageError(`no platform "${options.platform}"; there are: ${PLATFORMS.join(", ")}`);
  const closing: (() => Promise<void>)[] = [];
  try {
    await run(platform, options, closing);
  } catch (error) {
    throw error instanceof OptionError ? error : new Error(reason(error as NodeJS.ErrnoException));
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

function switchesHelp(): string {
  const listed = (name: string, { switches }: Platform): string[] => [
    `\nSwitches of --set and their defaults, for ${name} (times in milliseconds):`,
    ...Object.entries(switches).map(([one, value]) => `  ${one}=${String(value)}`),
  ];
  return PLATFORMS.flatMap((name) => listed(name, cloudNamed(name).platform as Platform)).join("\n");
}

async function run(chosen: Platform, options: Options, closing: (() => Promise<void>)[]): Promise<void> {
  const { mqtt, mqtts, https, listen, name: names, set: switches } = options;
  const folder = resolve(options.data);
  mkdirSync(folder, { recursive: true });
  let admin: AdminServer | null = null;
  const platform = await chosen.start({
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
  await nextSignal();
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

await runCommandLine("cloud", program);

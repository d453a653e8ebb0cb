/** `npm run ota`: pushes a package to one device, and shows what the device reports. */
import { Command, InvalidArgumentError, Option } from "commander";
import { CLOUD_NAMES, cloudNamed } from "../clouds/find.ts";
import type { LineEvent, Outcome, UpdateEvent, Updates } from "../clouds/types.ts";
import { readBytes } from "../config/validate.ts";
import { runCommandLine, UsageError } from "../command-line/run.ts";
import { InterruptedError, nextSignal } from "../command-line/signals.ts";
import { wholeNumber } from "../command-line/values.ts";
import { Display } from "./display.ts";
import { readPackage } from "./format.ts";
import type { Package } from "./format.ts";

interface Options {
  to: string;
  package: string;
  broker?: string;
  ca?: string;
  username?: string;
  passwordFile?: string;
  topicBase: string;
  cloud?: string;
  transport: "mqtt" | "https";
  timeout: number;
}

const DEFAULT_BASE = "devices/{deviceName}";
const DEFAULT_TIMEOUT_S = 1800;
/** A device's name is one level of a topic. */
const NAME = /^[^+#/\s\x00-\x1f\x7f]{1,64}$/;

function device(text: string): string {
  if (!NAME.test(text)) throw new InvalidArgumentError("It must be the name of one device.");
  return text;
}

function brokerUrl(text: string): string {
  if (!/^mqtts?:\/\/(\[[0-9a-f:]+\]|[^\s:/@?#]+):\d{1,5}$/i.test(text))
    throw new InvalidArgumentError("It must be mqtt://host:port or mqtts://host:port.");
  return text;
}

function controlUrl(text: string): string {
  if (!/^https?:\/\/[^\s/@?#]+\/?$/i.test(text)) throw new InvalidArgumentError("It must be http://host:port.");
  return text;
}

const program = new Command("npm run ota --")
  .description("Pushes a package to a device and waits until the device reports that it runs the new version.")
  .requiredOption("--to <device>", "name of the device", device)
  .requiredOption("--package <file>", "made by npm run package")
  .option("--broker <url>", "the device's broker: mqtt://host:port or mqtts://host:port", brokerUrl)
  .option("--ca <file>", "certificate of the authority that the broker is verified by (default: those that Node.js knows)")
  .option("--username <name>", "who we are to the broker")
  .option("--password-file <file>", "file whose first line is the password (default: the environment variable OTA_PASSWORD)")
  .option("--topic-base <topic>", "as the product's topicBase", DEFAULT_BASE)
  .option(
    "--cloud <url>",
    `instead of a broker: the commands of npm run cloud, http://127.0.0.1:8480; it has updates for ${withWay("byCommands").join(", ")}`,
    controlUrl,
  )
  .addOption(new Option("--transport <way>", "with --cloud, how the device gets the file").choices(["mqtt", "https"]).default("mqtt"))
  .option("--timeout <seconds>", "until the device must have reported the new version", wholeNumber(1, 999_999), DEFAULT_TIMEOUT_S)
  .action(ota);

async function ota(options: Options): Promise<void> {
  const base = checked(options);
  const stop = new AbortController();
  void nextSignal().then((signal) => stop.abort(new InterruptedError(signal, "; pushed again, the device goes on where it is")));
  const outcome = await pushed(options, base, stop.signal);
  if ("reason" in outcome) throw new Error(outcome.reason);
  console.log(`updated to ${outcome.version} in ${(outcome.ms / 1000).toFixed(1)} s`);
}

/** @returns the base of the device's topics. */
function checked({ to, broker, cloud, ca, username, passwordFile, topicBase }: Options): string {
  const wrong = (message: string): never => {
    throw new UsageError(message);
  };
  if (program.args.length) wrong(`unexpected argument "${program.args.join(" ")}"`);
  if (!broker == !cloud) wrong(broker ? "--broker and --cloud: only one of them" : "--broker or --cloud is needed");
  if (cloud && (ca ?? username ?? passwordFile) !== undefined) wrong("--ca, --username and --password-file are for --broker");
  if (passwordFile !== undefined && username === undefined) wrong("--password-file wants --username");
  if (ca !== undefined && !/^mqtts:/i.test(broker ?? "")) wrong("--ca is for mqtts://: over mqtt:// nothing is verified");
  const base = topicBase.replaceAll("{deviceName}", to);
  if (/[{}+#\s]|^$|\/$/.test(base)) wrong(`--topic-base ${topicBase}: a topic, with no placeholder but {deviceName}`);
  return base;
}

/** @throws {ConfigError} about files. */
async function pushed(options: Options, base: string, stop: AbortSignal): Promise<Outcome> {
  const { to, broker, cloud, ca, username, passwordFile, transport, timeout } = options;
  const found = readPackage(readBytes(options.package), options.package);
  const screen = new Display(process.stdout);
  screen.line(`${options.package}: version ${found.manifest.version} for board ${found.manifest.board}, ${found.data.length} bytes`);
  const common = { software: { version: found.manifest.version, data: found.data }, timeoutMs: timeout * 1000, stop };
  try {
    if (cloud !== undefined)
      return await wayOf(
        "byCommands",
        found,
      )({
        ...{ control: cloud, deviceName: to, transport },
        ...common,
        onProgress: ({ status, step, description }) => {
          screen.line(`cloud: ${status}${step && `, step ${step}`}${description && `: ${description}`}`);
          if (Number(step) > 0) screen.progress(Number(step), `of ${found.data.length} bytes`);
        },
      });
    const login = username !== undefined && { username, password: passwordOf(passwordFile) };
    return await wayOf(
      "overBroker",
      found,
    )({
      ...{ url: broker as string, base },
      ...(ca !== undefined && { ca: readBytes(ca).toString("utf8") }),
      ...login,
      ...common,
      onEvent: (event) => show(screen, event, to, found),
    });
  } finally {
    screen.end();
  }
}

type Way = "overBroker" | "byCommands";

/** Clouds that take updates on this way. */
function withWay(way: Way): string[] {
  return CLOUD_NAMES.filter((name) => cloudNamed(name).updates?.[way]);
}

/** That of the package's own cloud, else of the first that has it: a device that is on another cloud refuses the package. */
function wayOf<W extends Way>(way: W, { manifest }: Package): NonNullable<Updates[W]> {
  const names = withWay(way);
  const name = names.includes(manifest.cloud) ? manifest.cloud : (names[0] as string);
  return cloudNamed(name).updates?.[way] as NonNullable<Updates[W]>;
}

/** @throws {ConfigError} */
function passwordOf(file: string | undefined): string {
  if (file === undefined) return process.env["OTA_PASSWORD"] ?? "";
  return readBytes(file).toString("utf8").split(/\r?\n/)[0] ?? "";
}

function show(screen: Display, event: UpdateEvent | LineEvent, device: string, { data, manifest }: Package): void {
  switch (event.ev) {
    case "connected":
      return screen.line("broker: connected");
    case "connection-lost":
      return screen.line("broker: connection lost, connecting again");
    case "pushed":
      return screen.line(`told ${device} of version ${manifest.version}`);
    case "inform":
      return screen.line(`${device}: runs ${event.version}`);
    case "progress":
      if (event.step < 0 || event.text)
        screen.line(`${device}: ${event.step < 0 ? `step ${event.step}` : `${event.step} %`}${event.text && `: ${event.text}`}`);
      return event.step > 0 ? screen.progress(event.step, "reported by the device") : undefined;
    case "block":
      // The last per cent is the device's to report.
      return screen.progress(Math.min(99, Math.floor((100 * event.bytes) / event.of)), `${event.bytes} of ${data.length} bytes`);
    case "rejected":
      return screen.line(`${event.topic}: rejected: ${event.reason}`);
    default:
  }
}

await runCommandLine("ota", program);

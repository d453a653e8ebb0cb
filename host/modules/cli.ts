/** `npm run modem`: an emulated module for another program. */
import { Command } from "commander";
import { runCommandLine, UsageError } from "../command-line/run.ts";
import { nextSignal } from "../command-line/signals.ts";
import { digits, numberFrom, wholeNumber } from "../command-line/values.ts";
import { RealClock } from "../time/clock.ts";
import { FAULTS, SETTINGS } from "./control.ts";
import { serveControl } from "./control-server.ts";
import { findModule, MODELS } from "./find.ts";
import { createModem, type Modem, type ModemEvent } from "./modem.ts";
import { overPty, overSerial, overTcp, type Transport } from "./transports.ts";

interface Options {
  model: string;
  pty?: true;
  tcp?: number;
  serial?: string;
  control?: number;
  chunk?: number;
  noise?: true;
  seed?: number;
  latency?: number;
  rssi?: number;
  imei?: string;
  off?: true;
  nitz?: true;
  verbose?: true;
}

function listed(title: string, table: Record<string, { help: string }>): string {
  const width = Math.max(...Object.keys(table).map((name) => name.length)) + 2;
  return [`\n${title}`, ...Object.entries(table).map(([name, { help }]) => `  ${name.padEnd(width)}${help}`)].join("\n");
}

/** `+CSQ` (3GPP TS 27.007, 8.5): 99 is not known or not detectable. */
function signalQuality(text: string): number {
  return text == "99" ? 99 : wholeNumber(0, 31)(text);
}

const program = new Command("npm run modem --")
  .description("Emulates a cellular module. It makes real TCP and TLS connections, and verifies servers with the files uploaded to it.")
  .requiredOption("--model <name>", `which module: ${MODELS.join(", ")}`)
  .option("--pty", "on a pseudo-terminal; prints its path")
  .option("--tcp <port>", "on a TCP port of this machine, 0 for a free one", wholeNumber(0, 65_535))
  .option("--serial <device>", "on a serial port")
  .option("--control <port>", "JSON lines in and out on this TCP port, 0 for a free one", wholeNumber(0, 65_535))
  .option("--chunk <bytes>", "output comes in pieces of 1 to this many bytes", wholeNumber(1, 65_536))
  .option("--noise", "garbage, empty lines and unknown URCs between the lines")
  .option("--seed <number>", "of delays, noise and chunks", wholeNumber(0, 2 ** 32 - 1))
  .option("--latency <factor>", "1 is as slow as a real module, 0 answers at once", numberFrom(0, 100))
  .option("--rssi <value>", "signal, 0..31, 99 unknown", signalQuality)
  .option("--imei <digits>", "15 digits", digits(15))
  .option("--nitz", "the network gives the time")
  .option("--off", "starts switched off: the power key comes over the control port")
  .option("--verbose", "tells on standard error what happens")
  .addHelpText(
    "after",
    listed('Control port: {"pin":"PWRKEY","level":0}, {"urc":"..."}, {"get":"state"}, {"fault":NAME} with NAME', FAULTS),
  )
  .addHelpText("after", listed('and {"set":NAME} with NAME', SETTINGS))
  .action(run);

function check(options: Options): void {
  if (!findModule(options.model)) throw new UsageError(`no model "${options.model}"; there are: ${MODELS.join(", ")}`);
  if ([options.pty, options.tcp, options.serial].filter((way) => way !== undefined).length !== 1)
    throw new UsageError("one of --pty, --tcp, --serial is needed");
}

async function connect(modem: Modem, { tcp, serial }: Options): Promise<Transport> {
  if (serial !== undefined) return overSerial(modem, serial);
  return tcp === undefined ? overPty(modem) : overTcp(modem, tcp);
}

function printEvent({ ev, ...details }: ModemEvent): void {
  const texts = Object.entries(details).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  console.error(`${(performance.now() / 1000).toFixed(3).padStart(9)} ${ev} ${texts.join(" ")}`.trimEnd());
}

async function run(options: Options): Promise<void> {
  check(options);
  const { model, chunk, noise, seed, latency, rssi, nitz, imei: number } = options;
  const modem = await createModem({
    model,
    clock: new RealClock(),
    network: { ...(rssi === undefined ? {} : { rssi }), nitz: nitz ?? false },
    ...(chunk === undefined ? {} : { chunk }),
    ...(noise ? { noise } : {}),
    ...(seed === undefined ? {} : { seed }),
    ...(latency === undefined ? {} : { latencyScale: latency }),
    ...(number === undefined ? {} : { imei: number }),
  });
  if (options.verbose) modem.on("event", printEvent);
  const closing: { close(): Promise<void> }[] = [];
  try {
    const transport = await connect(modem, options);
    closing.push(transport);
    console.log(transport.where);
    if (options.control !== undefined) {
      const server = await serveControl(modem, options.control);
      closing.push(server);
      console.log(`control 127.0.0.1:${server.port}`);
    }
    if (!options.off) modem.start();
    await nextSignal();
  } finally {
    await modem.close();
    for (const one of closing) await one.close();
  }
}

await runCommandLine("modem", program);

/** The emulated Aliyun platform as `npm run cloud` starts it: on the ports asked for, with what it has to remember in a folder. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { keptCertificate } from "../certificate.ts";
import type { PlatformOptions, RunningPlatform } from "../platforms.ts";
import { aliyunCommands } from "./commands.ts";
import { certificateNames, REGIONS } from "./hosts.ts";
import { DEMO } from "./seeded.ts";
import { startAliyunCloud } from "./start.ts";
import type { AliyunCloud } from "./start.ts";
import { parseSwitch } from "./switches.ts";
import type { Switches } from "./switches.ts";

/** Addresses that stand for all of this PC's. */
const ANY = ["0.0.0.0", "::"];

export async function startPlatform({ ports, listen, names, folder, switches, onEvent }: PlatformOptions): Promise<RunningPlatform> {
  const set = switchesOf(switches);
  const certificate = await keptCertificate(folder, "Emulated cloud", [
    "localhost",
    ...REGIONS.flatMap(certificateNames),
    ...names,
    ...(ANY.includes(listen) ? [] : [listen]),
  ]);
  const tls = certificate.server;
  const cloud = await startAliyunCloud({
    doors: [
      { host: listen, port: ports.mqtts, tls },
      { host: listen, port: ports.mqtt, tls, plainToo: true },
    ],
    https: { host: listen, port: ports.https, tls },
    host: names[0] ?? (ANY.includes(listen) ? "localhost" : listen),
    file: join(folder, "aliyun.db"),
    switches: set,
    onEvent,
  });
  const [mqtts, mqtt] = cloud.broker.ports;
  return {
    facts: [
      ["mqtt", `${listen}:${mqtt} (TCP, and TLS as on the platform)`],
      ["mqtts", `${listen}:${mqtts}`],
      ["https", `https://${listen}:${cloud.httpsPort} (/auth/devicename, /auth/register/device, files)`],
      ...demo(cloud, folder),
    ],
    ca: certificate.ca,
    commands: aliyunCommands(cloud.api),
    close: () => cloud.close(),
  };
}

function switchesOf(texts: readonly string[]): Partial<Switches> {
  const parsed = texts.map((text) => {
    const [, name = text, value = ""] = /^([^=]*)=(.*)$/.exec(text) ?? [];
    return parseSwitch(name, value);
  });
  return Object.assign({}, ...parsed) as Partial<Switches>;
}

/** Somewhere to begin: a new platform has one product and one device, and their secrets in a file that only its owner reads. */
function demo({ api }: AliyunCloud, folder: string): [string, string][] {
  const count = api.products().length;
  if (count) return [["data", `${folder}: ${count} product${count == 1 ? "" : "s"}`]];
  const { productKey, productSecret, deviceName, deviceSecret } = DEMO;
  api.addProduct({ productKey, productSecret, registration: true });
  api.addDevice(productKey, deviceName, deviceSecret);
  const file = join(folder, "demo.json");
  writeFileSync(file, `${JSON.stringify(DEMO, null, 2)}\n`, { mode: 0o600 });
  return [
    ["data", `${folder}: new`],
    ["demo", `device ${deviceName} of product ${productKey}; its secrets are in ${file}`],
  ];
}

/** The emulated Aliyun platform as `npm run cloud` starts it: on the ports asked for, with what it has to remember in a folder. */
import { join } from "node:path";
import { demoFile, isAny, serverCertificate } from "../shared/kept.ts";
import type { PlatformOptions, RunningPlatform } from "../types.ts";
import { parseSwitches } from "../shared/parse-switch.ts";
import { aliyunCommands } from "./commands.ts";
import { certificateNames, REGIONS } from "./hosts.ts";
import { DEMO } from "./seeded.ts";
import { startAliyunCloud } from "./start.ts";
import { parseSwitch } from "./switches.ts";

export async function startPlatform(options: PlatformOptions): Promise<RunningPlatform> {
  const { ports, listen, names, folder, onEvent } = options;
  const switches = parseSwitches(options.switches, parseSwitch);
  const certificate = await serverCertificate(options, REGIONS.flatMap(certificateNames));
  const tls = certificate.server;
  const cloud = await startAliyunCloud({
    doors: [
      { host: listen, port: ports.mqtts, tls },
      { host: listen, port: ports.mqtt, tls, plainToo: true },
    ],
    https: { host: listen, port: ports.https, tls },
    host: names[0] ?? (isAny(listen) ? "localhost" : listen),
    file: join(folder, "aliyun.db"),
    switches,
    onEvent,
  });
  const { api, broker } = cloud;
  const [mqtts, mqtt] = broker.ports;
  return {
    facts: [
      ["mqtt", `${listen}:${mqtt} (TCP, and TLS as on the platform)`],
      ["mqtts", `${listen}:${mqtts}`],
      ["https", `https://${listen}:${cloud.httpsPort} (/auth/devicename, /auth/register/device, files)`],
      ...demoFile(folder, "product", api.products().length, DEMO, () => {
        const { productKey, productSecret, deviceName, deviceSecret } = DEMO;
        api.addProduct({ productKey, productSecret, registration: true });
        api.addDevice(productKey, deviceName, deviceSecret);
        return `device ${deviceName} of product ${productKey}`;
      }),
    ],
    ca: certificate.ca,
    commands: aliyunCommands(api),
    close: () => cloud.close(),
  };
}

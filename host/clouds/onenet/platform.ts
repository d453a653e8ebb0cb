/** The emulated OneNET as `npm run cloud` starts it. */
import { join } from "node:path";
import { demoFile, serverCertificate } from "../shared/kept.ts";
import type { PlatformOptions, RunningPlatform } from "../types.ts";
import { parseSwitches } from "../shared/parse-switch.ts";
import { onenetCommands } from "./commands.ts";
import { PLAIN, SECURE } from "./hosts.ts";
import { DEMO, startOnenetCloud } from "./start.ts";
import { parseSwitch } from "./switches.ts";

export async function startPlatform(options: PlatformOptions): Promise<RunningPlatform> {
  const { ports, listen, folder, onEvent } = options;
  const switches = parseSwitches(options.switches, parseSwitch);
  const certificate = await serverCertificate(options, [PLAIN.host, SECURE.host]);
  const cloud = await startOnenetCloud({
    doors: [
      { host: listen, port: ports.mqtts, tls: certificate.server },
      { host: listen, port: ports.mqtt },
    ],
    file: join(folder, "onenet.db"),
    switches,
    onEvent,
  });
  const { api, broker } = cloud;
  const [mqtts, mqtt] = broker.ports;
  return {
    facts: [
      ["mqtt", `${listen}:${mqtt} (TCP)`],
      ["mqtts", `${listen}:${mqtts}`],
      ...demoFile(folder, "product", api.products().length, DEMO, () => {
        const { productId, accessKey, deviceName, deviceKey } = DEMO;
        api.addProduct(productId, accessKey);
        api.addDevice({ productId, deviceName }, deviceKey);
        return `device ${deviceName} of product ${productId}`;
      }),
    ],
    ca: certificate.ca,
    commands: onenetCommands(api),
    close: () => cloud.close(),
  };
}

/** The emulated TuyaLink as `npm run cloud` starts it. It listens for TLS only. */
import { join } from "node:path";
import { demoFile, serverCertificate } from "../shared/kept.ts";
import type { PlatformOptions, RunningPlatform } from "../types.ts";
import { parseSwitches } from "../shared/parse-switch.ts";
import { tuyaCommands } from "./commands.ts";
import { HOSTS } from "./hosts.ts";
import { DEMO, startTuyaCloud } from "./start.ts";
import { parseSwitch } from "./switches.ts";

export async function startPlatform(options: PlatformOptions): Promise<RunningPlatform> {
  const { ports, listen, folder, onEvent } = options;
  const switches = parseSwitches(options.switches, parseSwitch);
  const certificate = await serverCertificate(options, Object.values(HOSTS));
  const cloud = await startTuyaCloud({
    doors: [{ host: listen, port: ports.mqtts, tls: certificate.server }],
    file: join(folder, "tuya.db"),
    switches,
    onEvent,
  });
  return {
    facts: [
      ["mqtts", `${listen}:${cloud.broker.port}`],
      ...demoFile(folder, "device", cloud.api.devices().length, DEMO, () => {
        cloud.api.addDevice(DEMO.deviceId, DEMO.deviceSecret);
        return `device ${DEMO.deviceId}`;
      }),
    ],
    ca: certificate.ca,
    commands: tuyaCommands(cloud.api),
    close: () => cloud.close(),
  };
}

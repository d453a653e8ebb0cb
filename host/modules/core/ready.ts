/** The moment at which a module answers its first command. */
import type { Core } from "./core.ts";

/** Returns what makes the module ready and says its first lines, with the quirks of boots. */
export function makeReady(core: Core): (...lines: string[]) => void {
  const { quirks } = core.settings;
  let rebootedItself = false;
  return (...lines) => {
    if (quirks.bootNoise) core.uart.write(core.uart.garbage(1));
    core.power.ready();
    core.port.open();
    for (let i = 0; i < (quirks.dupBoot ? 2 : 1); i++) for (const line of lines) core.port.urc(line);
    core.emit({ ev: "ready" });
    if (quirks.rebootAt !== null && !rebootedItself) {
      rebootedItself = true;
      core.timers.after(quirks.rebootAt, () => core.power.reboot());
    }
  };
}

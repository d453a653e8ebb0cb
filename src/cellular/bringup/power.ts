/**
 * From an unknown state to a module that answers at the wanted baud. The power key is a toggle: it is pressed only when nothing
 * answers at any rate (or the status pin says "off").
 */
import { modem } from "#product";
import type { BringUp } from "../../api/bringup";
import { Rung } from "../../api/link";
import type { Script, Step } from "../../api/script";
import { Fault } from "../../api/fault";

/** Rates a module may have been left at, likeliest first; the wanted one is passed over. */
const BAUDS = [115200, 9600, 57600, 460800, 921600];
const PROBE_MS = 150;
const LINE_END_MS = 50;
/** A module that boots is asked twice a second: its ready sign may be switched off, or go to another port. */
const BOOT_PROBE_MS = 500;
/** Time between power-off and power-on that lets the supply fall. */
const OFF_MS = 2000;
/** A module without a status pin may be off by then. */
const STATUS_MS = 200;

export function powering(up: BringUp): Script {
  const world = up.world;
  const pins = world.board().pins;
  const wanted = up.product.modem.baud;
  const bauds = BAUDS.filter((baud) => baud != wanted);
  let scanned = 0;
  /** When the wait for the module's start began. */
  let booting = 0;

  function press(pin: "powerKey" | "reset", ms: number): Script {
    return [() => void world.press(pin, true), ms, () => void world.press(pin, false)];
  }

  function probe(at: string, ms: number, silent: () => Script, heard: () => Script): Step {
    return { at: at, ms: ms, probe: true, then: (r) => !up.isReady() && (r.error == "timeout" ? silent() : heard()) };
  }

  function found(): undefined {
    up.session.found = true;
  }

  function look(): Script {
    const again = probe("AT", PROBE_MS, () => (pins.powerKey && world.isOn() === false ? switchOn() : scan()), found);
    return probe("AT", PROBE_MS, () => again, found);
  }

  function scan(): Script {
    const baud = bauds[scanned++];
    up.setBaud(baud || wanted);
    if (!baud) return booting ? Fault.Module + "module-silent: no answer at any rate" : switchOn();
    // What was sent at a wrong rate is garbage in the module's line: it is ended first, and what it answers is nobody's.
    world.write("\r");
    return [LINE_END_MS, probe("AT", PROBE_MS, scan, setBaud)];
  }

  function setBaud(): Script {
    up.log("module: was at another baud; set to " + wanted);
    return ["AT+IPR=" + wanted, () => void up.setBaud(wanted), "AT", "AT&W", found];
  }

  function switchOn(): Script {
    return [pins.powerKey && press("powerKey", modem.powerKeyMs), boot];
  }

  function boot(): Script {
    if (!booting) booting = world.now();
    scanned = 0;
    // A restart of this board may have left the module in data mode: ESC or Ctrl-Z ends what waits for Ctrl-Z, the rest fills what counts.
    const wake = "\x1b\x1a" + "\r".repeat(250) + "AT";
    return probe(wake, BOOT_PROBE_MS, world.now() - booting > modem.readyMs ? scan : boot, found);
  }

  /** The polite way first: a module that is cut off may damage its file system. */
  function switchOff(): Script {
    return {
      at: modem.powerOff,
      late: modem.powerOffSign,
      bare: true,
      lateMs: modem.powerOffMs,
      ms: 3000,
      probe: true,
      then: (r) => (r.error ? keyOff() : waitOff()),
    };
  }

  function waitOff(): Script {
    return [
      pins.status ? STATUS_MS : OFF_MS,
      () => (world.isOn() !== true ? rest : up.elapsedMs() > modem.powerOffMs ? keyOff() : waitOff()),
    ];
  }

  function keyOff(): Script {
    return pins.powerKey ? [press("powerKey", modem.powerOffKeyMs), OFF_MS, rest] : look();
  }

  const rest: Script = [OFF_MS, switchOn];

  function reset(): Script {
    if (!pins.reset) return { at: modem.restartCommand, ms: 3000, probe: true, then: (r) => (r.error ? look() : boot()) };
    return [press("reset", modem.resetMs), modem.resetIsOff ? rest : boot];
  }

  up.setBaud(wanted);
  return up.rung == Rung.Power ? switchOff() : up.rung == Rung.Reset ? reset() : look();
}

/**
 * From an unknown state to a module that answers at the wanted baud. The power key is a toggle: it is pressed only when nothing
 * answers at any rate (or the status pin says "off").
 */
import type { BringUp, Next, Phase, Step } from "../api/modem";
import { always, tell } from "./parts";
import type { ModemParts } from "./parts";

/** Rates a module may have been left at, likeliest first; the wanted one is passed over. */
const BAUDS = [115200, 9600, 57600, 460800, 921600];
const PROBE_MS = 150;
const LINE_END_MS = 50;
/** A module that boots is asked twice a second: its ready sign may be switched off, or go to another port. */
const BOOT_PROBE_MS = 500;
const SILENT = "module-silent: no answer at any rate in ";
/** Time between power-off and power-on that lets the supply fall. */
const OFF_MS = 2000;

const enum S {
  Start,
  AskOff,
  WaitOff,
  PressOff,
  ReleaseOff,
  Rest,
  PressReset,
  ReleaseReset,
  Restart,
  Probe,
  ProbeAgain,
  Scan,
  Ask,
  SetBaud,
  CheckBaud,
  Store,
  Press,
  Release,
  Boot,
}

export function powering(up: BringUp, modem: ModemParts): Phase {
  const world = up.world;
  const pins = world.board.pins;
  const wanted = up.product.modem.baud;
  let scanned = 0;
  /** When the wait for the module's start began. */
  let booting = 0;

  function step(i: number): Step {
    switch (i as S) {
      case S.Start:
        up.setBaud(wanted);
        return wait(0, up.rung == "power" ? S.AskOff : up.rung == "reset" ? S.PressReset : S.Probe);

      case S.AskOff:
        // The polite way first: a module that is cut off may damage its file system.
        return {
          at: modem.powerOff,
          late: modem.powerOffSign,
          bare: !!modem.powerOffSign,
          lateMs: modem.powerOffMs,
          ms: 3000,
          probe: true,
          then: (r) => (r.error ? S.PressOff : S.WaitOff),
        };
      case S.WaitOff:
        return wait(pins.status ? 200 : OFF_MS, isOff);
      case S.PressOff:
        return pins.powerKey ? press("powerKey", true, modem.powerOffKeyMs, S.ReleaseOff) : wait(0, S.Probe);
      case S.ReleaseOff:
        return press("powerKey", false, OFF_MS, S.Rest);
      case S.Rest:
        return wait(OFF_MS, pins.powerKey ? S.Press : S.Boot);

      case S.PressReset:
        return pins.reset ? press("reset", true, modem.resetMs, S.ReleaseReset) : wait(0, S.Restart);
      case S.ReleaseReset:
        return press("reset", false, 100, modem.resetIsOff ? S.Rest : S.Boot);
      case S.Restart:
        return { at: modem.restart, ms: 3000, probe: true, then: (r) => (r.error ? S.Probe : S.Boot) };

      case S.Probe:
      case S.ProbeAgain:
        return probe("AT", PROBE_MS, found, i == S.Probe ? S.ProbeAgain : pins.powerKey && world.isOn() === false ? S.Press : S.Scan);
      case S.Scan: {
        if (BAUDS[scanned] == wanted) scanned++;
        const baud = BAUDS[scanned++];
        up.setBaud(baud || wanted);
        if (!baud) return wait(0, booting ? SILENT + modem.readyMs / 1000 + " s" : pins.powerKey ? S.Press : S.Boot);
        // What was sent at a wrong rate is garbage in the module's line: it is ended first, and what it answers is nobody's.
        world.write("\r");
        return wait(LINE_END_MS, S.Ask);
      }
      case S.Ask:
        return probe("AT", PROBE_MS, () => S.SetBaud, S.Scan);
      case S.SetBaud:
        return always("AT+IPR=" + wanted, S.CheckBaud);
      case S.CheckBaud:
        up.setBaud(wanted);
        return tell("AT", 1000, S.Store);
      case S.Store:
        up.log("module: was at another baud; set to " + wanted);
        return { at: "AT&W", ms: 1000, then: found };

      case S.Press:
        return press("powerKey", true, modem.powerKeyMs, S.Release);
      case S.Release:
        return press("powerKey", false, 0, S.Boot);
      default:
        if (!booting) booting = world.now();
        scanned = 0;
        // A restart of this board may have left the module in data mode: ESC or Ctrl-Z ends what waits for Ctrl-Z, the rest fills what counts.
        return probe("\x1b\x1a" + "\r".repeat(250) + "AT", BOOT_PROBE_MS, found, world.now() - booting > modem.readyMs ? S.Scan : S.Boot);
    }
  }

  function wait(ms: number, next: Next | (() => Next)): Step {
    return { waitMs: ms, then: typeof next == "function" ? next : () => next };
  }

  function press(pin: "powerKey" | "reset", down: boolean, ms: number, next: Next): Step {
    return { act: () => world.press(pin, down), waitMs: ms, then: () => next };
  }

  function isOff(): Next {
    return world.isOn() !== true ? S.Rest : up.elapsedMs() > modem.powerOffMs ? S.PressOff : S.WaitOff;
  }

  function probe(at: string, ms: number, heard: () => Next, silent: Next): Step {
    return { at: at, ms: ms, probe: true, then: (r) => (up.isReady() ? "" : r.error == "timeout" ? silent : heard()) };
  }

  function found(): Next {
    up.session.found = true;
    return "";
  }

  return { limitMs: 180000, limitError: "module-silent", step: step };
}

/** The EC20: its commands, its words, its boot. */
import type { Core, Personality } from "../core/core.ts";
import { makeBringup } from "./bringup.ts";
import { failure } from "./errors.ts";
import { fileCommands } from "./file-commands.ts";
import { generalCommands } from "./general.ts";
import * as LATENCY from "./latency.ts";
import { STAT } from "./mqtt-client.ts";
import { mqttCommands } from "./mqtt-commands.ts";
import { networkCommands } from "./network.ts";
import { pdpCommands } from "./pdp.ts";
import { simCommands } from "./sim-commands.ts";
import { sslCommands } from "./ssl.ts";
import { factoryFlash, newSession, type Ec20State } from "./state.ts";

export function makeEc20(core: Core): Personality {
  const flash = factoryFlash(core.settings.quirks);
  const state: Ec20State = { flash, session: newSession(flash) };
  const bringup = makeBringup(core, state);
  const network = networkCommands(core, state);
  const files = fileCommands(core);
  const ssl = sslCommands(core);
  const mqtt = mqttCommands(core, ssl);

  return {
    commands: {
      ...generalCommands(core, state, bringup),
      ...simCommands(core, state, bringup),
      ...network.commands,
      ...pdpCommands(core, state),
      ...files.commands,
      ...ssl.commands,
      ...mqtt.commands,
    },
    simpleLatency: LATENCY.SIMPLE,
    failure: (error, name) => failure(error, name, state.session.cmee),
    urcsHere: () => flash.urcport === "uart1",
    boot: () => bringup.boot(),
    shutDown: (off) => bringup.shutDown(off),
    reset() {
      mqtt.reset();
      ssl.reset();
      files.reset();
      bringup.reset();
    },
    powerLost: () => mqtt.powerLost(),
    registrationChanged() {
      network.report();
      bringup.registered();
    },
    contextLost(cid) {
      for (const client of mqtt.clients) if (client.config.pdpcid === cid) client.lose(STAT.dead);
    },
    simChanged: () => (core.sim.state === "ready" ? bringup.cardReady() : bringup.cardGone()),
    drop(index) {
      for (const [i, client] of mqtt.clients.entries()) if (index === null || index === i) client.lose(STAT.peer);
    },
    deactivateByNetwork(cid) {
      if (!core.radio.isActive(cid)) return;
      core.port.urc(`+QIURC: "pdpdeact",${cid}`);
      core.radio.deactivate(cid);
    },
    setUrcPort: (port) => void (flash.urcport = port),
  };
}

/** The EC20: its commands, its words, its boot. */
import { AtError, ok } from "../core/command.ts";
import type { Core, Personality } from "../core/core.ts";
import type { Model } from "../core/model.ts";
import { networkCommands, type RegistrationCommand } from "../core/network-commands.ts";
import { simCommands } from "../core/sim-commands.ts";
import { makeBringup } from "./bringup.ts";
import { failure } from "./errors.ts";
import { fileCommands } from "./file-commands.ts";
import { generalCommands } from "./general.ts";
import { httpCommands } from "./http-commands.ts";
import * as LATENCY from "./latency.ts";
import { STAT } from "./mqtt-client.ts";
import { mqttCommands } from "./mqtt-commands.ts";
import { pdpCommands } from "./pdp.ts";
import { QUECTEL_QUIRKS } from "./quirks.ts";
import { sslCommands } from "./ssl.ts";
import { factoryFlash, newSession, type Ec20State } from "./state.ts";

/** The context that MQTT uses unless QMTCFG says otherwise. */
const DATA_CID = 1;
const REGISTRATION: RegistrationCommand = { max: 2, test: "(0-2)", act: true };
/** Until the network is found, milliseconds from a ready SIM; a model value. */
const REGISTER_MS = 2500;

export const ec20: Model = {
  make: makeEc20,
  registerMs: REGISTER_MS,
  quirks: QUECTEL_QUIRKS,
  power: {
    onMs: 100, // EC21 manual
    offMs: 650, // EC2x hardware design: 600 to 650
    resetMs: 150, // EC2x hardware design: 150 to 460
    reset: "restart",
    poweredOn: "pressed",
  },
};

function makeEc20(core: Core): Personality {
  const flash = factoryFlash(core.settings.quirks);
  const state: Ec20State = { flash, session: newSession(flash) };
  const bringup = makeBringup(core, state);
  const { radio, settings } = core;
  const network = networkCommands(core, {
    session: () => state.session,
    registrations: { "+CREG": REGISTRATION, "+CGREG": REGISTRATION, "+CEREG": REGISTRATION },
    scan: LATENCY.COPS_SCAN,
    attached: () => {},
  });
  const sim = simCommands(core, {
    card: () => (state.session.cfun === 0 ? "failure" : state.session.simUp ? "answers" : "busy"),
    opened: () => bringup.cardReady(),
  });
  const files = fileCommands(core);
  const ssl = sslCommands(core);
  const mqtt = mqttCommands(core, ssl);
  const http = httpCommands(core, ssl);

  return {
    commands: {
      ...generalCommands(core, state, bringup),
      ...sim.commands,
      "+QCCID": {
        run() {
          sim.answers();
          return ok(`+QCCID: ${core.sim.iccid}`);
        },
      },
      "+QNWINFO": { run: () => ok(`+QNWINFO: ${radio.registered ? settings.network.cell : "No Service"}`) },
      ...network.commands,
      ...pdpCommands(core, state),
      ...files.commands,
      ...ssl.commands,
      ...mqtt.commands,
      ...http.commands,
    },
    simpleLatency: LATENCY.SIMPLE,
    failure: (error, name) => failure(error, name, state.session.cmee),
    badLine: new AtError(),
    urcsHere: () => flash.urcport === "uart1",
    boot: () => bringup.boot(),
    shutDown: (off) => bringup.shutDown(off),
    reset() {
      mqtt.reset();
      http.client.reset();
      ssl.reset();
      files.reset();
      bringup.reset();
    },
    powerLost: () => ssl.powerLost(),
    registrationChanged() {
      network.report();
      bringup.registered();
    },
    contextLost(cid) {
      for (const client of mqtt.clients) if (client.config.pdpcid === cid) client.lose(STAT.dead);
      if (http.client.config.contextid === cid) http.client.lose("deactivated");
    },
    simChanged: () => (core.sim.state === "ready" ? bringup.cardReady() : bringup.cardGone()),
    drop(index) {
      for (const [i, client] of mqtt.clients.entries()) if (index === null || index === i) client.lose(STAT.peer);
      if (index === null) http.client.lose("closed");
    },
    deactivateByNetwork(given) {
      const cid = given ?? DATA_CID;
      if (!radio.isActive(cid)) return;
      core.port.urc(`+QIURC: "pdpdeact",${cid}`);
      radio.deactivate(cid);
    },
    setUrcPort: (port) => void (flash.urcport = port),
  };
}

/** What the Luat modules share: their commands, their words, their boot. In what they differ is in their traits and quirks. */
import { AtError } from "../core/command.ts";
import type { Core, Personality } from "../core/core.ts";
import type { Model } from "../core/model.ts";
import { networkCommands } from "../core/network-commands.ts";
import type { Quirks } from "../options.ts";
import { makeBearer } from "./bearer.ts";
import { makeBringup } from "./bringup.ts";
import { dnsCommands } from "./dns-commands.ts";
import { CME, failure } from "./errors.ts";
import { fileCommands } from "./file-commands.ts";
import { FileSystem } from "./file-system.ts";
import { makeFota } from "./fota.ts";
import { generalCommands } from "./general.ts";
import { httpCommands } from "./http-commands.ts";
import { makeInbox } from "./inbox.ts";
import * as LATENCY from "./latency.ts";
import { MqttClient } from "./mqtt-client.ts";
import { mqttCommands } from "./mqtt-commands.ts";
import { LUAT_QUIRKS } from "./quirks.ts";
import { bearerProfiles } from "./sapbr.ts";
import { makeHearing } from "./sleep.ts";
import { sslCommands } from "./ssl.ts";
import { factoryFlash, newSession, settingCommands, type LuatState } from "./state.ts";
import type { Traits } from "./traits.ts";

/** What logs and manuals of the whole family show. */
const FAMILY: Partial<Quirks> = {
  prompt: ">",
  bootNoise: true,
  beforeAt: "refused",
  beforePrompt: "lost", // change log of the 780E: command and data in one burst were possible from V1155 to V1158 only
  payloadEcho: false,
  connectTimerMs: 10_000,
  lineLimit: 5120, // more than MPUB with a message of 4,100 bytes needs; no manual states it
};

export function luatModel(traits: Traits, quirks: Partial<Quirks>): Model {
  return {
    make: (core) => makeLuat(core, traits),
    registerMs: LATENCY.REGISTER_MS,
    quirks: { ...LUAT_QUIRKS, ...FAMILY, ...quirks },
    power: {
      onMs: 1000, // Air780EP hardware design, PWRKEY: more than a second
      offMs: 1500, // held; guides and drivers hold it for two seconds
      resetMs: 500, // Air780EP hardware design, RESET_N
      reset: "power-off",
      poweredOn: "tied",
    },
  };
}

function makeLuat(core: Core, traits: Traits): Personality {
  const { radio, port, settings } = core;
  const flash = factoryFlash(traits);
  const state: LuatState = { flash, session: newSession(flash, traits, settings.quirks) };
  const files = new FileSystem();
  const fota = makeFota(core, state);
  const inbox = makeInbox(core, state);
  const bringup = makeBringup(core, state, traits);
  const bearer = makeBearer(core, state, traits, {
    dropSocket: () => client.shut("no data connection"),
    up: () => fota.bearerUp(),
  });
  const client = new MqttClient(core, { bearer, inbox, numbered: () => state.session.settings["+CIPMUX"] === 1 });
  const profiles = bearerProfiles(core);
  const dns = dnsCommands(core, () => radio.isActive(traits.dataCid));
  const ssl = sslCommands(core, files);
  const mqtt = mqttCommands(core, state, client, ssl);
  const http = httpCommands(core, files, {
    ssl,
    online: (cid) =>
      settings.quirks.httpBearer === "sapbr" ? profiles.isOpen(cid) : [...radio.contexts.values()].some(({ active }) => active),
  });
  const network = networkCommands(core, {
    session: () => state.session,
    registrations: {
      "+CREG": { max: 2, test: "(0,1,2)", act: true },
      "+CGREG": { max: 2, test: "(0,1,2)", act: traits.cgregAct },
      "+CEREG": { max: 5, test: "(0,1,2,3,4,5)", act: true },
    },
    scan: LATENCY.COPS_SCAN,
    attached: () => bearer.defaultUp(),
  });
  let inService = false;
  let silent = false;

  return {
    commands: {
      ...generalCommands(core, state, traits, { bringup, silence: () => void (silent = true) }),
      ...settingCommands(state, settings.quirks),
      ...network.commands,
      ...bearer.commands,
      ...profiles.commands,
      ...dns.commands,
      ...fileCommands(core, state, files),
      ...inbox.commands,
      ...mqtt.commands,
      ...http.commands,
      ...fota.commands,
    },
    simpleLatency: LATENCY.SIMPLE,
    failure: (error) => failure(error, state.session.cmee),
    badLine: new AtError(CME.badLine),
    urcsHere: () => true,
    hears: makeHearing(core, state),
    boot: () => bringup.boot(),
    shutDown: (off) => bringup.shutDown(off, silent),
    reset() {
      inService = false;
      silent = false;
      client.reset();
      mqtt.reset();
      http.session.reset();
      inbox.reset();
      ssl.reset();
      profiles.reset();
      dns.reset();
      bearer.reset();
      bringup.reset();
    },
    powerLost() {},
    registrationChanged() {
      network.report();
      if (radio.registered === inService) return;
      inService = radio.registered;
      if (!inService) return port.urc("^MODE: 0,0");
      port.urc("^MODE: 17,17");
      port.urc("+E_UTRAN Service");
      bearer.defaultUp();
      bringup.registered();
    },
    contextLost(cid) {
      bearer.contextLost(cid);
      if (cid === traits.bearerCid) profiles.lost();
      http.session.contextLost();
    },
    simChanged: () => bringup.cardChanged(),
    drop() {
      client.lose("by order of the control port");
      http.session.lose("closed");
    },
    deactivateByNetwork: (cid) => bearer.takenByNetwork(cid ?? traits.dataCid),
  };
}

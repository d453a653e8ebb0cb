/**
 * The scripts of the module `http-client` on the real channel, at an emulated module that leads to a server in this process; virtual time.
 */
import assert from "node:assert/strict";
import type { TlsConfig } from "../../src/api/config.ts";
import type { BringUp, HttpModule } from "../../src/api/bringup.ts";
import type { HttpReply, HttpRequest } from "../../src/api/http.ts";
import { Signal } from "../../src/api/link.ts";
import type { AtDialect, Path } from "../../src/api/channel.ts";
import type { Script } from "../../src/api/script.ts";
import * as channel from "../../src/cellular/at/channel.ts";
import { dialect as quectel } from "../../src/cellular/modules/ec20/steady.ts";
import * as runner from "../../src/script/runner.ts";
import * as ofEc20 from "../../src/cellular/modules/ec20/http.ts";
import * as ofLuat from "../../src/cellular/modules/luat/http.ts";
import { dialect as luat } from "../../src/cellular/modules/luat/steady.ts";
import { makeAuthority, type Authority, type ServerCertificate } from "../../host/broker/certificates.ts";
import { moduleChecksum } from "../../host/config/tls.ts";
import { moduleNamed } from "../../host/modules/find.ts";
import { createModem, type Modem, type ModemEvent, type ModemOptions, type Quirks } from "../../host/modules/modem.ts";
import { startServer, type ServerOptions, type TestServer } from "../host/modules/http-server.ts";
import { BOOT_MS } from "../host/modules/support.ts";
import { fakeWorld, type FakeWorld } from "../support/world.ts";
import { signalName } from "../support/signals.ts";

/** The dialects whose HTTP is tested here, and the modules that speak them. */
const LUAT = { dialect: luat, http: ofLuat };
const DRIVERS = { ec20: { dialect: quectel, http: ofEc20 }, air780ep: LUAT, air720: LUAT };
export type Driven = keyof typeof DRIVERS;
export const MODELS = Object.keys(DRIVERS) as Driven[];
export const HOST = "server.test";
/** Longer than any request with its repetitions. */
const LIMIT_MS = 1_000_000;

export interface Options {
  quirks?: Partial<Quirks>;
  resolve?: ModemOptions["resolve"];
  server?: ServerOptions | TestServer;
  /** Bytes of each piece in which the module's words arrive; absent: as it says them. */
  chunk?: number;
  insecure?: boolean;
  /** Another than the one that issued the server's certificate. */
  authority?: Authority;
}

export interface HttpDevice {
  modem: Modem;
  world: FakeWorld;
  up: BringUp;
  server: TestServer;
  tls: TlsConfig;
  events: ModemEvent[];
  /** Topics and payloads. */
  messages: [string, string][];
  signals: string[];
  /** The reply, or the failure's text. */
  ask(wanted: Partial<HttpRequest>): Promise<HttpReply | string>;
  /** Commands that the module received. */
  commands(): string[];
  /** Runs a script; its failure, or `""`. */
  run(script: Script): Promise<string>;
  /** Called with all that the module says; what it returns arrives. */
  wire: { toBoard(bytes: Buffer): Buffer };
  close(): Promise<void>;
}

let authority: Authority | undefined;
let certificate: ServerCertificate | undefined;

/** One authority for all tests, and the certificate of `HOST`. */
export async function credentials(): Promise<{ authority: Authority; certificate: ServerCertificate }> {
  authority ??= await makeAuthority();
  certificate ??= await authority.issue({ names: [HOST] });
  return { authority, certificate };
}

/** A module that is registered and has its context; every host and port leads to the server. */
export async function httpDevice(model: Driven, options: Options = {}): Promise<HttpDevice> {
  const { dialect, http }: { dialect: AtDialect; http: HttpModule } = DRIVERS[model];
  const world = fakeWorld();
  const { clock } = world;
  const settings = options.server ?? {};
  const server = "close" in settings ? settings : await startServer(settings);
  const resolve = options.resolve ?? (() => ({ host: "127.0.0.1", port: server.port }));
  const modem = await createModem({ model, clock, poweredOn: true, resolve, quirks: options.quirks ?? {} });
  const events: ModemEvent[] = [];
  const wire: HttpDevice["wire"] = { toBoard: (bytes) => bytes };
  modem.on("event", (event) => events.push(event));
  modem.on("data", (bytes) => {
    const text = wire.toBoard(bytes).toString("latin1");
    const size = options.chunk ?? text.length;
    for (let i = 0; i < text.length; i += size) world.receive(text.slice(i, i + size));
  });
  world.write = (bytes) => modem.receive(Buffer.from(bytes, "latin1"));

  const messages: [string, string][] = [];
  const signals: string[] = [];
  channel.init(
    world,
    dialect,
    (signal, rest) => {
      signals.push(`${signalName(signal)} ${rest}`);
      if (signal == Signal.Rebooted) channel.abort(true);
    },
    (topic, payload) => messages.push([topic, payload]),
  );
  channel.open(115200);
  world.every(channel.tick, channel.TICK_MS);

  const { pem } = options.authority ?? (await credentials()).authority;
  world.files.set("ca.pem", pem);
  const tls: TlsConfig = {
    ca: "ca.pem",
    caChecksum: moduleChecksum(Buffer.from(pem)),
    serverName: null,
    checkDate: "never",
    insecure: options.insecure ?? false,
    settings: "",
    wishes: "",
  };
  const { needed, mayRefuse } = moduleNamed(model).settings.tls(tls, "http");
  Object.assign(tls, { settings: needed.join(";"), wishes: mayRefuse.join(";") });
  const up = {
    world,
    product: { modem: { model, apn: "", apnUser: "" } },
    info: { imsi: "460001234567890" },
    session: { secured: "" },
    unixTime: () => null,
    log: world.log,
  } as unknown as BringUp;

  runner.init(world);
  const path: Path = { channel, dialect, up: "", prepare: () => {} };

  /** Without its class. */
  async function run(script: Script): Promise<string> {
    let failure: string | undefined;
    runner.run(script, path, 0, (text) => (failure = text));
    assert.ok(await clock.run(() => failure !== undefined, LIMIT_MS), "the script does not end");
    return (failure as string).slice(1);
  }

  const device: HttpDevice = {
    ...{ modem, world, up, server, tls, events, messages, signals, run, wire },
    async ask(wanted) {
      let reply: HttpReply | undefined;
      const request = { url: `http://${HOST}/`, tls: undefined, ...wanted };
      const failure = await run(() => http.request(up, request, (got) => void (reply = got)));
      return failure || (reply as HttpReply);
    },
    commands: () => events.filter(({ ev }) => ev === "command").map(({ command }) => String(command)),
    close: async () => {
      await modem.close();
      await server.close();
    },
  };
  await clock.advance(BOOT_MS);
  assert.equal(await run(["ATE0", "AT+CMEE=1", model == "ec20" && "AT+QIACT=1"]), "");
  messages.length = signals.length = events.length = 0;
  return device;
}

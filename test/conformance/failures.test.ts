/**
 * What goes wrong on the way up: each ends in the error that the module lets be told, with likely causes and without secrets; the next
 * attempt is announced and made, and once the cause is gone the device comes online by itself.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Rig, RigOptions } from "../../host/rig/rig.ts";
import { assertClean, assertError, assertWorks, forEachModule, online, ONLINE_MS, RECOVERY_MS, startRig } from "./device.ts";
import type { Trouble } from "./facts.ts";

interface Failure {
  what: string;
  options?: RigOptions;
  prepare?(rig: Rig): Promise<void> | void;
  /** Absent: told as the module's table says of `trouble`. */
  error?: string;
  trouble?: Trouble;
  /** What the message must bring to mind. */
  causes: RegExp;
  /** Takes the cause away; absent: somebody has to change a file. */
  cure?(rig: Rig): Promise<void> | void;
}

const control = (message: object) => (rig: Rig) => rig.modem.control(message);
const home = control({ set: "registration", state: "home" });
const PIN = "73915284";
const WRONG_PIN = "99376150";
const locked: RigOptions["modem"] = { sim: { state: "pin", pin: PIN } };
const welcome = (rig: Rig): void => rig.broker.refuse(null);

const SIM: Failure[] = [
  {
    what: "a SIM that is missing",
    options: { modem: { sim: { state: "missing" } } },
    error: "sim-missing",
    causes: /SIM sits right way round/,
    cure: control({ set: "sim", state: "ready" }),
  },
  {
    what: "a SIM that wants a PIN nobody gave",
    options: { modem: locked },
    error: "sim-pin",
    causes: /identity has none.*simPin/,
    cure: control({ set: "sim", state: "ready" }),
  },
  {
    what: "a SIM that refuses the PIN",
    options: { modem: locked, identity: { simPin: WRONG_PIN } },
    error: "sim-pin",
    causes: /refused the PIN.*simPin/,
    cure: control({ set: "sim", state: "ready" }),
  },
  {
    what: "a SIM that is blocked",
    options: { modem: { sim: { state: "puk" } } },
    error: "sim-puk",
    causes: /PUK/,
    cure: control({ set: "sim", state: "ready" }),
  },
];

const NETWORK: Failure[] = [
  {
    what: "a place without signal",
    options: { modem: { network: { rssi: 99, registration: "searching" } } },
    error: "no-signal",
    causes: /antenna/,
    cure: (rig) => {
      rig.modem.control({ set: "signal", rssi: 17 });
      home(rig);
    },
  },
  {
    what: "a network that denies registration",
    options: { modem: { network: { registration: "denied" } } },
    error: "registration-denied",
    causes: /activated, paid/,
    cure: home,
  },
  {
    what: "a network that is searched for without end",
    options: { modem: { network: { registration: "searching" } } },
    error: "registration-denied",
    causes: /activated, paid/,
    cure: home,
  },
  {
    what: "a network that refuses the APN",
    options: { modem: { network: { apn: "right" } }, product: { modem: { apn: "wrong", apnUser: "u", apnPassword: "not-the-password" } } },
    error: "apn-refused",
    causes: /"wrong".*apnUser/,
    cure: control({ set: "apn", apn: null }),
  },
];

const BROKER: Failure[] = [
  {
    what: "a name service that does not know the broker",
    prepare: (rig) => void (rig.names.known = false),
    trouble: "unknown host",
    causes: /host/,
    cure: (rig) => void (rig.names.known = true),
  },
  {
    what: "a port that nobody listens on",
    prepare: (rig) => rig.broker.stop(),
    trouble: "dead port",
    causes: /host and port/,
    cure: (rig) => rig.broker.start(),
  },
  { what: "a certificate of another authority", options: { brokerCertificate: "wrong-ca" }, trouble: "wrong CA", causes: /CA file/ },
  {
    what: "a certificate for another name",
    options: { brokerCertificate: "wrong-name" },
    trouble: "wrong name",
    causes: /name in the certificate/,
  },
  {
    what: "an expired certificate when the network told the time",
    options: { brokerCertificate: "expired", modem: { network: { nitz: true } } },
    trouble: "expired",
    causes: /dates/,
  },
  {
    what: "an expired certificate when the product insists on dates",
    options: { brokerCertificate: "expired", product: { cloud: { tls: { checkDate: "always" } } } },
    trouble: "expired",
    causes: /dates/,
  },
  {
    what: "an address whose certificate is of another authority",
    options: { brokerCertificate: "wrong-ca", product: { cloud: { host: "127.0.0.1" } } },
    trouble: "wrong CA",
    causes: /CA file/,
  },
  {
    what: "a wrong password",
    options: { identity: { password: "not-the-password" } },
    trouble: "wrong password",
    causes: /username and password/,
  },
  {
    what: "a device that has no rights",
    options: { broker: { refuse: "not-authorized" } },
    trouble: "not authorized",
    causes: /rights at the broker/,
    cure: welcome,
  },
  {
    what: "a client id that is refused",
    options: { broker: { refuse: "client-id" } },
    trouble: "client id refused",
    causes: /client ?id/i,
    cure: welcome,
  },
  {
    what: "a broker that refuses service",
    options: { broker: { refuse: "unavailable" } },
    trouble: "service unavailable",
    causes: /service/,
    cure: welcome,
  },
  {
    what: "a broker that does not answer CONNECT",
    options: { broker: { refuse: "silence" } },
    trouble: "broker says nothing",
    causes: /./,
    cure: welcome,
  },
];

forEachModule("what goes wrong on the way up", (module) => {
  for (const { what, options, prepare, error, trouble, causes, cure } of [...SIM, ...NETWORK, ...BROKER]) {
    const name = error ?? module.reports[trouble as Trouble];
    it(`${what}: ${name}`, async () => {
      const rig = await startRig(module, options);
      await prepare?.(rig);
      rig.board.boot();
      await assertError(rig, name, causes);
      if (cure) {
        await cure(rig);
        await rig.waitFor(/-> online/, RECOVERY_MS);
        await assertWorks(rig);
      } else {
        // It stays wrong, and is told again: not another error, and no connection.
        await assertError(rig, name, causes);
        assert.ok(!rig.lines.some((line) => line.includes("-> online")));
      }
      assertClean(rig);
    });
  }
});

forEachModule("what only looks wrong", (module) => {
  it("a SIM opens with the right PIN", async () => {
    const rig = await online(module, { modem: locked, identity: { simPin: PIN } });
    assertClean(rig);
  });

  it("a wrong PIN is tried once, over restarts of the board", async () => {
    const rig = await startRig(module, { modem: locked, identity: { simPin: WRONG_PIN } });
    rig.board.boot();
    await assertError(rig, "sim-pin", /refused the PIN/);
    await assertError(rig, "sim-pin", /this PIN was refused before/);
    rig.board.boot();
    await assertError(rig, "sim-pin", /this PIN was refused before/);
    assert.equal(rig.events.filter((event) => event.ev == "pin").length, 1);
  });

  it("a broker given by its address is verified by the CA alone", async () => {
    const rig = await online(module, { product: { cloud: { host: "127.0.0.1" } } });
    assert.ok(rig.events.some((event) => event.ev == "tls" && event["authorized"] === true));
  });

  it("an expired certificate is believed when nobody knows the time", async () => {
    await online(module, { brokerCertificate: "expired" });
  });

  it("an unverified server is said to be one at every connect", async () => {
    const rig = await startRig(module, { brokerCertificate: "wrong-ca", product: { cloud: { tls: { insecure: true } } } });
    rig.board.boot();
    await rig.waitFor(/NOT verified/, ONLINE_MS);
    await rig.waitFor(/-> online/, ONLINE_MS);
    await rig.broker.kick();
    await rig.waitFor(/NOT verified/, ONLINE_MS);
    await rig.waitFor(/-> online/, ONLINE_MS);
  });

  it("plain TCP connects, and is said to be unverified too", async () => {
    const rig = await online(module, { product: { cloud: { tls: null } } });
    assert.ok(!rig.events.some((event) => event.ev == "tls"));
    assert.ok(
      rig.lines.some((line) => /not verified|plain|unencrypted/i.test(line)),
      rig.lines.join("\n"),
    );
  });
});

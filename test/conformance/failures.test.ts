/**
 * What goes wrong on the way up: each ends in the error that the module lets be told, with likely causes and without secrets; the next attempt is announced
 * and made, and once the cause is gone the device comes online by itself.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Bench, BenchOptions } from "../../host/rig/rig.ts";
import { assertClean, assertError, assertWorks, forEachModule, online, ONLINE_MS, RECOVERY_MS, startBench } from "./device.ts";
import type { Trouble } from "./modules.ts";

interface Failure {
  what: string;
  options?: BenchOptions;
  prepare?(bench: Bench): Promise<void> | void;
  /** Absent: told as the module's table says of `trouble`. */
  error?: string;
  trouble?: Trouble;
  /** What the message must bring to mind. */
  causes: RegExp;
  /** Takes the cause away; absent: somebody has to change a file. */
  cure?(bench: Bench): Promise<void> | void;
}

const control = (message: object) => (bench: Bench) => bench.modem.control(message);
const home = control({ set: "registration", state: "home" });
const PIN = "73915284";
const WRONG_PIN = "99376150";
const locked: BenchOptions["modem"] = { sim: { state: "pin", pin: PIN } };
const welcome = (bench: Bench): void => bench.broker.refuse(null);

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
    cure: (bench) => {
      bench.modem.control({ set: "signal", rssi: 17 });
      home(bench);
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
    prepare: (bench) => void (bench.names.known = false),
    trouble: "unknown host",
    causes: /host/,
    cure: (bench) => void (bench.names.known = true),
  },
  {
    what: "a port that nobody listens on",
    prepare: (bench) => bench.broker.stop(),
    trouble: "dead port",
    causes: /host and port/,
    cure: (bench) => bench.broker.start(),
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
      const bench = await startBench(module, options);
      await prepare?.(bench);
      bench.board.boot();
      await assertError(bench, name, causes);
      if (cure) {
        await cure(bench);
        await bench.waitFor(/-> online/, RECOVERY_MS);
        await assertWorks(bench);
      } else {
        // It stays wrong, and is told again: not another error, and no connection.
        await assertError(bench, name, causes);
        assert.ok(!bench.lines.some((line) => line.includes("-> online")));
      }
      assertClean(bench);
    });
  }
});

forEachModule("what only looks wrong", (module) => {
  it("a SIM opens with the right PIN", async () => {
    const bench = await online(module, { modem: locked, identity: { simPin: PIN } });
    assertClean(bench);
  });

  it("a wrong PIN is tried once, over restarts of the board", async () => {
    const bench = await startBench(module, { modem: locked, identity: { simPin: WRONG_PIN } });
    bench.board.boot();
    await assertError(bench, "sim-pin", /refused the PIN/);
    await assertError(bench, "sim-pin", /this PIN was refused before/);
    bench.board.boot();
    await assertError(bench, "sim-pin", /this PIN was refused before/);
    assert.equal(bench.events.filter((event) => event.ev == "pin").length, 1);
  });

  it("a broker given by its address is verified by the CA alone", async () => {
    const bench = await online(module, { product: { cloud: { host: "127.0.0.1" } } });
    assert.ok(bench.events.some((event) => event.ev == "tls" && event["authorized"] === true));
  });

  it("an expired certificate is believed when nobody knows the time", async () => {
    await online(module, { brokerCertificate: "expired" });
  });

  it("an unverified server is said to be one at every connect", async () => {
    const bench = await startBench(module, { brokerCertificate: "wrong-ca", product: { cloud: { tls: { insecure: true } } } });
    bench.board.boot();
    await bench.waitFor(/NOT verified/, ONLINE_MS);
    await bench.waitFor(/-> online/, ONLINE_MS);
    await bench.broker.kick();
    await bench.waitFor(/NOT verified/, ONLINE_MS);
    await bench.waitFor(/-> online/, ONLINE_MS);
  });

  it("plain TCP connects, and is said to be unverified too", async () => {
    const bench = await online(module, { product: { cloud: { tls: null } } });
    assert.ok(!bench.events.some((event) => event.ev == "tls"));
    assert.ok(
      bench.lines.some((line) => /not verified|plain|unencrypted/i.test(line)),
      bench.lines.join("\n"),
    );
  });
});

/** Whom the emulated Aliyun lets in, and with which CONNACK it refuses the others. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { Admission, ConnectRequest } from "../../../host/broker/rules.ts";
import { admit } from "../../../host/clouds/aliyun/admission.ts";
import { isDeviceName, parseIdentifier, parseUsername } from "../../../host/clouds/aliyun/identifier.ts";
import type { Switches } from "../../../host/clouds/aliyun/switches.ts";
import type { World } from "../../../host/clouds/aliyun/world.ts";
import { closeAll, DN, DS, hmac, PK, PS, testWorld } from "./support.ts";

afterEach(closeAll);

const TIMESTAMP = "1700000000000";
const CONTENT = `clientId${DN}deviceName${DN}productKey${PK}`;
const MD5 = hmac("md5", DS, CONTENT);
const id = (parameters: string): string => `${DN}|${parameters}|`;

type Change = Partial<ConnectRequest> & { text?: string };

/** A device that does everything right, but for `change`. */
function asks(world: World, change: Change = {}): Admission {
  const { text = MD5, ...request } = change;
  return admit(
    {
      clientId: id("securemode=3,signmethod=hmacmd5"),
      username: `${DN}&${PK}`,
      password: Buffer.from(text),
      keepaliveS: 120,
      clean: true,
      secure: false,
      ...request,
    },
    world,
  );
}

async function ask(change: Change = {}, switches: Partial<Switches> = {}): Promise<Admission> {
  return asks(await testWorld({ switches }), change);
}

function codeOf(admission: Admission): number {
  return "guest" in admission ? 0 : admission.code;
}

function warningsOf(admission: Admission): readonly string[] {
  return "guest" in admission ? admission.guest.warnings : assert.fail(admission.why);
}

describe("a client id", () => {
  it("is read in any order, with empty items and unknown keys", () => {
    assert.deepEqual(parseIdentifier("a.b|_ss=1,,securemode=2,ext=3,|"), {
      clientId: "a.b",
      parameters: new Map([
        ["_ss", "1"],
        ["securemode", "2"],
        ["ext", "3"],
      ]),
    });
  });

  it("is none without its pipes, and with items that are no pairs", () => {
    for (const text of ["", "a", "a|", "a|b=1", "a|b|", "a|=1|"]) assert.equal(parseIdentifier(text), null, text);
  });

  it("belongs to a user name of two parts", () => {
    assert.deepEqual(parseUsername("d&p"), { deviceName: "d", productKey: "p" });
    for (const text of ["", "d", "d&", "&p", "a&b&c"]) assert.equal(parseUsername(text), null, text);
  });

  it("is read with white space between its items: aliyun-iot-device-sdk 1.0.1 sends it so", () => {
    const parsed = parseIdentifier("c|securemode=3,\n        signmethod=hmacsha1,\n        timestamp=1|");
    assert.deepEqual(Object.fromEntries(parsed?.parameters ?? []), { securemode: "3", signmethod: "hmacsha1", timestamp: "1" });
  });

  it("names no device that would get into other topics", () => {
    for (const name of ["868488076506128", "a-b_c@d.e:f"]) assert.ok(isDeviceName(name));
    for (const name of ["", "a/b", "a+", "#", "a b", "x".repeat(33)]) assert.ok(!isDeviceName(name), name);
  });
});

describe("a device is refused", () => {
  const cases: [what: string, code: number, why: RegExp, change: Change, switches?: Partial<Switches>][] = [
    ["one digit of the password changed", 4, /wrong signature/, { text: MD5.replace(/^./, (c) => (c == "0" ? "1" : "0")) }],
    ["no password", 4, /wrong signature/, { password: undefined }],
    ["timestamp sent but not signed", 4, /timestamp/, { clientId: id(`securemode=3,signmethod=hmacmd5,timestamp=${TIMESTAMP}`) }],
    ["timestamp signed but not sent", 4, /wrong signature/, { text: hmac("md5", DS, `${CONTENT}timestamp${TIMESTAMP}`) }],
    ["another method than the one it names", 4, /hmacsha1/, { clientId: id("securemode=3,signmethod=hmacsha1") }],
    ["SHA-256 without saying so", 4, /hmacmd5/, { clientId: id("securemode=3"), text: hmac("sha256", DS, CONTENT) }],
    ["unknown method", 2, /unknown signmethod "hmacsha512"/, { clientId: id("securemode=3,signmethod=hmacsha512") }],
    ["a method that every object has", 2, /unknown signmethod/, { clientId: id("securemode=3,signmethod=constructor") }],
    ["another client id signed", 4, /wrong signature/, { clientId: "other|securemode=3,signmethod=hmacmd5|" }],
    ["unknown product", 4, /no product "x"/, { username: `${DN}&x` }],
    ["product in other letters", 4, /no product/, { username: `${DN}&${PK.toLowerCase()}` }],
    ["unknown device", 4, /has no device "x"/, { username: `x&${PK}` }],
    ["no user name", 3, /user name/, { username: undefined }],
    ["client id without pipes", 2, /client id is not/, { clientId: DN }],
    ["nothing before the pipe", 2, /1 to 64 characters/, { clientId: "|securemode=3|" }],
    ["65 characters before the pipe", 2, /1 to 64 characters/, { clientId: `${"x".repeat(65)}|securemode=3|` }],
    ["securemode missing", 2, /securemode is missing/, { clientId: id("signmethod=hmacmd5") }],
    ["securemode of another way to connect", 2, /securemode "-1"/, { clientId: id("securemode=-1,signmethod=hmacmd5") }],
    ["TLS claimed over TCP, strictly", 2, /means TLS/, { clientId: id("securemode=2,signmethod=hmacmd5") }, { strictSecuremode: true }],
    ["TCP claimed over TLS, strictly", 2, /means TCP/, { secure: true }, { strictSecuremode: true }],
    ["keepalive 29", 2, /keepalive 29 s; at least 30 s/, { keepaliveS: 29 }],
    ["keepalive 0", 2, /keepalive 0 s/, { keepaliveS: 0 }],
    ["keepalive 1201, strictly", 2, /at most 1200 s/, { keepaliveS: 1201 }, { strictKeepalive: true }],
  ];
  for (const [what, code, why, change, switches] of cases) {
    it(`${what}: CONNACK ${code}`, async () => {
      const admission = await ask(change, switches);
      assert.equal(codeOf(admission), code);
      if ("guest" in admission) return assert.fail();
      assert.match(admission.why, why);
      assert.ok(!admission.why.includes(DS) && !admission.why.includes(MD5), "no secret in the reason");
    });
  }

  it("while it is disabled: CONNACK 5, or as chosen", async () => {
    const world = await testWorld();
    world.registry.setEnabled({ productKey: PK, deviceName: DN }, false);
    assert.equal(codeOf(asks(world)), 5);
    world.switches.disabledCode = 4;
    assert.equal(codeOf(asks(world)), 4);
  });

  it("for what it says about itself before its signature is looked at", async () => {
    assert.equal(codeOf(await ask({ username: "x&y", clientId: DN })), 2);
    const unknown = { username: `x&${PK}`, clientId: id("securemode=3,signmethod=what") };
    assert.equal(codeOf(await ask(unknown)), 4, "no such device, whatever it signs with");
    assert.equal(codeOf(await ask({ text: "wrong", keepaliveS: 1 })), 4, "the signature, then the keepalive");
  });

  it("at its sixth CONNECT within a minute, where rates count", async () => {
    const world = await testWorld({ switches: { limits: true } });
    for (let i = 0; i < 5; i++) assert.equal(codeOf(asks(world, { text: "wrong" })), 4);
    assert.equal(codeOf(asks(world)), 3);
    assert.equal(codeOf(asks(world, { username: `other&${PK}` })), 4, "it counts for each device");
    world.clock.advanceSync(60_000);
    assert.equal(codeOf(asks(world)), 0);
  });
});

describe("a device that was authenticated over HTTPS", () => {
  /** With a token for the client id "c". */
  async function authenticated(): Promise<{ world: Awaited<ReturnType<typeof testWorld>>; login: Change }> {
    const world = await testWorld();
    const names = { productKey: PK, deviceName: DN };
    const iotToken = world.registry.addToken(names, "c", 1000);
    return { world, login: { clientId: "c", username: world.registry.device(names)?.iotId, text: iotToken, secure: true } };
  }

  it("gets in with its bare client id, and with one that has parameters", async () => {
    const { world, login } = await authenticated();
    assert.equal(codeOf(asks(world, login)), 0);
    assert.equal(codeOf(asks(world, { ...login, clientId: "c|securemode=-1,_v=sdk-c-3.0.1,lan=C,gw=0,ext=0|" })), 0);
    assert.ok(world.registry.device({ productKey: PK, deviceName: DN })?.activated);
  });

  it("is refused with a wrong iotId or iotToken (3), and with another client id (2)", async () => {
    const { world, login } = await authenticated();
    assert.equal(codeOf(asks(world, { ...login, username: "somebody" })), 3);
    assert.equal(codeOf(asks(world, { ...login, text: "0".repeat(32) })), 3);
    assert.equal(codeOf(asks(world, { ...login, text: "" })), 3);
    assert.equal(codeOf(asks(world, { ...login, clientId: "d" })), 2);
    assert.equal(codeOf(asks(world, { ...login, clientId: "x".repeat(65) })), 2);
  });

  it("is refused when the token is too old (3); a newer one does not end an older one", async () => {
    const { world, login } = await authenticated();
    world.registry.addToken({ productKey: PK, deviceName: DN }, "c", 5000);
    world.clock.advanceSync(999);
    assert.equal(codeOf(asks(world, login)), 0);
    world.clock.advanceSync(1);
    assert.equal(codeOf(asks(world, login)), 3);
  });

  it("is refused when it is disabled, and warned of TCP", async () => {
    const { world, login } = await authenticated();
    assert.match(warningsOf(asks(world, { ...login, clientId: "c|securemode=-1|", secure: false }))[0] ?? "", /means TLS/);
    world.switches.strictSecuremode = true;
    assert.equal(codeOf(asks(world, { ...login, clientId: "c|securemode=-1|", secure: false })), 2);
    world.registry.setEnabled({ productKey: PK, deviceName: DN }, false);
    assert.equal(codeOf(asks(world, login)), 5);
  });
});

describe("a device that registers", () => {
  const content = `deviceName${DN}productKey${PK}random4711`;
  const parameters = { securemode: "2", authType: "register", random: "4711", signmethod: "hmacsha256" };
  const right = hmac("sha256", PS, content);

  /** A registration that is right but for what is changed; `null`: left out. */
  function registering(change: Partial<Record<keyof typeof parameters, string | null>> = {}, more: Change = {}): Change {
    const list = Object.entries({ ...parameters, ...change }).filter(([, value]) => value !== null);
    return { clientId: id(list.map(([name, value]) => `${name}=${value}`).join(",")), text: right, secure: true, ...more };
  }

  for (const authType of ["register", "regnwl"]) {
    for (const securemode of ["2", "-2"]) {
      it(`gets in with authType ${authType}, securemode ${securemode}, whatever its keepalive`, async () => {
        const admission = await ask(registering({ authType, securemode }, { keepaliveS: 1 }));
        if (!("guest" in admission)) return assert.fail(admission.why);
        assert.equal(admission.guest.stays?.ms, 15_000);
      });
    }
  }

  it("may do nothing else", async () => {
    const admission = await ask(registering());
    if (!("guest" in admission)) return assert.fail(admission.why);
    const message = { topic: `/${PK}/${DN}/user/update`, payload: Buffer.alloc(0), qos: 0 };
    assert.match(admission.guest.publish(message)?.why ?? "", /registers/);
    assert.match(admission.guest.subscribe([{ topic: "/ext/register", qos: 1 }], 0)[0]?.why ?? "", /registers/);
  });

  const cases: [what: string, code: number, why: RegExp, change: Change][] = [
    ["over TCP", 2, /TCP/, registering({}, { secure: false })],
    ["without random", 2, /random is missing/, registering({ random: null })],
    ["without signmethod", 2, /signmethod is missing/, registering({ signmethod: null })],
    ["with an unknown signmethod", 2, /unknown signmethod/, registering({ signmethod: "md5" })],
    ["without securemode", 2, /securemode ""/, registering({ securemode: null })],
    ["with another securemode", 2, /securemode "3"/, registering({ securemode: "3" })],
    ["with an unknown authType", 2, /unknown authType "what"/, registering({ authType: "what" })],
    ["with another random than was signed", 4, /wrong signature/, registering({ random: "4712" })],
    ["with the device's secret", 4, /wrong signature/, registering({}, { text: hmac("sha256", DS, content) })],
    ["for an unknown product", 4, /no product/, registering({}, { username: `${DN}&other` })],
    ["under a name with a slash", 2, /characters/, registering({ authType: "regnwl" }, { username: `a/b&${PK}` })],
  ];
  for (const [what, code, why, change] of cases) {
    it(`${what}: CONNACK ${code}`, async () => {
      const admission = await ask(change);
      assert.equal(codeOf(admission), code);
      assert.match("why" in admission ? admission.why : "", why);
    });
  }

  it("is refused where registration is switched off, where it is not pre-registered, and when it is disabled", async () => {
    const world = await testWorld();
    const named = (name: string): Change =>
      registering({}, { username: `${name}&${PK}`, text: hmac("sha256", PS, content.replace(DN, name)) });
    assert.equal(codeOf(asks(world, named("unknown"))), 4);
    world.registry.setRegistration(PK, false);
    assert.equal(codeOf(asks(world, registering())), 4);
    world.registry.setRegistration(PK, true);
    world.registry.setEnabled({ productKey: PK, deviceName: DN }, false);
    assert.equal(codeOf(asks(world, registering())), 5);
  });

  it("without pre-registration may be one of five units under one name; the oldest makes room", async () => {
    const world = await testWorld();
    const names = { productKey: PK, deviceName: DN };
    const logins = Array.from({ length: 6 }, () => {
      world.clock.advanceSync(1);
      return world.registry.addLogin(names);
    });
    const known = logins.map(({ clientId }) => world.registry.login(names, clientId) !== undefined);
    assert.deepEqual(known, [false, true, true, true, true, true]);
  });
});

describe("a device gets in", () => {
  it("with an MD5 signature and no method named", async () => {
    assert.equal(codeOf(await ask({ clientId: id("securemode=3") })), 0);
  });

  it("with keepalive 30 and 1200 as they are, and 1201 as 1200, with a warning", async () => {
    for (const [asked, counts, warnings] of [
      [30, 30, 0],
      [1200, 1200, 0],
      [1201, 1200, 1],
      [65_535, 1200, 1],
    ] as const) {
      const admission = await ask({ keepaliveS: asked });
      assert.equal(warningsOf(admission).length, warnings);
      assert.equal("guest" in admission && admission.guest.keepaliveS, counts);
    }
  });

  it("with a securemode that does not fit, unless told to be strict, with a warning", async () => {
    assert.match(warningsOf(await ask({ secure: true }))[0] ?? "", /securemode 3 means TCP, but the connection is TLS/);
    assert.match(
      warningsOf(await ask({ clientId: id("securemode=2,signmethod=hmacmd5") }))[0] ?? "",
      /securemode 2 means TLS, but the connection is TCP/,
    );
  });
});

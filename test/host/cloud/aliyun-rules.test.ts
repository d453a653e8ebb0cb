/** Whom the emulated Aliyun lets in, and with which CONNACK it refuses the others. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import type { Admission, ConnectRequest } from "../../../host/broker/rules.ts";
import { parseIdentifier, parseUsername } from "../../../host/cloud/aliyun/identifier.ts";
import { aliyunRules } from "../../../host/cloud/aliyun/rules.ts";
import type { AliyunOptions } from "../../../host/cloud/aliyun/rules.ts";
import { isSignature, signedContent } from "../../../host/cloud/aliyun/signature.ts";
import { fieldsOf, triples, vectors } from "./aliyun-data.ts";

const PK = "a1B2c3D4e5F";
const DN = "dev_861551056136351";
const SECRET = "ga7XA6KdlEeiPXQPpRbAjOZXwG8y0123";
const TIMESTAMP = "1700000000000";

function hmac(method: string, content: string): string {
  return createHmac(method, SECRET).update(content).digest("hex");
}
const CONTENT = `clientId${DN}deviceName${DN}productKey${PK}`;
const MD5 = hmac("md5", CONTENT);

/** A device that does everything right, but for `change`. */
function ask(change: Partial<ConnectRequest> & { text?: string } = {}, options: Partial<AliyunOptions> = {}): Admission {
  const { text = MD5, ...request } = change;
  return aliyunRules({
    products: [PK],
    findDevice: (productKey, deviceName) => (productKey == PK && deviceName == DN ? { deviceSecret: SECRET } : undefined),
    ...options,
  }).admit({
    clientId: `${DN}|securemode=3,signmethod=hmacmd5|`,
    username: `${DN}&${PK}`,
    password: Buffer.from(text),
    keepaliveS: 120,
    secure: false,
    ...request,
  });
}

function codeOf(admission: Admission): number {
  return "guest" in admission ? 0 : admission.code;
}

function warningsOf(admission: Admission): readonly string[] {
  return "guest" in admission ? admission.guest.warnings : assert.fail(admission.why);
}

describe("signatures", () => {
  for (const { name, algorithm, key, content, digest } of vectors) {
    it(name, () => {
      const fields = fieldsOf(content);
      assert.equal(signedContent(fields), content);
      assert.ok(isSignature(Buffer.from(digest), algorithm, key, fields));
      assert.ok(isSignature(Buffer.from(digest.toUpperCase()), algorithm, key, fields));
      const wrong = digest.replace(/.$/, (last) => (last == "0" ? "1" : "0"));
      for (const text of [wrong, digest.slice(2), `${digest}00`, "", "not hex"]) {
        assert.ok(!isSignature(Buffer.from(text), algorithm, key, fields), text);
      }
      assert.ok(!isSignature(undefined, algorithm, key, fields));
    });
  }
});

describe("known devices", () => {
  for (const { name, clientId, username, password, deviceSecret, keepaliveS = 120 } of triples) {
    it(`${name} gets in`, () => {
      const names = parseUsername(username);
      const admission = aliyunRules({
        products: [names?.productKey ?? ""],
        findDevice: (_, deviceName) => (deviceName == names?.deviceName ? { deviceSecret } : undefined),
        strictSecuremode: true,
      }).admit({ clientId, username, password: Buffer.from(password), keepaliveS, secure: clientId.includes("securemode=2") });
      assert.equal(codeOf(admission), 0, JSON.stringify(admission));
      assert.deepEqual(warningsOf(admission), []);
    });
  }
});

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
});

describe("a device is refused", () => {
  const id = (parameters: string): string => `${DN}|${parameters}|`;
  const cases: [what: string, code: number, why: RegExp, change: Parameters<typeof ask>[0], options?: Partial<AliyunOptions>][] = [
    ["one digit of the password changed", 4, /wrong signature/, { text: MD5.replace(/^./, (c) => (c == "0" ? "1" : "0")) }],
    ["no password", 4, /wrong signature/, { password: undefined }],
    ["timestamp sent but not signed", 4, /timestamp/, { clientId: id(`securemode=3,signmethod=hmacmd5,timestamp=${TIMESTAMP}`) }],
    ["timestamp signed but not sent", 4, /wrong signature/, { text: hmac("md5", `${CONTENT}timestamp${TIMESTAMP}`) }],
    ["another method than the one it names", 4, /hmacsha1/, { clientId: id("securemode=3,signmethod=hmacsha1") }],
    ["SHA-256 without saying so", 4, /hmacmd5/, { clientId: id("securemode=3"), text: hmac("sha256", CONTENT) }],
    ["unknown method", 2, /unknown signmethod "hmacsha512"/, { clientId: id("securemode=3,signmethod=hmacsha512") }],
    ["a method that every object has", 2, /unknown signmethod/, { clientId: id("securemode=3,signmethod=constructor") }],
    ["another client id signed", 4, /wrong signature/, { clientId: "other|securemode=3,signmethod=hmacmd5|" }],
    ["unknown product", 4, /no product "x"/, { username: `${DN}&x` }],
    ["product in other letters", 4, /no product/, { username: `${DN}&${PK.toLowerCase()}` }],
    ["unknown device", 4, /has no device "x"/, { username: `x&${PK}` }],
    ["disabled device", 5, /disabled/, {}, { findDevice: () => ({ deviceSecret: SECRET, enabled: false }) }],
    ["no user name", 3, /user name/, { username: undefined }],
    ["user name without &", 3, /user name/, { username: DN }],
    ["client id without pipes", 2, /client id is not/, { clientId: DN }],
    ["nothing before the pipe", 2, /1 to 64 characters/, { clientId: "|securemode=3|" }],
    ["65 characters before the pipe", 2, /1 to 64 characters/, { clientId: `${"x".repeat(65)}|securemode=3|` }],
    ["securemode missing", 2, /securemode is missing/, { clientId: id("signmethod=hmacmd5") }],
    ["securemode of another way to connect", 2, /securemode "-1"/, { clientId: id("securemode=-1,signmethod=hmacmd5") }],
    ["TLS claimed over TCP, strictly", 2, /means TLS/, { clientId: id("securemode=2,signmethod=hmacmd5") }, { strictSecuremode: true }],
    ["TCP claimed over TLS, strictly", 2, /means TCP/, { secure: true }, { strictSecuremode: true }],
    ["dynamic registration", 4, /switched off/, { clientId: id("securemode=2,authType=register,random=1,signmethod=hmacmd5") }],
    ["keepalive 29", 2, /keepalive 29 s; at least 30 s/, { keepaliveS: 29 }],
    ["keepalive 0", 2, /keepalive 0 s/, { keepaliveS: 0 }],
    ["keepalive 1201, strictly", 2, /at most 1200 s/, { keepaliveS: 1201 }, { strictKeepalive: true }],
  ];
  for (const [what, code, why, change, options] of cases) {
    it(`${what}: CONNACK ${code}`, () => {
      const admission = ask(change, options);
      assert.equal(codeOf(admission), code);
      if ("guest" in admission) return assert.fail();
      assert.match(admission.why, why);
      assert.ok(!admission.why.includes(SECRET) && !admission.why.includes(MD5), "no secret in the reason");
    });
  }

  it("for what it says about itself before its signature is looked at", () => {
    assert.equal(codeOf(ask({ username: "x&y", clientId: DN })), 2);
    assert.equal(
      codeOf(ask({ username: `x&${PK}`, clientId: id("securemode=3,signmethod=what") })),
      4,
      "no such device, whatever it signs with",
    );
    assert.equal(codeOf(ask({ text: "wrong", keepaliveS: 1 })), 4, "the signature, then the keepalive");
  });
});

describe("a device gets in", () => {
  it("with an MD5 signature and no method named", () => {
    assert.equal(codeOf(ask({ clientId: `${DN}|securemode=3|` })), 0);
  });

  it("with keepalive 30 and 1200 as they are, and 1201 as 1200, with a warning", () => {
    for (const [asked, counts, warnings] of [
      [30, 30, 0],
      [1200, 1200, 0],
      [1201, 1200, 1],
      [65_535, 1200, 1],
    ] as const) {
      const admission = ask({ keepaliveS: asked });
      assert.equal(warningsOf(admission).length, warnings);
      assert.equal("guest" in admission && admission.guest.keepaliveS, counts);
    }
  });

  it("with a securemode that does not fit, unless told to be strict, with a warning", () => {
    assert.match(warningsOf(ask({ secure: true }))[0] ?? "", /securemode 3 means TCP, but the connection is TLS/);
    assert.match(
      warningsOf(ask({ clientId: `${DN}|securemode=2,signmethod=hmacmd5|` }))[0] ?? "",
      /securemode 2 means TLS, but the connection is TCP/,
    );
  });
});

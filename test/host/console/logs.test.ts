import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodedLine } from "../../../host/console/logs.ts";
import { secretMask } from "../../../host/console/secrets.ts";

const NONE = new Map<string, Buffer>();

function maskFor(identity: object, password?: string): (text: string) => string {
  return secretMask(new Map([["identity", Buffer.from(JSON.stringify(identity))]]), password);
}

describe("a line of a device", () => {
  it("is read as UTF-8, and shows bytes that are none", () => {
    assert.equal(decodedLine(Buffer.from("演示 1 on linux").toString("latin1")), "演示 1 on linux");
    assert.equal(decodedLine("let x\xd2\xd0\x07"), "let x\\xd2\\xd0\\x07");
  });

  it("says what error flags mean", () => {
    assert.equal(
      decodedLine("error flags: FIFO_FULL,CALLBACK"),
      "error flags: FIFO_FULL,CALLBACK (input came faster than it was taken, bytes are lost; a listener or a timer was removed after an error)",
    );
    assert.equal(decodedLine("error flags: NEW"), "error flags: NEW");
  });
});

describe("what must not be seen", () => {
  it("is hidden wherever the identity's values stand, but not who the device is", () => {
    const mask = maskFor({ deviceName: "m1", username: "m1", password: "pa$s(word)", simPin: "1234" }, "letmein");
    assert.equal(mask('app: got "pa$s(word)" and letmein'), 'app: got "***" and ***');
    assert.equal(mask("m1: PIN 1234, 12345 messages, A1234"), "m1: PIN ***, 12345 messages, A1234");
  });

  it("is hidden where it is named, whatever it is", () => {
    const mask = secretMask(NONE);
    assert.equal(mask('{"deviceName":"m1","deviceSecret":"0123456789abcdef"}'), '{"deviceName":"m1","deviceSecret":"***"}');
    // Without quotes nobody knows where it ends.
    assert.equal(mask("app: password=hunter2, and more"), "app: password=***");
    assert.equal(mask("pass: correct horse battery"), "pass: ***");
    assert.equal(mask('{"password":"a b, c; d\\" e","next":1}'), '{"password":"***","next":1}');
    assert.equal(mask("{ password: 'a b, c', next: 1 }"), "{ password: '***', next: 1 }");
    assert.equal(mask('"{\\"password\\":\\"a b\\",\\"next\\":1}"'), '"{\\"password\\":***');
    assert.equal(mask('cut off: {"password":"a b, c'), 'cut off: {"password":"***');
    assert.equal(mask('AT+QMTCONN=0,"id","user","hunter2"'), 'AT+QMTCONN=0,"id","***","***"');
    assert.equal(mask('app: sends AT+CPIN="1234"'), 'app: sends AT+CPIN="***"');
  });

  it("does not hide the reasons of failures", () => {
    const mask = secretMask(NONE);
    for (const line of [
      "error: sim-pin: check: simPin in the identity (each is tried once)",
      "error: credentials-refused: 5; check: username and password, rights at the broker",
      "link: sim -> registering (ok)",
    ])
      assert.equal(mask(line), line);
  });

  it("never comes through, whatever stands around it", () => {
    const secret = fc.stringMatching(/^[!-~]{6,30}$/);
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (password, before, after) => {
        const shown = maskFor({ password })(before + password + after);
        assert.ok(!shown.includes(password) || (before + after + "***").includes(password));
      }),
    );
  });
});

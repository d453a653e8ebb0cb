import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DeviceErrorName } from "../../src/api/device.ts";
import { Fault } from "../../src/api/fault.ts";
import { LinkState, Rung } from "../../src/api/link.ts";
import type { Judgement } from "../../src/api/link.ts";
import { errorOf, evidenceOf, judge } from "../../src/link/diagnosis.ts";

function next(failed: LinkState, fault: Fault, cause: DeviceErrorName, failures: number, random = 0.5): Judgement {
  return judge(failed, fault + cause, failures, random);
}

/** Nobody answers. */
function broken(failures: number, random?: number): Judgement {
  return next(LinkState.Connecting, Fault.Server, "connect-failed", failures, random);
}

describe("backoff", () => {
  it("climbs two attempts a rung, and ends with the board", () => {
    const rungs = Array.from({ length: 12 }, (_, i) => broken(i + 1).rung);
    const order = [Rung.Mqtt, Rung.Bearer, Rung.Radio, Rung.Reset, Rung.Power, Rung.Board];
    assert.deepEqual(
      rungs,
      order.flatMap((rung) => [rung, rung]),
    );
  });

  it("starts over further back on each rung, and never behind what failed", () => {
    const starts = [1, 3, 5, 7].map((n) => broken(n).startAt);
    assert.deepEqual(starts, [LinkState.Authorizing, LinkState.Attaching, LinkState.Sim, LinkState.Powering]);
    assert.equal(next(LinkState.Registering, Fault.Network, "no-signal", 1).startAt, LinkState.Registering);
  });

  it("looks at a module again from its power key, whatever it failed with", () => {
    assert.equal(next(LinkState.SettingUp, Fault.Module, "module-silent", 1).startAt, LinkState.Powering);
    assert.equal(next(LinkState.Online, Fault.Module, "module-rebooted", 1).startAt, LinkState.Powering);
    assert.equal(next(LinkState.Securing, Fault.Module, "tls-failed", 1).startAt, LinkState.Powering);
  });

  it("waits longer each time, up to five minutes, never exactly as long as another device", () => {
    const delays = Array.from({ length: 12 }, (_, i) => broken(i + 1).delayMs);
    assert.deepEqual(delays.slice(0, 4), [2000, 4000, 8000, 16000]);
    assert.equal(Math.max(...delays), 300000);
    assert.equal(broken(1, 0).delayMs, 1500);
    assert.equal(broken(1, 0.999).delayMs < 2500, true);
  });

  it("waits for somebody where something was refused, and longest for who looks after the cloud", () => {
    const refused = next(LinkState.Connecting, Fault.Server, "credentials-refused", 1);
    assert.deepEqual([refused.isRefusal, refused.delayMs], [true, 10000]);
    for (const cause of ["credentials-refused", "signature-refused", "registration-off", "already-registered"] as const)
      assert.equal(next(LinkState.Authorizing, Fault.Server, cause, 1).delayMs, 3600000, cause);
  });

  it("sets up a module that restarted at once, unless it keeps restarting", () => {
    assert.equal(next(LinkState.Online, Fault.Module, "module-rebooted", 1).delayMs, 100);
    assert.equal(next(LinkState.SettingUp, Fault.Module, "module-rebooted", 3).delayMs, 8000);
  });
});

describe("the evidence of a failure", () => {
  it("is its class, its cause and its proof", () => {
    assert.deepEqual(evidenceOf("Nconnection-lost"), { class: Fault.Network, cause: "connection-lost", proof: "" });
    assert.deepEqual(evidenceOf("Sconnect-failed: h:8883, QMTOPEN -1"), {
      class: Fault.Server,
      cause: "connect-failed",
      proof: "h:8883, QMTOPEN -1",
    });
  });

  it("says what happened and what to check, to the log and to the application", () => {
    const { text, outlook } = judge(LinkState.Connecting, "Sconnect-failed: h:8883, QMTOPEN -1", 1, 0.5);
    assert.match(text, /^error: connect-failed: h:8883, QMTOPEN -1; check: .*CA file/);
    assert.equal(outlook, "link: next attempt in 2 s (mqtt)");
    assert.match(errorOf("Isim-missing").message, /^check: .*contacts/);
    assert.equal(errorOf("Mapn-refused").message, "check: apn, apnUser, apnPassword, apnAuth");
    assert.equal(errorOf("Ssignature-refused: 401").message, "401");
  });
});

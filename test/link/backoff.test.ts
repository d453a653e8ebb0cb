import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { next } from "../../src/link/backoff.ts";
import { explain } from "../../src/link/diagnosis.ts";

describe("the ladder", () => {
  it("climbs two attempts a rung, and ends with the board", () => {
    const rungs = Array.from({ length: 12 }, (_, i) => next("connecting", "connect-failed", i + 1, 0.5).rung);
    assert.deepEqual(rungs, ["mqtt", "mqtt", "bearer", "bearer", "radio", "radio", "reset", "reset", "power", "power", "board", "board"]);
  });

  it("starts over further down on each rung, and never behind what failed", () => {
    const starts = [1, 3, 5, 7].map((n) => next("connecting", "connect-failed", n, 0.5).startAt);
    assert.deepEqual(starts, ["authorizing", "attaching", "sim", "powering"]);
    assert.equal(next("registering", "no-signal", 1, 0.5).startAt, "registering");
    assert.equal(next("setting-up", "module-silent", 1, 0.5).startAt, "powering");
    assert.equal(next("online", "module-rebooted", 1, 0.5).startAt, "powering");
  });

  it("waits longer each time, up to five minutes, never exactly as long as another device", () => {
    const delays = Array.from({ length: 12 }, (_, i) => next("connecting", "connect-failed", i + 1, 0.5).delayMs);
    assert.deepEqual(delays.slice(0, 4), [2000, 4000, 8000, 16000]);
    assert.equal(Math.max(...delays), 300000);
    assert.equal(next("connecting", "connect-failed", 1, 0).delayMs, 1500);
    assert.equal(next("connecting", "connect-failed", 1, 0.999).delayMs < 2500, true);
    assert.equal(next("connecting", "credentials-refused", 1, 0.5).delayMs, 10000, "nothing changes by itself");
  });

  it("sets up a module that restarted at once, unless it keeps restarting", () => {
    assert.equal(next("online", "module-rebooted", 1, 0.5).delayMs, 100);
    assert.equal(next("setting-up", "module-rebooted", 3, 0.5).delayMs, 8000);
  });
});

describe("explanations", () => {
  it("say what happened and what to check", () => {
    assert.match(explain("connect-failed", "h:8883, QMTOPEN -1"), /^h:8883, QMTOPEN -1; .*CA file/);
    assert.match(explain("sim-missing", ""), /contacts/);
  });
});

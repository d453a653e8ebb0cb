/** From power key to first publish: what the committed page says, and whose the time is. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { purposeOf } from "../../../host/bench/purposes.ts";
import { roundTripsPage } from "../../../host/bench/round-trips.ts";
import { owedMs, recordSession } from "../../../host/bench/session.ts";
import type { Session } from "../../../host/bench/session.ts";
import { ROOT } from "../../../host/project/root.ts";
import { MODELS, moduleNamed } from "../../../host/modules/find.ts";

/** DESIGN: the time from RDY to the acknowledgement, over what the module itself takes. */
const MOST = 1.2;

describe("the way to the first publish", () => {
  it("is the page in docs", async () => {
    const path = join(ROOT, "docs/round-trips.md");
    const page = await roundTripsPage();
    assert.equal(readFileSync(path, "utf8"), page, "npm run bench -- --only round-trips --record writes it anew");
    for (const model of MODELS) assert.ok(page.includes(`## ${model}: `));
    assert.doesNotMatch(page, /\| +\| `/, "a command without a purpose: purposes.ts of the module, or of host/modules/core");
    assert.doesNotMatch(page, /device-password|BEGIN CERTIFICATE/);
  });

  describe("with an EC20", () => {
    let session: Session;
    before(async () => {
      session = await recordSession("ec20");
    });

    it("is as short as the module allows", (t) => {
      const ratio = (session.acknowledgedMs - session.readyMs) / owedMs(session);
      t.diagnostic(`ratio ${ratio.toFixed(3)}`);
      assert.ok(ratio >= 1 && ratio <= MOST, `${ratio}`);
    });

    it("ends with the result of a publish, and each exchange with its own", () => {
      const last = session.exchanges.at(-1);
      assert.match(last?.command ?? "", /^AT\+QMTPUBEX=/);
      assert.match(last?.answer ?? "", /^\+QMTPUBEX: 0,\d+,0$/);
      assert.equal(session.exchanges.find(({ command }) => command.startsWith("AT+QMTOPEN"))?.answer, "+QMTOPEN: 0,0");
      assert.ok(session.exchanges.every(({ sentMs, endMs }) => endMs >= sentMs));
    });
  });
});

describe("what a module owes", () => {
  const exchange = (sentMs: number, endMs: number): Session["exchanges"][number] => ({ state: "", command: "", sentMs, endMs, answer: "" });

  it("counts every moment once, between the ready sign and the acknowledgement", () => {
    const exchanges = [exchange(100, 200), exchange(150, 250), exchange(400, 500), exchange(900, 1200)];
    assert.equal(owedMs({ exchanges, readyMs: 100, simMs: 0, registeredMs: 0, acknowledgedMs: 1000 }), 150 + 100 + 100);
    assert.equal(owedMs({ exchanges, readyMs: 100, simMs: 300, registeredMs: 450, acknowledgedMs: 1000 }), 400 + 100);
  });
});

describe("what a command is for", () => {
  it("is told by its name and first argument, in joined commands by each", async () => {
    const notes = await moduleNamed("ec20").notes();
    assert.match(purposeOf("ATE0", notes), /^echo off/);
    assert.match(purposeOf("AT+CTZU?", notes), /^is the network's time/);
    assert.match(purposeOf("AT+CTZU=3", notes), /goes into the clock/);
    assert.equal(
      purposeOf('AT+QSSLCFG="seclevel",2,1;+QSSLCFG="sslversion",2,3', notes),
      "the server is verified; TLS 1.2 and nothing older",
    );
    assert.match(purposeOf('AT+QMTPUBEX=0,3,1,0,"devices/1/up",36', notes), /first message/);
    assert.equal(purposeOf("AT+NOBODYKNOWS=1", notes), "");
  });
});

/** When a run is done, and what it says when it is not; what a line of the timeline looks like. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import type { Modem } from "../../../host/modules/modem.ts";
import { Progress } from "../../../host/start/progress.ts";
import { printable, shortened, Timeline } from "../../../host/start/timeline.ts";

function rig(): { progress: Progress; say: (ev: string, details?: object) => void; at: (ms: number) => void } {
  let now = 0;
  const progress = new Progress(() => now);
  const modem = new EventEmitter();
  progress.watch(modem as unknown as Modem);
  return { progress, say: (ev, details = {}) => void modem.emit("event", { ev, ...details }), at: (ms) => void (now = ms) };
}

describe("progress", () => {
  it("counts from the first ready sign to the first acknowledgement", async () => {
    const { progress, say, at } = rig();
    const done = progress.done(60_000);
    at(1000);
    say("ready");
    at(3500);
    say("published", { ok: false });
    say("published", { ok: true });
    at(4000);
    say("published", { ok: true });
    progress.line("link: securing -> connecting (done)");
    say("message");
    assert.equal(progress.received, 0, "it is not for the application yet");
    progress.line("link: subscribing -> online (done)");
    say("message");
    assert.equal(await done, "");
    assert.deepEqual([progress.onlineMs, progress.published, progress.received], [2500, 2, 1]);
  });

  it("gives the last error of the firmware as the reason", async () => {
    const { progress } = rig();
    progress.line("error: dns-failed: no such host; check cloud.host");
    progress.line("error: connect-failed: refused; check host and port");
    progress.line("app: error: this is none");
    assert.equal(await progress.done(0), "connect-failed: refused; check host and port");
  });

  it("names what is missing when nothing was said", async () => {
    const { progress, say } = rig();
    assert.match(await progress.done(0), /^timeout: no publish was acknowledged/);
    say("published", { ok: true });
    assert.match(await progress.done(0), /^timeout: no message reached/);
  });

  it("ends at once when the run cannot go on", async () => {
    const { progress } = rig();
    const done = progress.done(60_000);
    const failed = progress.failed();
    progress.fail("interpreter-failed: no such file");
    assert.equal(await done, "interpreter-failed: no such file");
    assert.equal(await failed, "interpreter-failed: no such file");
  });
});

describe("the timeline", () => {
  it("says when, who and what", () => {
    let now = 500;
    const lines: string[] = [];
    const timeline = new Timeline(
      () => now,
      (line) => lines.push(line),
    );
    now = 1734.4;
    timeline.add("board", "link: off -> powering (start)");
    assert.deepEqual(lines, ["    1234 ms  board     link: off -> powering (start)"]);
  });

  it("shows UTF-8 as text, other bytes as numbers, and nothing a terminal obeys", () => {
    assert.equal(printable(Buffer.from("温度 25℃").toString("latin1")), "温度 25℃");
    assert.equal(printable("\xff\x1b[2J\r\n"), "ÿ\\x1b[2J\\x0d\\x0a");
    assert.equal(shortened(Buffer.alloc(200, "a"), 5), "aaaaa… (200 bytes)");
  });
});

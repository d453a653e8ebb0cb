import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import { crc32 } from "node:zlib";
import { openPort } from "../../../host/console/port.ts";
import type { Port } from "../../../host/console/port.ts";
import { LockedError, Repl } from "../../../host/console/repl.ts";
import { SKIP, temporaryFolder } from "../../support/interpreter.ts";
import { startLive } from "../flash/live.ts";

/** A console that a test plays: it sees lines and Ctrl-C, and says what the test says. */
class Played extends EventEmitter {
  readonly lines: string[] = [];
  interrupts = 0;
  readonly port: Port;

  constructor(play: (line: string, say: (text: string) => void) => void) {
    super();
    this.port = {
      where: "played",
      onData: (fn) => void this.on("data", fn),
      onClose: (fn) => void this.on("close", fn),
      write: (bytes) => {
        const text = bytes.toString("latin1");
        if (text.includes("\x03")) this.interrupts++;
        if (!text.endsWith("\n")) return;
        this.lines.push(text);
        play(text, (said) => queueMicrotask(() => this.emit("data", Buffer.from(said, "latin1"))));
      },
      close: async () => {},
    };
  }
}

/** Number and expression of a line that asks. */
function asked(line: string): { id: string; sum: number; expression: string } {
  const [, id = "", sum = "", expression = ""] = /\("(\d+)",(\d+),(".*")\)\}catch/.exec(line) ?? [];
  return { id, sum: Number(sum), expression: JSON.parse(expression || '""') as string };
}

describe("a console that is asked", () => {
  it("gives values, and hands over what the program prints in between", async () => {
    const printed: string[] = [];
    const played = new Played((line, say) => {
      const { id, sum, expression } = asked(line);
      assert.equal(sum, crc32(expression));
      say(`link: up\r\n>\r\x1b[J<#${id}=[1,"a"]\r\n`);
      say("later\r\n");
    });
    const repl = new Repl(played.port, (line) => printed.push(line));
    assert.deepEqual(await repl.evaluate("f()"), [1, "a"]);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(printed, ["link: up", "later"]);
    assert.ok(played.lines[0]?.startsWith("\x10"), "no echo");
  });

  it("tells what the interpreter throws", async () => {
    const played = new Played((line, say) => say(`<#${asked(line).id}!Error: no room\r\n`));
    await assert.rejects(new Repl(played.port).evaluate("f()"), /^Error: the interpreter says Error: no room$/);
  });

  it("asks again when a line or an answer was spoilt, after an interrupt", async () => {
    const answers = ["?", "=[1,", "Uncaught SyntaxError: Got '#'", "=7"];
    const played = new Played((line, say) => {
      const answer = answers.shift() as string;
      say(answer.startsWith("U") ? `${answer}\r\n` : `<#${asked(line).id}${answer}\r\n`);
    });
    assert.equal(await new Repl(played.port).evaluate("f()"), 7);
    assert.equal(played.lines.length, 4);
    assert.equal(played.interrupts, 3);
  });

  it("gives up when nothing answers, and when the line is closed", async () => {
    const silent = new Played(() => {});
    await assert.rejects(
      new Repl(silent.port).evaluate("1", { timeoutMs: 5 }),
      /^Error: played: the interpreter's console does not answer$/,
    );
    assert.equal(silent.lines.length, 5);
    const closed = new Played(() => queueMicrotask(() => closed.emit("close", new Error("cable"))));
    const repl = new Repl(closed.port);
    await assert.rejects(repl.evaluate("1"), /^Error: played: the line was closed: cable; was the board unplugged/);
    assert.ok(repl.isLost);
    await assert.rejects(repl.evaluate("1"), /the line was closed/);
  });

  it("opens a locked console with its password only", async () => {
    let isLocked = true;
    const play = (line: string, say: (text: string) => void): void => {
      if (line == "letmein\n") isLocked = false;
      say(isLocked ? "\r\n  Invalid password\r\npassword>" : `<#${asked(line).id}=1\r\n`);
    };
    await assert.rejects(new Repl(new Played(play).port).attention(), LockedError);
    await assert.rejects(new Repl(new Played(play).port).attention("wrong"), /does not take the password/);
    await new Repl(new Played(play).port).attention("letmein");
  });
});

describe("a port", () => {
  it("is named when it cannot be opened", async () => {
    await assert.rejects(openPort("tcp:127.0.0.1", 9600), /^Error: tcp:127\.0\.0\.1: a network port is written tcp:HOST:PORT$/);
    await assert.rejects(openPort("tcp:127.0.0.1:1", 9600), /^Error: tcp:127\.0\.0\.1:1: connect ECONNREFUSED.*; nothing listens there/);
    await assert.rejects(openPort("/dev/none", 9600), /^Error: \/dev\/none: .*; is the board plugged in/);
  });
});

describe("the interpreter's console", { skip: SKIP }, () => {
  it("is asked over TCP", async () => {
    const folder = temporaryFolder();
    const live = await startLive(folder.path);
    const port = await openPort(live.port, 115_200);
    const repl = new Repl(port, () => {}, { hold: true });
    try {
      await repl.attention();
      assert.deepEqual(await repl.evaluate('[1+1,"\\u00ff",typeof print]'), [2, "ÿ", "function"]);
      assert.equal(await repl.evaluate("undefined"), null);
      await assert.rejects(repl.evaluate("nothere()"), /the interpreter says ReferenceError: "nothere" is not defined/);
      // What somebody left behind on the line, and a program that does not end.
      port.write(Buffer.from("garbage((("));
      assert.equal(await repl.evaluate("40+2"), 42);
      port.write(Buffer.from("\x10while(1);\n"));
      assert.equal(await repl.evaluate("40+3"), 43);
    } finally {
      await port.close();
      await live.close();
      folder.remove();
    }
  });
});

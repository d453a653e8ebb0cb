/** The supervisor: of a stand-in for the interpreter everywhere, of the genuine one where `ESPRUINO` names it. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { buildImage } from "../../../host/image/storage.ts";
import { Interpreter, LineReader, pinPath } from "../../../host/interpreter/interpreter.ts";
import type { InterpreterOptions } from "../../../host/interpreter/interpreter.ts";

const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "interpreter-"));
  folders.push(folder);
  return folder;
}

after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A shell script in the interpreter's place. It reads standard input to its end, as the interpreter waits for its console. */
function standIn(script: string): string {
  const path = join(newFolder(), "interpreter");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

interface Supervised {
  interpreter: Interpreter;
  folder: string;
  lines: string[];
  /** Resolves when `fits` is true after an event. */
  until(fits: () => boolean): Promise<void>;
  failures: Error[];
  levels: [string, number][];
}

function supervise(binary: string, options: Partial<InterpreterOptions> = {}): Supervised {
  const folder = newFolder();
  const lines: string[] = [];
  const failures: Error[] = [];
  const levels: [string, number][] = [];
  let look = (): void => {};
  const interpreter = new Interpreter({
    binary,
    folder,
    image: Buffer.from("image"),
    print: (line) => {
      lines.push(line);
      look();
    },
    onFailure: (error) => {
      failures.push(error);
      look();
    },
    onPin: (name, level) => {
      levels.push([name, level]);
      look();
    },
    ...options,
  });
  interpreter.start();
  const until = async (fits: () => boolean): Promise<void> => {
    if (fits()) return;
    await new Promise<void>((resolve) => (look = () => fits() && resolve()));
  };
  return { interpreter, folder, lines, failures, levels, until };
}

describe("lines of the console", () => {
  it("come without prompt and escape sequences, in whatever pieces", () => {
    const text = "\r\x1b[Jfirst\r\n\r\n>\r\x1b[J> not a prompt\r\n\x1b[1mbold\x1b[0m \xe4\r\n>";
    for (const size of [1, 3, 100]) {
      const lines: string[] = [];
      const reader = new LineReader((line) => lines.push(line));
      for (let i = 0; i < text.length; i += size) reader.feed(text.slice(i, i + size));
      assert.deepEqual(lines, ["first", "> not a prompt", "bold \xe4"]);
    }
  });
});

describe("the supervisor", () => {
  it("starts the binary beside the image, without arguments, with its input open", async () => {
    const { interpreter, lines, until } = supervise(standIn('echo "$# $(cat espruino.flash)"; cat; echo "input ended"'));
    await until(() => lines.length > 0);
    await interpreter.kill();
    assert.deepEqual(lines, ["0 image"]);
  });

  it("has it run by another program, and types on its console", async () => {
    const { interpreter, lines, until } = supervise(standIn('echo "$WHO"; read line; echo "typed $line"; exec cat'), {
      runner: ["env", "WHO=env"],
    });
    await until(() => lines.length > 0);
    interpreter.type("print(1)");
    await until(() => lines.length > 1);
    await interpreter.kill();
    assert.deepEqual(lines, ["env", "typed print(1)"]);
  });

  it("starts it again when it ends, keeps what it stored, and hides how it says so", async () => {
    const { interpreter, lines, until } = supervise(
      standIn('echo "start $(cat espruino.flash)"; echo "Not implemented"; echo kept > espruino.flash; exit 1'),
    );
    await until(() => lines.length >= 2);
    await interpreter.kill();
    assert.deepEqual(lines.slice(0, 2), ["start image", "start kept"]);
  });

  it("gives up after so many ends", async () => {
    const { interpreter, lines, failures, until } = supervise(standIn("echo start; exit 3"), { maxRestarts: 2 });
    await until(() => failures.length > 0);
    assert.equal(lines.length, 3);
    assert.match(failures[0]?.message ?? "", /ended 3 times, last with 3/);
    await interpreter.kill();
  });

  it("says when there is no such binary", async () => {
    const { failures, until } = supervise("/nowhere/espruino");
    await until(() => failures.length > 0);
    assert.match(failures[0]?.message ?? "", /^\/nowhere\/espruino: cannot be started/);
  });

  it("plays the watchdog: silence ends the program, and it starts again", async () => {
    const { interpreter, lines, until } = supervise(standIn("echo start; exec sleep 100"), { watchdogMs: 100 });
    await until(() => lines.length >= 2);
    await interpreter.kill();
    assert.ok(interpreter.restarts >= 1);
  });

  it("sees what is written to the pins", async () => {
    const { interpreter, levels, until } = supervise(standIn("printf 1 > pin-powerKey; sleep 0.3; printf 0 > pin-powerKey; exec cat"), {
      pins: ["powerKey", "reset"],
    });
    await until(() => levels.length >= 2);
    await interpreter.kill();
    assert.deepEqual(levels, [
      ["powerKey", 1],
      ["powerKey", 0],
    ]);
  });

  it("ends what it started, and waits for its end", async () => {
    const { interpreter, lines, folder, until } = supervise(standIn("echo $$ > pid; echo start; exec cat"));
    await until(() => lines.length > 0);
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    await interpreter.kill();
    assert.throws(() => process.kill(pid, 0), /ESRCH/);
    assert.equal(interpreter.restarts, 0);
    await interpreter.kill();
  });
});

describe("the genuine interpreter", { skip: process.env["ESPRUINO"] ? false : "ESPRUINO is not set" }, () => {
  const binary = process.env["ESPRUINO"] as string;
  const image = (boot: string): Buffer => buildImage(new Map([[".bootcde", Buffer.from(boot, "latin1")]]), { pageSize: 1024, pages: 256 });

  it("boots from the image, restarts by E.reboot with its Storage kept, and prints bytes as they are", async () => {
    const boot =
      'var s=require("Storage");setInterval(function(){},1000);print("\\xe4 "+s.read("n"));if(!s.read("n")){s.write("n","1");E.reboot();}';
    const { interpreter, lines, until } = supervise(binary, { image: image(boot) });
    await until(() => lines.length >= 2);
    await interpreter.kill();
    assert.deepEqual(lines, ["\xe4 undefined", "\xe4 1"]);
  });

  it("writes its pins", async () => {
    const folder = newFolder();
    const path = pinPath(folder, "powerKey");
    const boot = `var f=require("fs");f.writeFileSync("${path}","1");setTimeout(function(){f.writeFileSync("${path}","0")},300);`;
    const { interpreter, levels, until } = supervise(binary, { folder, image: image(boot), pins: ["powerKey"] });
    await until(() => levels.length >= 2);
    await interpreter.kill();
    assert.deepEqual(levels, [
      ["powerKey", 1],
      ["powerKey", 0],
    ]);
    assert.ok(existsSync(path));
  });
});

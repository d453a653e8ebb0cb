/** `npm run modem` as another program sees it. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { connect } from "node:net";
import { afterEach, describe, it } from "node:test";
import { LOADER } from "../../../host/loader/loader.ts";
import { openPty } from "../../../host/modules/pty.ts";
import { eventually } from "./support.ts";

const CLI = new URL("../../../host/modules/cli.ts", import.meta.url).pathname;

let running: ChildProcess | null = null;

interface Run {
  child: ChildProcess;
  out(): string;
  errors(): string;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, ["--import", LOADER, CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  running = child;
  let [out, errors] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  return { child, out: () => out, errors: () => errors };
}

async function exit({ child }: Run): Promise<number | null> {
  if (child.exitCode === null) await once(child, "exit");
  return child.exitCode;
}

afterEach(async () => {
  if (running && running.exitCode === null) {
    running.kill("SIGKILL");
    await once(running, "exit");
  }
  running = null;
});

describe("usage", () => {
  for (const [args, complaint] of [
    [[], "--model"],
    [["--model", "ec20"], "one of --pty, --tcp, --serial"],
    [["--model", "ec20", "--pty", "--tcp", "0"], "one of --pty, --tcp, --serial"],
    [["--model", "ec99", "--pty"], 'no model "ec99"; there are: ec20'],
    [["--model", "ec20", "--tcp", "x"], "must be a whole number"],
    [["--model", "ec20", "--pty", "--nonsense"], "--nonsense"],
  ] as const) {
    it(`${args.join(" ") || "nothing"} is wrong`, async () => {
      const wrong = run(...args);
      assert.equal(await exit(wrong), 2);
      await eventually(() => wrong.errors().includes(complaint), complaint);
    });
  }

  it("has help, with every fault", async () => {
    const help = run("--help");
    assert.equal(await exit(help), 0);
    await eventually(() => help.out().includes("stall-publish"), "help");
  });

  it("fails with the reason as its last line", async () => {
    const failed = run("--model", "ec20", "--serial", "/dev/no-such-port");
    assert.equal(await exit(failed), 1);
    await eventually(() => /^modem failed: .*no-such-port.*\n$/m.test(failed.errors()), "reason");
  });
});

describe("over TCP", () => {
  it("answers, tells its events, and stops on a signal", async () => {
    const modem = run("--model", "ec20", "--tcp", "0", "--control", "0", "--latency", "0", "--verbose");
    await eventually(() => /^control /m.test(modem.out()), "ports");
    const port = Number(/^tcp 127\.0\.0\.1:(\d+)$/m.exec(modem.out())?.[1]);
    const controlPort = Number(/^control 127\.0\.0\.1:(\d+)$/m.exec(modem.out())?.[1]);
    const host = connect(port, "127.0.0.1");
    const control = connect(controlPort, "127.0.0.1");
    let [got, events] = ["", ""];
    host.on("data", (data: Buffer) => (got += data.toString("latin1")));
    control.on("data", (data: Buffer) => (events += data.toString()));
    await eventually(() => modem.errors().includes("PB DONE"), "boot");
    host.write("AT+CSQ\r");
    await eventually(() => got.includes("AT+CSQ\r\r\n+CSQ: "), "answer");
    control.write('{"set":"signal","rssi":5}\n');
    await eventually(() => events.includes('"ev":"control"'), "event");
    host.write("AT+CSQ\r");
    await eventually(() => got.includes("+CSQ: 5,99\r\n\r\nOK\r\n"), "new signal");
    modem.child.kill("SIGTERM");
    assert.equal(await exit(modem), 0);
    host.destroy();
    control.destroy();
  });
});

describe("over a pseudo-terminal", () => {
  for (const [model, name] of [
    ["air780ep", "Air780EP"],
    ["air720", "Air720"],
  ] as const) {
    it(`is an ${name} too`, async () => {
      const modem = run("--model", model, "--pty", "--latency", "0", "--verbose");
      await eventually(() => /^pty \S+$/m.test(modem.out()), "path");
      const path = /^pty (\S+)$/m.exec(modem.out())?.[1] as string;
      await eventually(() => modem.errors().includes("PDN ACT"), "boot");
      await exchange(path, "ATE0\rAT+CGMM\r", `+CGMM: "${name}"\r\n\r\nOK\r\n`);
    });
  }

  it("answers byte for byte", async () => {
    const modem = run("--model", "ec20", "--pty", "--latency", "0", "--verbose");
    await eventually(() => /^pty \S+$/m.test(modem.out()), "path");
    const path = /^pty (\S+)$/m.exec(modem.out())?.[1] as string;
    await eventually(() => modem.errors().includes("PB DONE"), "boot");
    const got = await exchange(path, "ATE0\rAT+CGMM\r", "EC20F\r\n\r\nOK\r\n");
    assert.ok(got.includes("ATE0\r\r\nOK\r\n"), JSON.stringify(got));
  });
});

describe("a pseudo-terminal", () => {
  it("carries every byte both ways, and takes nothing from the other side", async () => {
    const pty = openPty();
    let got = Buffer.alloc(0);
    pty.onData((bytes) => (got = Buffer.concat([got, bytes])));
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const other = openSync(pty.path, "r+");
    writeSync(other, all);
    await eventually(() => got.length >= all.length, "bytes");
    assert.deepEqual(got, all);
    pty.write(all);
    const back = Buffer.alloc(256);
    for (let size = 0; size < back.length;) {
      await new Promise((resolve) => setImmediate(resolve));
      size += readSync(other, back, size, back.length - size, null);
    }
    assert.deepEqual(back, all);
    closeSync(other);
    pty.close();
    pty.close();
  });
});

/** Writes to a terminal and collects what it says until `end` came. */
async function exchange(path: string, text: string, end: string): Promise<string> {
  const terminal = spawn("cat", [path], { stdio: ["ignore", "pipe", "ignore"] });
  let got = "";
  terminal.stdout.on("data", (data: Buffer) => (got += data.toString("latin1")));
  const line = openSync(path, "w");
  writeSync(line, text);
  try {
    await eventually(() => got.includes(end), JSON.stringify(end));
  } finally {
    closeSync(line);
    terminal.kill();
  }
  return got;
}

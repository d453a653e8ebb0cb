/**
 * `npm start -- --once` on the genuine interpreter: every module with every cloud, and the interpreter's own network, real time. Runs when
 * `ESPRUINO` names the interpreter.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { LOADER } from "../../host/loader/loader.ts";
import { ROOT } from "../../host/project/root.ts";
import { MODELS } from "../../host/modules/find.ts";
import { CLOUD_NAMES, cloudNamed } from "../../host/clouds/find.ts";
import { SKIP } from "../support/interpreter.ts";

function once(...options: string[]): Promise<{ code: number; lines: string[] }> {
  const args = ["--import", LOADER, "host/start/cli.ts", "--once", ...options];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, timeout: 150_000, killSignal: "SIGKILL" }, (error, stdout) =>
      resolve({ code: error ? 1 : 0, lines: stdout.trim().split("\n") }),
    );
  });
}

function isOnline({ code, lines }: { code: number; lines: string[] }): void {
  assert.equal(code, 0, lines.join("\n"));
  assert.match(lines[lines.length - 1] ?? "", /^online in \d+ ms, published 1, received 1$/);
  assert.ok(lines.some((line) => /online: \d+\/5450 variables/.test(line)));
}

/** Every cloud, and every way in. */
const WAYS = CLOUD_NAMES.flatMap((cloud) => cloudNamed(cloud).authModes.map((auth) => [cloud, auth] as const));

describe("on the interpreter", { skip: SKIP }, () => {
  for (const [cloud, auth] of WAYS) {
    for (const model of MODELS) {
      it(`${model} with ${cloud}, ${auth}, publishes and receives once`, async () => {
        isOnline(await once("--modem", model, "--cloud", cloud, "--auth", auth));
      });
    }
  }

  for (const cloud of CLOUD_NAMES)
    it(`its own network with ${cloud}, TLS, publishes and receives once`, async () => {
      const { code, lines } = await once("--link", "wifi", "--cloud", cloud);
      isOnline({ code, lines });
      assert.ok(lines.some((line) => line.endsWith("tls: insecure, the server is NOT verified")));
    });
});

/** The module `http-client` on the genuine interpreter, at an emulated module, real TLS, real time. Runs when `ESPRUINO` names the interpreter. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Modem } from "../../host/modules/modem.ts";
import { CLOUDS, type Cloud } from "../../host/clouds/index.ts";
import { RealClock } from "../../host/time/clock.ts";
import { interpreterHost } from "../../host/rig/hosts.ts";
import { httpJob } from "../support/http-job.ts";
import { withRequests } from "../support/http-up.ts";
import { INTERPRETER, SKIP } from "../support/interpreter.ts";

describe("on the interpreter", { skip: SKIP }, () => {
  for (const model of ["ec20", "air780ep", "air720"] as const) {
    it(`an ${model} gets and posts over HTTPS on the way up, and gets online`, { timeout: 150_000 }, async () => {
      const folder = mkdtempSync(join(tmpdir(), "http-"));
      const cloud = await (CLOUDS["broker"] as Cloud).start({ tls: true, onEvent: () => {} });
      const job = await httpJob();
      const clock = new RealClock();
      const modem = new Modem({ model, clock, resolve: (name, port) => cloud.resolve(name, port), chunk: 61, noise: true });
      const lines: string[] = [];
      let online = (): void => {};
      const isOnline = new Promise<void>((resolve) => (online = resolve));
      writeFileSync(join(folder, cloud.ca?.name ?? ""), cloud.ca?.pem ?? "");
      const host = await interpreterHost(
        {
          ...{ clock, modem, folder, identity: cloud.identity, resolve: undefined },
          product: { name: "suite", version: "1.0.0", board: "linux", modem: { model }, cloud: cloud.product },
          print: (line) => {
            lines.push(line);
            if (/^online: |^error: |^Uncaught/.test(line)) online();
          },
          onRestart: () => lines.push("restarted"),
          onFailure: (error) => lines.push(`failed: ${error.message}`),
        },
        INTERPRETER as string,
        [],
        await withRequests(model, job.requests),
      );
      try {
        host.boot();
        await isOnline;
        job.check(lines);
      } catch (error) {
        throw new Error(lines.join("\n"), { cause: error });
      } finally {
        await host.stop();
        await modem.close();
        await cloud.broker.close();
        await job.server.close();
        rmSync(folder, { recursive: true });
      }
    });
  }
});

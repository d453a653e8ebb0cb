/**
 * The module `http-client` on the genuine interpreter, at an emulated module, real TLS, real time. Runs when
 * `ESPRUINO` names the interpreter.
 */
import { describe, it } from "node:test";
import { createRig } from "../../host/rig/rig.ts";
import { RealClock } from "../../host/time/clock.ts";
import { httpJob } from "../support/http-job.ts";
import { withRequests } from "../support/http-up.ts";
import { INTERPRETER, SKIP } from "../support/interpreter.ts";
import { WITH_HTTP } from "../support/modules.ts";

/** Real milliseconds, on a busy machine. */
const LIMIT_MS = 120_000;

describe("on the interpreter", { skip: SKIP }, () => {
  for (const model of WITH_HTTP) {
    it(`an ${model} gets and posts over HTTPS on the way up, and gets online`, { timeout: 150_000 }, async () => {
      const job = await httpJob();
      const rig = await createRig({
        clock: new RealClock(),
        board: { interpreter: INTERPRETER as string },
        modem: { model, chunk: 61, noise: true },
        change: await withRequests(model, job.requests),
      });
      try {
        rig.board.boot();
        await rig.waitFor(/^online: |^error: |^Uncaught/, LIMIT_MS);
        job.check(rig.lines);
      } catch (error) {
        throw new Error(rig.lines.join("\n"), { cause: error });
      } finally {
        await rig.close();
        await job.server.close();
      }
    });
  }
});

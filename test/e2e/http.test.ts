/** The module `http-client` as it is built, in the whole firmware, on every module. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRig } from "../../host/rig/rig.ts";
import { httpJob } from "../support/http-job.ts";
import { withRequests } from "../support/http-up.ts";
import { WITH_HTTP } from "../support/modules.ts";

describe("requests on the way up", () => {
  for (const model of WITH_HTTP) {
    it(`of an ${model} get their replies, and the device gets online`, async () => {
      const job = await httpJob();
      const rig = await createRig({ modem: { model, chunk: 64 }, change: await withRequests(model, job.requests) });
      try {
        rig.board.boot();
        await rig.waitFor(/-> online/, 120_000);
        job.check(rig.lines);
      } finally {
        await rig.close();
        await job.server.close();
      }
    });

    it(`of an ${model} that fail are explained, and made again`, async () => {
      const job = await httpJob();
      const rig = await createRig({ modem: { model }, change: await withRequests(model, job.requests.slice(2, 3)) });
      try {
        rig.modem.on("event", ({ ev, registration }) => {
          if (ev == "registration" && registration == "home") rig.modem.control({ fault: "http-status", status: 302 });
        });
        rig.board.boot();
        const line = await rig.waitFor(/^error: /, 120_000);
        assert.equal(line, "error: http-status: 302 from 127.0.0.1; check: server, URL, rights there");
        await rig.waitFor(/-> online/, 120_000);
      } finally {
        await rig.close();
        await job.server.close();
      }
    });
  }
});

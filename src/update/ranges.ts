/** A file in ranges over HTTPS (RFC 9110, 14.2), which the 4G module fetches beside its connection to the broker. */
import type { Command } from "../api/command";
import type { AliyunConfig, Product } from "../api/config";
import type { BringUp } from "../api/bringup";
import type { HttpModule } from "../api/http";
import type { Step } from "../api/script";
import type { OtaTools } from "../api/update";
import * as steps from "../script/runner";

/** Bytes of a range: what Luat's build for AT commands takes with room to spare (4 KiB); each costs a TLS handshake of about 5 KB. */
export const LARGEST_RANGE = 3072;
/** A command that has no time of its own. */
const COMMAND_MS = 20000;

/** Kept from one range to the next: the certificate is not compared again. */
const session = { form: 0, maxPayload: 0, secured: "", found: false, attached: true, opened: true };

/** `then` gets the bytes, or `""`. */
export function getRange(tools: OtaTools, url: string, offset: number, size: number, then: (data: string) => void): void {
  const world = tools.world;
  const product = JSON.parse(world.read("product") as string) as Product;
  const up = { world: world, product: product, info: tools.info, session: session, unixTime: tools.unixTime, log: world.log } as BringUp;
  const wanted = { url: url, range: [offset, offset + size - 1] as [number, number], tls: (product.cloud as AliyunConfig).otaTls };
  let data = "";

  function run(next: Step | string): void {
    if (typeof next == "string") {
      if (next) world.log("update: " + next);
      world.drop("http-client");
      then(next ? "" : data);
    } else if (next.at) tools.send(next as Command, (result) => run(steps.next(result)));
    else world.after(() => run(steps.next({ error: "", code: -1, text: "", late: "" })), next.waitMs as number);
  }

  const http = world.load("http-client") as HttpModule;
  run(
    steps.begin(
      http.request(up, wanted, (reply) => {
        // A server that knows no ranges sends the file from its beginning.
        if (reply.status == 206 || (!offset && reply.body.length == size)) data = reply.body;
        return undefined;
      }),
      COMMAND_MS,
    ),
  );
}

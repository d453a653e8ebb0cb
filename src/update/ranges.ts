/** A file in ranges over HTTPS (RFC 9110, 14.2), which the 4G module fetches beside its connection to the broker. */
import type { BringUp, HttpModule } from "../api/bringup";
import type { Product } from "../api/config";
import type { Script } from "../api/script";
import type { UpdateTools } from "../api/update";

/** Bytes of a range: what Luat's build for AT commands takes with room to spare (4 KiB); each costs a TLS handshake of about 5 KB. */
export const LARGEST_RANGE = 3072;

/** Kept from one range to the next: the certificate is not compared again. */
const session = { form: 0, maxPayload: 0, secured: "", found: false, attached: true, opened: true };

/** `then` gets the bytes, or `""`: a request that failed is not the end of the update. */
export function getRange(tools: UpdateTools, url: string, offset: number, size: number, then: (data: string) => Script): Script {
  const world = tools.world;
  const product = JSON.parse(world.read("product") as string) as Product;
  const up = { world: world, product: product, info: tools.info, session: session, unixTime: tools.unixTime, log: world.log } as BringUp;
  const wanted = { url: url, range: [offset, offset + size - 1] as [number, number], tls: product.cloud.otaTls };
  let data = "";

  function request(): Script {
    const http = world.load("http-client") as HttpModule;
    return http.request(up, wanted, (reply) => {
      // A server that knows no ranges sends the file from its beginning.
      if (reply.status == 206 || (!offset && reply.body.length == size)) data = reply.body;
      return undefined;
    });
  }

  return {
    start: (done) =>
      tools.run(request, (failure) => {
        if (failure) world.log("update: " + failure.substr(1));
        world.drop("http-client");
        done(failure ? "" : data);
      }),
    ms: 0,
    then: (r) => then(r.text),
  };
}

/** The firmware with requests on its way up: what a cloud does in the state `authorizing`, here when the data connection stands, and for no cloud. */
import type { HttpRequest } from "../../src/api/http.ts";
import { LinkState } from "../../src/api/link.ts";
import { DEFAULT_CHOICE, MODULES, modulesNamed } from "../../host/compile/modules.ts";
import { ROOT } from "../../host/project/root.ts";
import { shortNamer } from "../../host/compile/short-names.ts";
import { cachedBundle } from "../../host/compile/bundle-cache.ts";

const short = shortNamer(ROOT, MODULES);

/** Marks the bytes of a body, each at its place. */
export function sumOf(body: string): number {
  let sum = 0;
  for (let i = 0; i < body.length; i++) sum = (sum * 31 + body.charCodeAt(i)) % 65521;
  return sum;
}

/** Without `tls`: the program verifies as the product's cloud does. */
export type Wanted = Omit<HttpRequest, "tls">;

/**
 * Puts the module `http-client` among the Storage files, and another `up` before the firmware's own. It logs `reply: <status> <bytes> <sum>` for each request.
 */
export async function withRequests(model: string, requests: readonly Wanted[]): Promise<(files: Map<string, Buffer>) => void> {
  const choice = { ...DEFAULT_CHOICE, model, http: true };
  const [http] = await cachedBundle(choice, modulesNamed(choice, ["http-client"]));
  const list = JSON.stringify(requests.map((one) => Object.fromEntries(Object.entries(one).map(([key, value]) => [short(key), value]))));
  const n = Object.fromEntries(
    ["begin", "after", "world", "load", "drop", "product", "body", "request", "log"].map((name) => [name, short(name)]),
  );
  const text = `var own=require("own-up"),up;
function reply(r){var s=0,b=r.${n["body"]};for(var i=0;i<b.length;i++)s=(s*31+b.charCodeAt(i))%65521;
up.${n["log"]}("reply: "+r.${short("status")}+" "+b.length+" "+s);}
function ask(){var w=up.${n["world"]},h=w.${n["load"]}("http-client");
return [${list}.map(function(q){q.tls=up.${n["product"]}.cloud.tls;return function(){return h.${n["request"]}(up,q,reply)}}),function(){w.${n["drop"]}("http-client")}];}
exports.${n["begin"]}=function(s,u){up=u;return s==${LinkState.Attaching}?[own.${n["begin"]}(s,u),ask]:own.${n["begin"]}(s,u)};
exports.${n["after"]}=own.${n["after"]};
`;
  return (files) => {
    files.set("own-up", files.get("up") as Buffer);
    files.set("up", Buffer.from(text, "latin1"));
    files.set("http-client", Buffer.from(http?.code ?? "", "latin1"));
  };
}

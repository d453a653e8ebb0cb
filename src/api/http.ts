/** Requests over HTTP that the 4G module makes. */
import type { BringUp } from "./bringup";
import type { TlsConfig } from "./config";
import type { Script } from "./script";

/** A request of HTTP/1.1 that the module makes. */
export interface HttpRequest {
  /** `https://host[:port]/path?query`, or `http://`. At most 500 bytes on Luat modules, 700 on an EC20. */
  url: string;
  /** With a body it is a POST. */
  body?: string;
  /** `Content-Type` of the body; absent: `application/x-www-form-urlencoded`. */
  type?: string;
  /** Further header lines, `Name: value`. */
  headers?: string[];
  /** First and last byte wanted, both included (RFC 9110, 14.1.2). */
  range?: [number, number];
  /** How an `https` server is verified; without it there is no such request. */
  tls: TlsConfig | undefined;
}

/** Status 200 or 206; any other is a failure. */
export interface HttpReply {
  status: number;
  /** One character per byte; at most 4,096, so what is longer is asked for in ranges. */
  body: string;
}

/** The cold module `http-client`. */
export interface HttpModule {
  /** The request, and then what `then` makes of its reply. Fails by name (`http-status`, `tls-failed` …), with the host and no secret in the detail. */
  request(up: BringUp, wanted: HttpRequest, then: (reply: HttpReply) => Script): Script;
}

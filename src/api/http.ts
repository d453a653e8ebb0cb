/** Requests over HTTP that the 4G module makes. */
import type { TlsConfig } from "./config";

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

/** The certificates that a server presents, whoever vouches for it. */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect } from "node:tls";
import type { DetailedPeerCertificate } from "node:tls";

export interface Server {
  host: string;
  port: number;
  /** What it is called in the handshake (SNI) and in its certificate, if not `host`. */
  serverName?: string;
}

/** No certificate was got; the message says why and what to look at. */
export class NothingPresented extends Error {}

/** The server's own certificate first, each followed by its issuer as far as the server sent them. @throws {NothingPresented} */
export function presentedBy(server: Server, timeoutMs: number): Promise<X509Certificate[]> {
  const { host, port, serverName = host } = server;
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      ...(!isIP(serverName) && { servername: serverName }),
      // Nothing is told to the server, and what it presents is judged afterwards: the oldest one may speak.
      rejectUnauthorized: false,
      minVersion: "TLSv1",
      ciphers: "DEFAULT:@SECLEVEL=0",
      // Without roots of its own Node cannot add to the chain what the server did not send.
      ca: [],
    });
    let connected = false;
    const end = (why: string): void => {
      clearTimeout(guard);
      socket.destroy();
      reject(new NothingPresented(`${host}:${port}: ${why}`));
    };
    const guard = setTimeout(() => end(silence(connected, timeoutMs)), timeoutMs);
    socket.on("connect", () => (connected = true));
    socket.on("error", (error) => end(reasonOf(error)));
    socket.on("close", () => end(CLOSED));
    socket.on("secureConnect", () => {
      const chain = chainOf(socket.getPeerCertificate(true));
      if (!chain.length) return end("presents no certificate");
      clearTimeout(guard);
      socket.destroy();
      resolve(chain);
    });
  });
}

const CLOSED = "ended the connection during the handshake: the port may be one without TLS, or the server asks for a client certificate";

function silence(connected: boolean, timeoutMs: number): string {
  const within = `within ${timeoutMs / 1000} s`;
  return connected
    ? `timeout: no TLS handshake ${within}; the port may be one without TLS`
    : `timeout: no connection ${within}; look at the address and at firewalls`;
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "DNS: no such host name, or no name server answers";
    case "ECONNREFUSED":
      return "refused: nothing listens on this port";
    case "ECONNRESET":
    case "EPIPE":
      return CLOSED;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "unreachable: there is no route to this host";
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
    case "EPROTO":
      return "not TLS: what the server says is no TLS handshake; the port may be one without TLS";
    default:
      return `TLS failed: ${error.message.trim()}`;
  }
}

/** Node links each certificate to its issuer, and a self-signed one to itself. */
function chainOf(first: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<string>();
  for (let one: DetailedPeerCertificate | undefined = first; one?.raw && !seen.has(one.fingerprint256); one = one.issuerCertificate) {
    seen.add(one.fingerprint256);
    chain.push(new X509Certificate(one.raw));
  }
  return chain;
}

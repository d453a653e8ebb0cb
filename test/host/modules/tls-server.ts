/** A TLS server that asks its clients who they are, and says nothing. */
import { createServer, type TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import type { ServerCertificate } from "../../../host/broker/certificates.ts";

export interface TlsServer {
  port: number;
  /** Common names of those who connected, null: no certificate that `ca` issued. */
  clients: (string | null)[];
  close(): Promise<void>;
}

export async function startTlsServer(certificate: ServerCertificate, ca: string): Promise<TlsServer> {
  const clients: (string | null)[] = [];
  const sockets = new Set<TLSSocket>();
  const server = createServer({ ...certificate, ca, requestCert: true, rejectUnauthorized: false }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    clients.push(socket.authorized ? String(socket.getPeerCertificate().subject.CN) : null);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    clients,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

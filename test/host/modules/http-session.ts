/** A module with an open way to an HTTP server in this process: what the HTTP tests of all models start from. */
import type { Authority } from "../../../host/broker/certificates.ts";
import { startServer, type ServerOptions, type TestServer } from "./http-server.ts";
import { booted, type Host, type HostOptions } from "./support.ts";

export interface HttpHost extends Host {
  server: TestServer;
  close(): Promise<void>;
}

/** Every host and port leads to the server. */
export async function withServer(options: HostOptions = {}, server: ServerOptions | TestServer = {}): Promise<HttpHost> {
  const running = "close" in server ? server : await startServer(server);
  const host = await booted({ resolve: () => ({ host: "127.0.0.1", port: running.port }), ...options });
  const close = async (): Promise<void> => {
    await host.modem.close();
    await running.close();
  };
  return { ...host, server: running, close };
}

/** An EC20 with its context up. */
export async function ec20WithServer(options: HostOptions = {}, server: ServerOptions | TestServer = {}): Promise<HttpHost> {
  const host = await withServer(options, server);
  await host.ask("AT+QIACT=1");
  return host;
}

export async function setUrl(host: Host, url: string): Promise<string> {
  return host.data(`AT+QHTTPURL=${url.length},60`, /CONNECT\r\n$/, url);
}

/** A command and all that comes up to the URC of the same name. */
export async function urcOf(host: Host, command: string): Promise<string> {
  const name = /\+[A-Z]+/.exec(command)?.[0].replace("GETEX", "GET") as string;
  host.send(`${command}\r`);
  return host.wait(new RegExp(`\\${name}: [^\\r]*\\r\\n$|ERROR[^\\r]*\\r\\n$`));
}

/** The CA of a server in a file of an EC20, SSL context 1 verifying with it. */
export async function verifyWith(host: Host, authority: Authority): Promise<void> {
  await host.data(`AT+QFUPL="UFS:ca.pem",${authority.pem.length}`, /CONNECT/, authority.pem);
  for (const setting of ['"cacert",1,"UFS:ca.pem"', '"seclevel",1,1', '"ciphersuite",1,0xFFFF', '"sni",1,1'])
    await host.ask(`AT+QSSLCFG=${setting}`);
}

/** URLs as modules take them: nothing is normalised, the path reaches the server as it was typed. */

export interface HttpUrl {
  /** null: none was given. */
  scheme: "http" | "https" | null;
  host: string;
  port: number | null;
  /** With its query; `/` when there is none. */
  path: string;
}

const URL_FORM = /^(?:(https?):\/\/)?([^/?#:@\s]+)(?::(\d{1,5}))?([/?][^#\s]*)?$/i;
const MAX_PORT = 65_535;

/** null: no URL of HTTP. */
export function parseHttpUrl(text: string): HttpUrl | null {
  const match = URL_FORM.exec(text);
  if (!match) return null;
  const port = match[3] === undefined ? null : Number(match[3]);
  if (port !== null && (port === 0 || port > MAX_PORT)) return null;
  const path = match[4] ?? "/";
  return {
    scheme: (match[1]?.toLowerCase() as HttpUrl["scheme"]) ?? null,
    host: match[2] as string,
    port,
    path: path.startsWith("/") ? path : `/${path}`,
  };
}

/** Ports of HTTP and HTTPS where a URL names none (RFC 9110, 4.2). */
export function portOf({ port }: HttpUrl, secure: boolean): number {
  return port ?? (secure ? 443 : 80);
}

/** The value of the Host header: with the port if it is not the scheme's own. */
export function hostHeader({ host, port }: HttpUrl): string {
  return port === null ? host : `${host}:${port}`;
}

/** Data connections, as modules tell of them. */

/** `+QIURC: "pdpdeact",1`, `+PDP: DEACT`, `+CGEV: NW PDN DEACT 1`. */
export function isDeactivated(rest: string): boolean {
  return /DEACT/.test(rest.toUpperCase());
}

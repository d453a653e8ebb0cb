/** The access point of a SIM whose product names none. */

/** What operators in China (MCC 460) give to things: China Mobile, Unicom, Telecom. */
const APNS = ["CMNET", "3GNET", "CTNET"];
/** Whose the network codes 00 to 13 are. */
const OPERATORS = "01020210011220";

/** `""` for an operator that is not listed: the network then chooses its default. */
export function apnOf(imsi: string): string {
  return (imsi.startsWith("460") && APNS[+(OPERATORS[+imsi.substr(3, 2)] as string)]) || "";
}

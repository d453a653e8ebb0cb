/** The access point of a SIM whose product names none. */

/** IMSI prefixes (MCC 460, China) and the APN their operators give to things: China Mobile, Unicom, Telecom. */
const APNS: [string, string][] = [
  ["46000 46002 46004 46007 46008 46013", "CMNET"],
  ["46001 46006 46009 46010", "3GNET"],
  ["46003 46005 46011 46012", "CTNET"],
];

/** `""` for an operator that is not listed: the network then chooses its default. */
export function apnOf(imsi: string): string {
  const operator = imsi.substr(0, 5);
  for (const entry of APNS) if (operator.length == 5 && entry[0].split(" ").indexOf(operator) >= 0) return entry[1];
  return "";
}

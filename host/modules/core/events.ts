/**
 * What happens in the module, for logs, tests and the control port. Never a PIN, a password or a device secret.
 *
 * | ev | details |
 * |---|---|
 * | power | state: off, booting, on, stopping |
 * | ready | the module says RDY |
 * | baud | baud |
 * | command, result, urc | command, without secrets; result, lost; urc, one character per byte |
 * | pin | accepted |
 * | registration | registration |
 * | pdp | cid, active, apn |
 * | upload | file, bytes, expected, checksum |
 * | tcp, tls | client, host, port; protocol, cipher, authorized (the server was verified) |
 * | open-failed | client, host, port, result, reason (which a real module keeps to itself) |
 * | connect | client, clientId, code of the CONNACK |
 * | subscribe | client, topics, granted |
 * | publish | client, topic, qos, retain, id, bytes, payload (one character per byte) |
 * | published | client, topic, id, ok: the broker acknowledged, or the module gave up; QoS 1 and 2 |
 * | message, message-lost | client, topic, qos, bytes, payload |
 * | http | request, result; status, length when there is a response |
 * | http-failed | host, result, reason (which a real module keeps to itself) |
 * | lost | client, code of QMTSTAT or reason |
 * | state, control, error | of the control port |
 */
export interface ModemEvent {
  ev: string;
  [detail: string]: unknown;
}

export type Emit = (event: ModemEvent) => void;

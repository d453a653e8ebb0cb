/** In what the modules of this family differ, besides their quirks. */
export interface Traits {
  /** As CGMM says it. */
  name: string;
  /** As ATI says it. */
  firmware: string;
  /** The context that the network gives with the registration. */
  bearerCid: number;
  /** The context of MQTT and CIICR. */
  dataCid: number;
  /** Whether CGREG tells the access technology. */
  cgregAct: boolean;
  /** Whether +NITZ is told unless CTZR says otherwise. */
  tellsTime: boolean;
  /** Whether the module finds the host's rate until IPR fixes one. */
  autobaud: boolean;
}

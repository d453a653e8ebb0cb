/** What the scripts of the way up may use, and the cold modules that have them. */
import type { ConnectPlan, Who } from "./cloud";
import type { HttpReply, HttpRequest } from "./http";
import type { LinkState, Rung, Session } from "./link";
import type { Script } from "./script";
import type { World } from "./world";

/** What the scripts may use. Lives while the link is brought up. */
export interface BringUp extends Who {
  world: World;
  session: Session;
  rung: Rung;
  /** `null` until a cloud made one. */
  plan: ConnectPlan;
  /** The payload of a message that came while connecting; `""`: none did. */
  pushed: string;
  /** Milliseconds in the current state. */
  elapsedMs(): number;
  /** Opens the UART at this rate. */
  setBaud(baud: number): void;
  /** The module said since `powering` began that it is ready. */
  isReady(): boolean;
  setUnixTime(seconds: number): void;
  log(text: string): void;
}

/** A cold module with the scripts of a path. */
export interface BringUpModule {
  /** The script of a state, up to `Connecting`. */
  begin(state: LinkState, up: BringUp): Script;
  /** The state that follows. */
  after(): LinkState;
}

/** The cold module `http-client`. */
export interface HttpModule {
  /** The request, and then what `then` makes of its reply. Fails by name (`http-status`, `tls-failed` …), with the host and no secret in the detail. */
  request(up: BringUp, wanted: HttpRequest, then: (reply: HttpReply) => Script): Script;
}

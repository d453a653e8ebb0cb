/** What the scripts of the way up may use, and the cold modules that have them. */
import type { ConnectPlan, Who } from "./cloud";
import type { Result } from "./command";
import type { BringUpState, LinkState, Rung, Session } from "./link";
import type { Step } from "./script";
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

/** A cold module with the scripts of a path. Only one step is alive at a time. */
export interface BringUpModule {
  /** Begins the script of a state. Returns its first step, `""` if it has none, or a failure. */
  begin(state: BringUpState, up: BringUp): Step | string;
  /** What follows when the step in hand gave this result: a step, `""` at the script's end, or a failure. */
  next(result: Result): Step | string;
  /** The state that follows. */
  after(): LinkState;
}

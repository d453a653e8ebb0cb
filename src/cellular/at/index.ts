/** The resident module `at`: the conversation with the module, loaded before what uses it. */
// The interpreter searches a name in the order of declaration: what runs for each byte received is declared first.
import "./reader";

export { abort, init, open, send, tick, TICK_MS } from "./channel";

/**
 * Programs that end with this one, however it ends. Each is a process group of its own, so that what it starts itself ends too, and is killed:
 * Espruino does not heed SIGTERM.
 */
import { spawn } from "node:child_process";
import type { ChildProcess, ChildProcessWithoutNullStreams } from "node:child_process";
import type { Socket } from "node:net";

/** For our own SIGKILL: a shell that is told who lives, and kills them when its standard input ends. */
const KEEPER = `
while read -r what pid; do
  if [ "$what" = started ]; then
    pids="$pids $pid"
  else
    left=
    for one in $pids; do [ "$one" = "$pid" ] || left="$left $one"; done
    pids=$left
  fi
done
for one in $pids; do kill -s KILL -- "-$one"; done`;

const children = new Set<ChildProcess>();
let tell: ((line: string) => void) | undefined;

export function startChild(program: string, args: readonly string[], cwd?: string): ChildProcessWithoutNullStreams {
  return kept(spawn(program, args, { stdio: "pipe", detached: true, ...(cwd !== undefined && { cwd }) }));
}

/** The same for a process that was started `detached`: the head of a group. */
export function kept<C extends ChildProcess>(child: C): C {
  tell ??= keeper();
  const { pid } = child;
  // It cannot be started: `error` says why.
  if (pid === undefined) return child;
  children.add(child);
  tell(`started ${pid}`);
  child.once("exit", () => {
    children.delete(child);
    tell?.(`ended ${pid}`);
  });
  return child;
}

/** With what it has started itself, which may go on after it. */
export function killChild(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // All have ended.
    if ((error as NodeJS.ErrnoException).code != "ESRCH") throw error;
  }
}

function keeper(): (line: string) => void {
  process.on("exit", () => children.forEach(killChild));
  // A session of its own: a terminal's signals are not for it.
  const shell = spawn("/bin/sh", ["-c", KEEPER], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  const input = shell.stdin as Socket;
  for (const one of [shell, input]) one.on("error", () => {}).unref();
  return (line) => void input.write(`${line}\n`);
}

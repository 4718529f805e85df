// Ends the provider process when the engine that started it is gone: a killed CLI leaves it behind otherwise.
import { connect } from "node:net";

/** Knows whether an operation is in flight. */
export class InFlight {
  private count = 0;

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.count += 1;
    try {
      return await work();
    } finally {
      this.count -= 1;
    }
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }
}

/**
 * Calls `end` when the address has refused a connection twice in a row while nothing was in flight. The parent process
 * is no sign: it is the launcher's shell, which lives on.
 */
export function watchEngine(address: string, inFlight: InFlight, end: () => void, everySeconds = 5): { stop(): void } {
  const [host = "", port = ""] = address.split(/:(?=\d+$)/);
  let refusals = 0;
  const timer = setInterval(() => {
    const socket = connect({ host, port: Number(port) });
    socket.unref();
    socket.once("connect", () => {
      refusals = 0;
      socket.destroy();
    });
    socket.once("error", () => {
      refusals += 1;
      if (refusals >= 2 && inFlight.isEmpty) end();
    });
  }, everySeconds * 1000);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/**
 * What is printed when nobody reads any more is lost, and is no error: Pulumi's host prints each uncaught error, so that one
 * would be followed by another for ever, and `watchEngine` would never have its turn.
 */
export function ignoreClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

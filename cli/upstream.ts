// The doctor's look behind a route: whether anything listens where the route sends updates. It connects, and sends nothing.
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { upstreamPlace } from "../provider/proxy/upstream";
import type { Check } from "./report";
import type { RecordedRoute } from "./stack";

const connectSeconds = 5;
const answered = "A route of pulumi-telegram answered in the bot's place";

/**
 * A route answers the checks itself, so a stopped bot is seen only by connecting to its upstream, on the route's machine. `address`
 * is where the checks connected: the route is of this machine if that is one of its addresses.
 */
export async function checkBot(routes: readonly RecordedRoute[] | undefined, address: string): Promise<Check> {
  if (routes === undefined) {
    return unknown(
      "whether the bot behind it runs cannot be told.",
      "Ask with --stack on the machine of the route, or look there whether something listens at the route's upstream.",
    );
  }
  const [route, ...others] = routes;
  if (route === undefined) {
    return check(
      "cannot tell",
      "Something of pulumi-telegram that is no route of this stack answered in the bot's place, as a Worker does; whether the bot behind it runs cannot be told.",
      "Look whether the bot runs. The line telegram says whether Telegram's deliveries fail.",
    );
  }
  const { upstream } = route;
  if (route.maintenance !== undefined) {
    return unknown("it has maintenance, so no update reaches the bot now.", "Take maintenance out of the route.");
  }
  const isHere = route.on === undefined && others.length === 0 && isOwn(address);
  if (!isHere) {
    const where = "whether the bot behind it runs cannot be told from this machine.";
    return unknown(where, `Look whether something listens at ${routes.map(placeOf).join(", and at ")}.`);
  }
  const code = await connectTo(upstream);
  if (code === undefined) return check("pass", `Something listens at ${upstream}, where the route sends updates.`);
  if (code === "ECONNREFUSED" || code === "ENOENT") {
    const says = `Nothing listens at ${upstream}, where the route sends updates (${code}); ${answered.toLowerCase()}.`;
    return check("fail", says, "Start the bot there, or correct the route's upstream.");
  }
  return unknown(`${upstream} could not be connected to (${code}).`, "Look whether the bot runs there.");
}

function placeOf({ on, machine, upstream }: RecordedRoute): string {
  return `${upstream} on ${on === undefined ? "the machine of the route" : machine}`;
}

/** Nothing when a connection came about, else the code of the error. */
function connectTo(upstream: string): Promise<string | undefined> {
  const place = upstreamPlace(upstream);
  return new Promise((resolve) => {
    const socket = connect({
      ...("socket" in place ? { path: place.socket } : place),
      timeout: connectSeconds * 1000,
    });
    const end = (code?: string) => (socket.destroy(), resolve(code));
    socket.once("connect", () => end());
    socket.once("timeout", () => end("ETIMEDOUT"));
    socket.once("error", ({ code = "no connection" }: NodeJS.ErrnoException) => end(code));
  });
}

function isOwn(address: string): boolean {
  if (address.startsWith("127.")) return true;
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address));
}

function unknown(what: string, fix: string): Check {
  return check("cannot tell", `${answered}; ${what}`, fix);
}

function check(status: Check["status"], detail: string, fix?: string): Check {
  return { id: "bot", status, detail, ...(fix !== undefined && { fix }) };
}

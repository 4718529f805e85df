// How peers behaved while the clock was moved: what ended alike again and again ends alike again without the network.
import type { Clock } from "./clock";
import type { HttpMessage } from "./http-reader";

/** How many endings in a row must be alike. */
const ENOUGH = 8;
/** Real time, and time of the clock, after which the network is asked again. */
const FRESH_MILLISECONDS = 50;
const FRESH_CLOCK_MILLISECONDS = 600_000;
/** Real time that one move spends on a peer before answers are remembered, and connections that come about. */
const BUDGET_MILLISECONDS = 400;

/** How an attempt ended: the connection is there, an answer came, or it is over (without a message: closed without an error). */
export type Ending = { kind: "open" } | { kind: "answer"; answer: HttpMessage } | { kind: "over"; message?: string };

interface Remembered {
  ending: Ending;
  /** Endings with the same one are alike. */
  signature: string;
  count: number;
  /** Real milliseconds, and those of the clock: when the network was last asked. */
  at: number;
  clockAt: number;
}

interface Peer {
  move: number;
  spentMilliseconds: number;
  /** By request; the opening of a connection has none. */
  endings: Map<string, Remembered>;
}

export class PeerMemory {
  private readonly peers = new Map<string, Peer>();

  constructor(private readonly clock: Clock) {}

  /** The ending to take instead of the network's; undefined when the network is to be asked. */
  recall(peer: string, request = ""): Ending | undefined {
    const known = this.peers.get(peer);
    const found = known?.endings.get(request);
    if (known === undefined || found === undefined || known.move !== this.clock.move) return undefined;
    const isFailedOpening = request === "" && found.ending.kind === "over";
    if (!isFailedOpening && known.spentMilliseconds < BUDGET_MILLISECONDS) return undefined;
    const isFresh =
      performance.now() < found.at + FRESH_MILLISECONDS &&
      this.clock.milliseconds() < found.clockAt + FRESH_CLOCK_MILLISECONDS;
    return found.count >= ENOUGH && isFresh ? found.ending : undefined;
  }

  /** What the network gave. */
  note(peer: string, ending: Ending, request = ""): void {
    const known = this.now(peer);
    if (known === undefined) return;
    const signature = signatureOf(ending);
    const before = known.endings.get(request);
    const count = before?.signature === signature ? before.count + 1 : 1;
    const times = { at: performance.now(), clockAt: this.clock.milliseconds() };
    known.endings.set(request, { ending, signature, count, ...times });
  }

  forget(peer: string, request = ""): void {
    this.peers.get(peer)?.endings.delete(request);
  }

  /** Real time that was spent on the network. */
  spend(peer: string, milliseconds: number): void {
    const known = this.now(peer);
    if (known !== undefined) known.spentMilliseconds += milliseconds;
  }

  /** What is known since this move of the clock began; undefined while it is not moved. */
  private now(peer: string): Peer | undefined {
    const { move } = this.clock;
    const known = this.peers.get(peer);
    if (move === undefined) {
      this.peers.delete(peer);
      return undefined;
    }
    if (known?.move === move) return known;
    const begun = { move, spentMilliseconds: 0, endings: new Map<string, Remembered>() };
    this.peers.set(peer, begun);
    return begun;
  }
}

/** Of an answer everything but its date. */
function signatureOf(ending: Ending): string {
  if (ending.kind !== "answer") return JSON.stringify(ending);
  const { start, headers, keepAlive, content } = ending.answer;
  const others = [...headers].filter(([name]) => name !== "date");
  return JSON.stringify([start, others, keepAlive, content.toString("latin1")]);
}

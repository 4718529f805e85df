// Connections that failed again and again while the clock was moved: the next one to the same peer fails alike, without the network.
import type { Clock } from "./clock";

/** How many failures in a row must be alike. */
const ENOUGH = 8;
/** Real time after which the network is asked again. */
const FRESH_MILLISECONDS = 50;

interface Failure {
  /** Undefined: closed without an error. */
  message: string | undefined;
  count: number;
  /** Real milliseconds: when the network was last asked. */
  at: number;
  move: number;
}

export class RecentFailures {
  private readonly byPeer = new Map<string, Failure>();

  constructor(private readonly clock: Clock) {}

  /** The outcome to take instead of a connection; undefined when the network is to be asked. */
  recall(peer: string): { message: string | undefined } | undefined {
    const failure = this.byPeer.get(peer);
    if (failure === undefined || failure.move !== this.clock.move) return undefined;
    return failure.count >= ENOUGH && performance.now() < failure.at + FRESH_MILLISECONDS ? failure : undefined;
  }

  note(peer: string, message: string | undefined): void {
    if (this.recall(peer) !== undefined) return;
    const { move } = this.clock;
    const before = this.byPeer.get(peer);
    const isAlike = move !== undefined && before?.move === move && before.message === message;
    if (move === undefined) this.byPeer.delete(peer);
    else this.byPeer.set(peer, { message, count: isAlike ? before.count + 1 : 1, at: performance.now(), move });
  }

  forget(peer: string): void {
    this.byPeer.delete(peer);
  }
}

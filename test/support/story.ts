// A story on one stack: steps that several tests share, each taken once, in the order in which they depend on each other.
import { count } from "./counts";

/** What a test throws that needs a step which has failed before, in another test: that one is red. */
export class Blocked extends Error {}

/**
 * A step that several tests share: taken when it is first asked for, and its result kept, so that a test can also run
 * alone. The test that takes it is red when it fails; those that need it later are blocked.
 */
export function step<T>(name: string, work: () => Promise<T>): () => Promise<T> {
  let taken: Promise<T> | undefined;
  return async () => {
    const isFirst = taken === undefined;
    taken ??= work();
    try {
      return await taken;
    } catch (error) {
      throw isFirst ? error : new Blocked(name);
    }
  };
}

let failedSetUp: { error: unknown; isTold: boolean } | undefined;

/** Like `beforeAll`, for the tests of stories: when it fails the first of them is red with its error, the others are blocked. */
export function setUp(work: () => Promise<void>, milliseconds?: number): void {
  beforeAll(async () => {
    try {
      await work();
    } catch (error) {
      failedSetUp = { error, isTold: false };
    }
  }, milliseconds);
}

/** What `setUp` made is taken away again, if it was made. */
export function tearDown(work: () => Promise<void>): void {
  afterAll(async () => {
    if (failedSetUp === undefined) await work();
  });
}

function afterSetUp(): void {
  if (failedSetUp === undefined) return;
  if (failedSetUp.isTold) throw new Blocked("set-up");
  failedSetUp.isTold = true;
  throw failedSetUp.error;
}

/** The test of a story: blocked, it says so and is counted in the ledger instead of being red for another one's fault. */
export function storyTest(name: string, work: () => void | Promise<void>): void {
  test(name, async () => {
    try {
      afterSetUp();
      await work();
    } catch (error) {
      if (!(error instanceof Blocked)) throw error;
      count("blocked", error.message);
      console.warn(`blocked, since the step "${error.message}" has failed`);
    }
  });
}

// Trying again and waiting, in a time that passes only while somebody sleeps.
import type { ExecutionContext } from "../../../provider/core/logic";
import { backOff, patienceFor, pause, retry, sleepWithLog } from "../../../provider/core/retry";
import { waitFor } from "../../../provider/core/wait";

function clock() {
  let milliseconds = 0;
  const lines: string[] = [];
  const end = new AbortController();
  const context: ExecutionContext = {
    now: () => new Date(milliseconds),
    random: () => 1,
    log: (line) => void lines.push(line),
    warn: (line) => void lines.push(`warning: ${line}`),
    signal: end.signal,
    sleep: (seconds) => Promise.resolve(void (milliseconds += seconds * 1000)),
    beyond: () => context,
  };
  return { context, lines, end, seconds: () => milliseconds / 1000 };
}

const failing = (times: number) => {
  let tries = 0;
  const work = () => {
    tries += 1;
    return tries > times ? Promise.resolve(tries) : Promise.reject(new Error(`failure ${tries}`));
  };
  return { work, tries: () => tries };
};

describe("retry", () => {
  test("gives what the first success gives, after waits that double", async () => {
    const { context, seconds } = clock();
    const { work } = failing(3);
    expect(await retry(work, context, { what: "asking", again: () => true })).toBe(4);
    expect(seconds()).toBe(0.5 + 1 + 2);
  });

  test("throws what the last of six tries threw", async () => {
    const { context } = clock();
    const { work, tries } = failing(99);
    await expect(retry(work, context, { what: "asking", again: () => true })).rejects.toThrow("failure 6");
    expect(tries()).toBe(6);
  });

  test("has as many attempts as it is given", async () => {
    const { work, tries } = failing(99);
    const again = () => true;
    await expect(retry(work, clock().context, { what: "asking", again, attempts: 2 })).rejects.toThrow("failure 2");
    expect(tries()).toBe(2);
  });

  test("gives up at once what is not worth repeating", async () => {
    const { context, seconds } = clock();
    const { work, tries } = failing(1);
    await expect(retry(work, context, { what: "asking", again: () => false })).rejects.toThrow("failure 1");
    expect([tries(), seconds()]).toEqual([1, 0]);
  });

  test("waits as long as the far side asks, also more often than six times, and says so", async () => {
    const { context, lines, seconds } = clock();
    const { work } = failing(8);
    expect(await retry(work, context, { what: "asking", again: () => 7 })).toBe(9);
    expect(seconds()).toBe(56);
    expect(lines).toEqual(Array.from({ length: 8 }, () => expect.stringMatching(/asking.*7 s/) as string));
  });

  test("ends at the deadline with what was thrown, whether it comes before or in a wait", async () => {
    const before = clock();
    before.end.abort();
    const one = failing(9);
    await expect(retry(one.work, before.context, { what: "asking", again: () => true })).rejects.toThrow("failure 1");
    const inside = clock();
    const sleep = (seconds: number) => {
      inside.end.abort();
      return inside.context.sleep(seconds);
    };
    const two = failing(9);
    await expect(retry(two.work, { ...inside.context, sleep }, { what: "asking", again: () => true })).rejects.toThrow(
      "failure 1",
    );
    expect([one.tries(), two.tries()]).toEqual([1, 1]);
  });
});

test("a back-off doubles from half a second up to 15, of which half is by chance", () => {
  expect([1, 2, 3, 4, 5, 6, 7].map((attempt) => backOff(attempt, 1))).toEqual([0.5, 1, 2, 4, 8, 15, 15]);
  expect([1, 6].map((attempt) => backOff(attempt, 0))).toEqual([0.25, 7.5]);
});

test("a wait of more than five seconds is told", async () => {
  const { context, lines } = clock();
  await sleepWithLog(5, context, "asking");
  expect(lines).toEqual([]);
  await sleepWithLog(5.1, context, "asking");
  expect(lines).toHaveLength(1);
});

test("a pause ends without an error when it is cut short", async () => {
  await expect(pause(3600, AbortSignal.abort())).resolves.toBeUndefined();
});

describe("waitFor", () => {
  const waiting = { what: "waiting for the record", tell: (seen: number) => `seen ${seen}` };
  const counting = () => {
    let looks = 0;
    return () => Promise.resolve((looks += 1));
  };

  test("looks at once, and then each second until it is enough", async () => {
    const { context, seconds } = clock();
    const seen = await waitFor(counting(), context, { ...waiting, seconds: 60, isEnough: (looks) => looks === 4 });
    expect([seen, seconds()]).toEqual([4, 3]);
  });

  test("says each ten seconds what it sees", async () => {
    const { context, lines } = clock();
    await waitFor(counting(), context, { ...waiting, seconds: 60, isEnough: (looks) => looks === 25 });
    expect(lines).toEqual([
      expect.stringMatching(/waiting for the record.*10 of 60 s.*seen 11/),
      expect.stringMatching(/waiting for the record.*20 of 60 s.*seen 21/),
    ]);
  });

  test("looks once more when the time is over, and gives what it saw, enough or not", async () => {
    const { context, seconds } = clock();
    const seen = await waitFor(counting(), context, { ...waiting, seconds: 2.5, isEnough: () => false });
    expect([seen, seconds()]).toEqual([4, 2.5]);
  });

  test("looks at least once, without any time and after the deadline", async () => {
    const { context, end } = clock();
    const none = { ...waiting, isEnough: () => false };
    expect(await waitFor(counting(), context, { ...none, seconds: 0 })).toBe(1);
    end.abort();
    expect(await waitFor(counting(), context, { ...none, seconds: 60 })).toBe(1);
  });
});

describe("a pause", () => {
  test.each([[Infinity], [2 ** 31 / 1000 + 1], [Number.MAX_VALUE], [NaN]])(
    "of %d seconds, which no timer takes, is a wait and not none",
    async (seconds) => {
      const end = new AbortController();
      let isOver = false;
      const waiting = pause(seconds, end.signal).then(() => (isOver = true));
      await pause(0.05, new AbortController().signal);
      expect(isOver).toBe(false);
      end.abort();
      await waiting;
    },
  );

  test("of less than nothing is over at once", async () => {
    await pause(-Infinity, new AbortController().signal);
  });
});

test.each([
  [7, 7],
  ["7", 7],
  [0, 1],
  [-5, 1],
  [1e-9, 1],
  [Infinity, 86_400],
  [2 ** 31, 86_400],
  [NaN, undefined],
  ["soon", undefined],
  ["-1", undefined],
  ["", undefined],
  [null, undefined],
  [undefined, undefined],
  [[7], undefined],
])("who asks to wait %p is given %p seconds", (asked, seconds) => {
  expect(patienceFor(asked)).toBe(seconds);
});

// Waits for a state by looking, with a deadline.

/** Looks every 20 ms; after `seconds` (90) it fails. */
export async function until(isTrue: () => boolean | Promise<boolean>, seconds = 90): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`not true within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

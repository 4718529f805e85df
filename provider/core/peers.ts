// Whether an optional package is installed: looked for beside ours, and not loaded.

/** One that is there and cannot be found by its bare name counts as installed: loading it says what is wrong. */
export function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code !== "MODULE_NOT_FOUND";
  }
}

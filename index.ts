// The public surface: exports only.
export {};

// Removes what an earlier build left, so that a source that was renamed leaves nothing to publish.
import { rmSync } from "node:fs";

rmSync(new URL("../dist", import.meta.url), { recursive: true, force: true });

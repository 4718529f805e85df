// Loaded before everything in the node processes of a project whose program is plain JavaScript: Pulumi's language host
// asks for a TypeScript compiler for every program, which costs each run of one about 0.3 s of processor time.
const process = require("node:process");

delete process.env.PULUMI_NODEJS_TYPESCRIPT;

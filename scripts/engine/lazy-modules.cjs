// Loaded before everything in the node processes of a test's project: what Pulumi's SDK needs to serialize closures, a TypeScript
// compiler and npm's tree of packages, is loaded when it is first used and not with the SDK. The providers here are constants
// that are never serialized; for them both cost each run of a program, and each provider, 0.6 s of processor time.
const Module = require("node:module");
const path = require("node:path");

const lazy = new Set(["typescript", "@npmcli/arborist"]);
const sdk = `${path.sep}@pulumi${path.sep}pulumi${path.sep}`;
const load = Module._load;

Module._load = function (request, parent, isMain) {
  if (!lazy.has(request) || !parent?.filename?.includes(sdk)) return load.call(this, request, parent, isMain);
  Module._resolveFilename(request, parent); // one that is not installed is missed at once, as ever
  let loaded;
  const real = () => (loaded ??= load.call(Module, request, parent, isMain));
  return new Proxy(
    {},
    {
      // What TypeScript compiled copies every export, unless the module says that it is one of TypeScript's own.
      get: (_target, name) => (name === "__esModule" ? true : real()[name]),
      has: (_target, name) => name in real(),
    },
  );
};

// A stand-in for the provider plugin of @pulumi/aws or @pulumi/cloudflare: answers the engine as the bridge to Terraform's provider
// does (names made up, what forces a replacement, what is unknown in a preview), over a world on disk that refuses what the cloud refuses.
// Source of the bridge's rules: github.com/pulumi/pulumi-terraform-bridge, pkg/tfbridge (schema.go, provider.go), read November 2026.
const { randomBytes } = require("node:crypto");
const grpc = require("@grpc/grpc-js");
const { Empty } = require("google-protobuf/google/protobuf/empty_pb");
const { Struct } = require("google-protobuf/google/protobuf/struct_pb");
const services = require("@pulumi/pulumi/proto/provider_grpc_pb");
const plugin = require("@pulumi/pulumi/proto/plugin_pb");
const rpc = require("@pulumi/pulumi/proto/provider_pb");
const { openWorld } = require("./world.js");

const signature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const [, , cloud, folder] = process.argv;
const { types, invokes } = require(`./${cloud}.js`);
const { version } = require(`@pulumi/${cloud}/package.json`);
const world = openWorld(folder);
let settings = {};

/** The same value with its secrets laid open. */
function open(value) {
  if (Array.isArray(value)) return value.map(open);
  if (typeof value !== "object" || value === null) return value;
  if (value[signature] === secretMark) return open(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, open(one)]));
}

const isSame = (one, other) => JSON.stringify(ordered(one)) === JSON.stringify(ordered(other));
function ordered(value) {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  // An asset is what it holds, whatever way it came in.
  if (signature in value && value.hash) return value.hash;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, ordered(value[key])]),
  );
}
const hasUnknown = (value) => JSON.stringify(value ?? null).includes(unknown);
const given = (struct) => struct?.toJavaScript() ?? {};
const own = (inputs) => Object.fromEntries(Object.entries(inputs).filter(([key]) => !key.startsWith("__")));

/** What a call is about. */
function subject(request) {
  const [type, name] = request.getUrn().split("::").slice(2);
  const token = type.split("$").pop();
  const rules = types[token];
  if (!rules) throw new Error(`the stand-in for ${cloud} knows no ${token}`);
  return { token, name, rules };
}

const context = (inputs) => ({
  world,
  region: inputs.region ?? settings.region ?? "us-east-1",
  made: randomBytes(8).toString("hex"),
});
/** Where a thing stands in the world: its id, unless that is not unique there. */
const placeOf = (rules, id, values) => rules.place?.(open(values)) ?? id;
const computed = (rules, inputs, known) => rules.computed?.(inputs, known) ?? {};

/** One line for each call that did, or in a preview would do, something. */
function told(method, request, startedAt, more) {
  const { token, name } = subject(request);
  world.log({ method, name, type: token, cloud, ...more, startedAt, at: Date.now() });
}

/** What a test wants of the next such call: it takes long, or is refused. */
async function asWanted(method, request) {
  const isPreview = request.getPreview?.() ?? false;
  const fault =
    !isPreview && ["create", "update", "delete"].includes(method) && world.fault(method, subject(request).name);
  if (fault?.seconds) await new Promise((resolve) => setTimeout(resolve, fault.seconds * 1000));
  if (fault?.says) throw new Error(fault.says);
}

/** The outputs that a preview does not know: every one that the cloud makes. */
const unknowns = (outputs) => Object.fromEntries(Object.keys(outputs).map((key) => [key, unknown]));

const answers = {
  getPluginInfo: () => new plugin.PluginInfo().setVersion(version),
  getSchema: () => new rpc.GetSchemaResponse().setSchema(JSON.stringify({ name: cloud, version })),
  checkConfig: (request) => new rpc.CheckResponse().setInputs(request.getNews()),
  diffConfig: () => new rpc.DiffResponse(),
  configure: (request) => {
    settings = open(given(request.getArgs()));
    return new rpc.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true).setAcceptresources(true);
  },

  check: (request) => {
    const { name, rules } = subject(request);
    const inputs = given(request.getNews());
    const olds = given(request.getOlds());
    const defaults = [];
    const property = rules.autoName?.property;
    if (property && inputs[property] === undefined) {
      const isKept = olds.__defaults?.includes(property);
      const suffix = rules.autoName.suffix?.(inputs) ?? "";
      inputs[property] = isKept ? olds[property] : `${name}-${randomBytes(4).toString("hex").slice(0, 7)}${suffix}`;
      defaults.push(property);
    }
    const response = new rpc.CheckResponse().setInputs(Struct.fromJavaScript({ ...inputs, __defaults: defaults }));
    const problems = rules.problems?.(open(inputs)) ?? [];
    return response.setFailuresList(problems.map((reason) => new rpc.CheckFailure().setReason(reason)));
  },

  diff: (request) => {
    const { rules } = subject(request);
    const [olds, news] = [given(request.getOldInputs()), given(request.getNews())];
    const keys = [...new Set([...Object.keys(own(olds)), ...Object.keys(own(news))])];
    const changed = keys.filter((key) => !isSame(open(olds[key]), open(news[key])));
    const replaces = changed.filter((key) => rules.replaces === "all" || ["region", ...rules.replaces].includes(key));
    const isNamed = rules.autoName && !news.__defaults?.includes(rules.autoName.property);
    return (
      new rpc.DiffResponse()
        .setChanges(
          changed.length > 0 ? rpc.DiffResponse.DiffChanges.DIFF_SOME : rpc.DiffResponse.DiffChanges.DIFF_NONE,
        )
        .setDiffsList(changed)
        .setReplacesList(replaces)
        // A name of the program's own can be there once only.
        .setDeletebeforereplace(replaces.length > 0 && isNamed === true)
    );
  },

  create: (request) => {
    const { token, rules } = subject(request);
    const startedAt = Date.now();
    const inputs = own(given(request.getProperties()));
    const plain = open(inputs);
    const known = context(plain);
    if (request.getPreview()) {
      told("preview create", request, startedAt, { inputs: plain });
      // What the cloud makes of values that are not known yet is not known either; the shape of it is.
      const made = hasUnknown(plain) ? rules.outputs : Object.keys(computed(rules, plain, known));
      const outputs = { ...inputs, ...unknowns(Object.fromEntries((made ?? []).map((key) => [key, 0]))) };
      return new rpc.CreateResponse().setProperties(Struct.fromJavaScript(outputs));
    }
    rules.refuse?.(plain, known);
    const outputs = computed(rules, plain, known);
    const id = rules.id(plain, { ...known, ...outputs });
    world.put(token, placeOf(rules, id, plain), plain, { ...plain, ...outputs }, id);
    rules.then?.(plain, known);
    told("create", request, startedAt, { id, inputs: plain });
    return new rpc.CreateResponse().setId(id).setProperties(Struct.fromJavaScript({ ...inputs, ...outputs }));
  },

  update: (request) => {
    const { token, rules } = subject(request);
    const startedAt = Date.now();
    const id = request.getId();
    const inputs = own(given(request.getNews()));
    const plain = open(inputs);
    const kept = Object.entries(given(request.getOlds())).filter(([key]) => rules.outputs.includes(key));
    if (request.getPreview()) {
      told("preview update", request, startedAt, { id, inputs: plain });
      const anew = unknowns(Object.fromEntries((rules.anew ?? []).map((key) => [key, 0])));
      const outputs = { ...Object.fromEntries(kept), ...inputs, ...anew };
      return new rpc.UpdateResponse().setProperties(Struct.fromJavaScript(outputs));
    }
    const place = placeOf(rules, id, plain);
    if (!world.get(token, place)) throw new Error(`(stand-in) NotFoundException: there is no ${token} ${id}`);
    rules.refuseUpdate?.(plain, context(plain));
    const made = computed(rules, plain, context(plain));
    const anew = Object.fromEntries((rules.anew ?? []).map((key) => [key, made[key]]));
    const outputs = { ...Object.fromEntries(kept), ...inputs, ...anew };
    world.put(token, place, plain, open(outputs), id);
    told("update", request, startedAt, { id, inputs: plain });
    return new rpc.UpdateResponse().setProperties(Struct.fromJavaScript(outputs));
  },

  delete: (request) => {
    const { token, rules } = subject(request);
    const startedAt = Date.now();
    const place = placeOf(rules, request.getId(), given(request.getProperties()));
    const thing = world.get(token, place);
    if (thing) rules.refuseDelete?.(thing.outputs, { world, id: thing.id });
    world.remove(token, place);
    told("delete", request, startedAt, { id: request.getId() });
    return new Empty();
  },

  read: (request) => {
    const { token, rules } = subject(request);
    const thing = world.get(token, placeOf(rules, request.getId(), given(request.getProperties())));
    if (!thing) return new rpc.ReadResponse();
    // What is as it was keeps its marks of secrets.
    const live = (struct, values) => {
      const was = given(struct);
      const now = Object.entries(values).map(([key, value]) => [key, isSame(open(was[key]), value) ? was[key] : value]);
      return Struct.fromJavaScript({
        ...Object.fromEntries(now),
        ...(was.__defaults && { __defaults: was.__defaults }),
      });
    };
    return new rpc.ReadResponse()
      .setId(request.getId())
      .setProperties(live(request.getProperties(), thing.outputs))
      .setInputs(live(request.getInputs(), thing.inputs));
  },

  invoke: (request) => {
    const token = request.getTok();
    if (!invokes[token]) throw new Error(`the stand-in for ${cloud} knows no ${token}`);
    const inputs = open(given(request.getArgs()));
    world.log({ method: "invoke", type: token, cloud, inputs, at: Date.now() });
    return new rpc.InvokeResponse().setReturn(Struct.fromJavaScript(invokes[token](inputs, context(inputs))));
  },

  cancel: () => new Empty(),
  attach: () => new Empty(),
};

const service = Object.fromEntries(
  Object.entries(answers).map(([method, answer]) => [
    method,
    async (call, callback) => {
      try {
        await asWanted(method, call.request);
        callback(null, answer(call.request));
      } catch (error) {
        callback({ code: grpc.status.UNKNOWN, message: error.message });
      }
    },
  ]),
);
const server = new grpc.Server({ "grpc.max_receive_message_length": 1 << 28 });
server.addService(services.ResourceProviderService, service);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
// A command that is killed leaves its plugins behind.
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(), 1000).unref();

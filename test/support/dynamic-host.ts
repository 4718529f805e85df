// Pulumi's real dynamic provider host as a process of its own, spoken to over gRPC as the engine does it.
import { createRequire } from "node:module";
import * as net from "node:net";
import * as path from "node:path";
import { shellEnvironment } from "./npm";
import { start } from "./process";

export type Values = Record<string, unknown>;

export interface CheckFailure {
  property: string;
  reason: string;
}

/** What a call is refused with; `kept` is there when a create or an update went half-way. */
export class HostError extends Error {
  constructor(
    message: string,
    readonly kept?: { id: string; properties: Values; reasons: string[] },
  ) {
    super(message);
  }
}

export interface HostArgs {
  /** The folder whose node_modules holds @pulumi/pulumi. */
  sdk: string;
  /** The program's folder, from where the line finds the package. */
  directory: string;
  env?: NodeJS.ProcessEnv;
}

export type DynamicHost = Awaited<ReturnType<typeof startDynamicHost>>;

/** What the engine writes in place of a value that is not known yet. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Starts the host and waits for its port. End it with `stop()`. */
export async function startDynamicHost({ sdk, directory, env }: HostArgs) {
  // The host connects to the engine's address to see whether it still lives; nothing else of it is used.
  const engine = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
  const { port: enginePort } = engine.address() as net.AddressInfo;
  const packageFolder = path.join(sdk, "node_modules", "@pulumi", "pulumi");
  const printed = { stdout: "", stderr: "" };
  const host = start(
    process.execPath,
    [path.join(packageFolder, "cmd", "dynamic-provider"), `127.0.0.1:${enginePort}`],
    {
      cwd: directory,
      env: shellEnvironment({
        PULUMI_NODEJS_PROJECT: "test",
        PULUMI_NODEJS_STACK: "test",
        no_proxy: "127.0.0.1",
        ...env,
      }),
      onLine: (line, stream) => (printed[stream] += `${line}\n`),
    },
  );
  const stop = async () => {
    await host.stop();
    await new Promise((resolve) => engine.close(resolve));
  };
  try {
    const [port] = await host.waitFor(/^\d+$/);
    const client = connect(packageFolder, port);
    return {
      pid: host.pid,
      ...methodsOf(client),
      /** What was printed after the port. It comes on its own way: complete only after `waitFor` or `stop`. */
      stdout: () => printed.stdout.replace(/^\d+\n/, ""),
      stderr: () => printed.stderr,
      waitFor: host.waitFor,
      stop: async () => {
        client.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The generated classes, as far as they are used here. */
type Message = Record<string, (...args: unknown[]) => unknown>;
interface Protocol {
  message: (name: string, fields: Record<string, unknown>) => Message;
  struct: (values: Values) => unknown;
  initFailed: (bytes: Uint8Array) => { id: string; properties: Values; reasons: string[] } | undefined;
}
interface Client {
  call: (method: string, request: Message) => Promise<Message>;
  close: () => void;
  protocol: Protocol;
}

function methodsOf({ call, protocol: { message, struct } }: Client) {
  const plain = (value: unknown) => (value as { toJavaScript: () => Values } | undefined)?.toJavaScript() ?? {};
  return {
    configure: async (config: Record<string, string>): Promise<void> => {
      await call("configure", message("ConfigureRequest", { args: struct(config) }));
    },
    check: async (olds: Values, news: Values): Promise<{ inputs: Values; failures: CheckFailure[] }> => {
      const answer = await call("check", message("CheckRequest", { olds: struct(olds), news: struct(news) }));
      const failures = answer["getFailuresList"]?.() as Message[];
      return {
        inputs: plain(answer["getInputs"]?.()),
        failures: failures.map((failure) => ({
          property: failure["getProperty"]?.() as string,
          reason: failure["getReason"]?.() as string,
        })),
      };
    },
    diff: async (id: string, olds: Values, news: Values) => {
      const answer = await call("diff", message("DiffRequest", { id, olds: struct(olds), news: struct(news) }));
      return {
        changes: ["unknown", "none", "some"][answer["getChanges"]?.() as number],
        replaces: answer["getReplacesList"]?.() as string[],
        deleteBeforeReplace: answer["getDeletebeforereplace"]?.() as boolean,
      };
    },
    create: async (properties: Values): Promise<{ id: string; properties: Values }> => {
      const answer = await call("create", message("CreateRequest", { properties: struct(properties) }));
      return { id: answer["getId"]?.() as string, properties: plain(answer["getProperties"]?.()) };
    },
    read: async (id: string, properties: Values): Promise<{ id: string; properties: Values; inputs: Values }> => {
      const answer = await call("read", message("ReadRequest", { id, properties: struct(properties) }));
      return {
        id: answer["getId"]?.() as string,
        properties: plain(answer["getProperties"]?.()),
        inputs: plain(answer["getInputs"]?.()),
      };
    },
    update: async (id: string, olds: Values, news: Values): Promise<{ properties: Values }> => {
      const answer = await call("update", message("UpdateRequest", { id, olds: struct(olds), news: struct(news) }));
      return { properties: plain(answer["getProperties"]?.()) };
    },
    delete: async (id: string, properties: Values): Promise<void> => {
      await call("delete", message("DeleteRequest", { id, properties: struct(properties) }));
    },
  };
}

interface GrpcError extends Error {
  details: string;
  metadata: { get: (key: string) => (Uint8Array | string)[] };
}

/** A client made of the SDK's own modules: its protocol is the one under test. */
function connect(packageFolder: string, port: string): Client {
  const load = createRequire(path.join(packageFolder, "package.json"));
  const grpc = load("@grpc/grpc-js") as { credentials: { createInsecure: () => unknown } };
  const { ResourceProviderClient } = load("./proto/provider_grpc_pb.js") as {
    ResourceProviderClient: new (address: string, credentials: unknown, options: object) => Record<string, unknown>;
  };
  const protocol = protocolOf(load);
  const options = { "grpc.enable_http_proxy": 0, "grpc.max_receive_message_length": -1 };
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options);
  const call = (method: string, request: Message) =>
    new Promise<Message>((resolve, reject) => {
      const send = client[method] as (
        request: Message,
        done: (error: GrpcError | null, answer: Message) => void,
      ) => void;
      send.call(client, request, (error, answer) => {
        if (error === null) return resolve(answer);
        const [details] = error.metadata.get("grpc-status-details-bin");
        reject(new HostError(error.details, details instanceof Uint8Array ? protocol.initFailed(details) : undefined));
      });
    });
  return { call, close: () => (client["close"] as () => void).call(client), protocol };
}

function protocolOf(load: NodeJS.Require): Protocol {
  type MessageClass = (new () => Message) & { deserializeBinary: (bytes: unknown) => Message };
  const provider = load("./proto/provider_pb.js") as Record<string, MessageClass>;
  const { Status } = load("./proto/status_pb.js") as Record<string, MessageClass>;
  const { Struct } = load("google-protobuf/google/protobuf/struct_pb.js") as {
    Struct: { fromJavaScript: (values: Values) => unknown };
  };
  return {
    message: (name, fields) => {
      const made = new (provider[name] as MessageClass)();
      for (const [field, value] of Object.entries(fields)) {
        made[`set${field[0]?.toUpperCase()}${field.slice(1)}`]?.(value);
      }
      return made;
    },
    struct: (values) => Struct.fromJavaScript(values),
    initFailed: (bytes) => {
      const [detail] = Status?.deserializeBinary(bytes)["getDetailsList"]?.() as Message[];
      if (detail === undefined) return undefined;
      const failed = provider["ErrorResourceInitFailed"]?.deserializeBinary(detail["getValue"]?.());
      return {
        id: failed?.["getId"]?.() as string,
        properties: (failed?.["getProperties"]?.() as { toJavaScript: () => Values }).toJavaScript(),
        reasons: failed?.["getReasonsList"]?.() as string[],
      };
    },
  };
}

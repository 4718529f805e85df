// Turns a Logic into what Pulumi's dynamic host calls: unknowns, secrets, redaction, error text, partial failure.
import {
  checkInputs,
  diffInputs,
  factsOf,
  inputsOf,
  loadState,
  maskWords,
  secretTexts,
  storedInputs,
} from "../core/fields";
import type { CheckContext } from "../core/fields";
import { isTimeout, withCode, wordsOf } from "../core/failure";
import type { Ledger } from "../core/ledger";
import type { Applied, CheckInput, OperationContext, Lifecycle, Logic, SharedServices } from "../core/logic";
import { outgoing } from "../core/printable";
import { claimProblems } from "./claims";
import { declaredKey, declaredOf, undeclaredIn } from "./declared";
import type { DeclaredResource } from "./declared";
import { lines, noticeParts, warnings } from "./notices";
import { isUnknown, unknownValue } from "./unknown";
import type { InFlight } from "./watch";

type Values = Record<string, unknown>;

/** What the process gives every provider in it. */
export interface HostServices extends SharedServices {
  now(): Date;
  random(): number;
  randomBytes(size: number): Buffer;
  /** Resolves early when the signal is aborted. */
  sleep(seconds: number, signal: AbortSignal): Promise<void>;
  write(line: string): void;
  /** Why no request to this URL can be sent, if that can be told without sending one. */
  wayProblem(url: string): string | undefined;
  ledger: Ledger;
  inFlight: InFlight;
}

/** Pulumi's dynamic provider interface, as `cmd/dynamic-provider` calls it. */
export interface DynamicProvider {
  configure(request: { config: { get(key: string): string | undefined } }): Promise<void>;
  check(olds: Values, news: Values): Promise<{ inputs: Values; failures: { property: string; reason: string }[] }>;
  diff(
    id: string,
    olds: Values,
    news: Values,
  ): Promise<{ changes: boolean; replaces: string[]; deleteBeforeReplace: boolean }>;
  create(inputs: Values): Promise<{ id: string; outs: Values }>;
  read(id: string, props: Values): Promise<{ id?: string; props?: Values; inputs?: Values }>;
  update(id: string, olds: Values, news: Values): Promise<{ outs: Values }>;
  delete(id: string, props: Values): Promise<void>;
}

const defaultTimeoutSeconds = 300;

export function dynamicProvider<I extends object, F extends object & { [K in keyof I]?: never }>(
  logic: Logic<I, F>,
  services: HostServices,
): DynamicProvider {
  const { ledger } = services;
  const makingRoom = new Set<string>();
  /** What this run has read of each exclusive thing: a renamed resource is created with it, since the engine gives it no past. */
  const lastRead = new Map<string | undefined, Values>();
  let configured: Promise<(key: string) => string | undefined> | undefined;
  let loaded: Lifecycle<I, F> | undefined;

  const told = new Set<string>();
  const tell = (line: string) => {
    told.add(line);
    services.write(line);
  };
  /** A refresh says why something is due, and the difference that the engine asks for after it would say it again. */
  const tellOnce = (line: string) => {
    if (!told.has(line)) tell(line);
  };

  const checkContext = (): CheckContext => ({ isUnknown, unknown: unknownValue, now: services.now() });
  const claimant = (declared: DeclaredResource) => [declared.parents, declared.name].filter(Boolean).join(" / ");
  const stored = (inputs: I, facts: F, host: Values): Values =>
    plain({
      ...storedInputs(logic.fields, inputs as Values),
      ...factsOf(logic.facts, facts as Values),
      schemaVersion: logic.schemaVersion,
      [declaredKey]: host[declaredKey],
      __provider: host["__provider"],
    });

  type Work<T> = (lifecycle: Lifecycle<I, F>, context: OperationContext, clean: (text: string) => string) => Promise<T>;

  /** Runs one operation with its context; all that it says is masked and printable. */
  function operate<T>(id: string | undefined, objects: Values[], work: Work<T>): Promise<T> {
    const hidden = secretTexts(logic, ...objects);
    const clean = (text: string) => outgoing(text, hidden);
    return quietly(clean, () =>
      services.inFlight.during(async () => {
        const config = await (configured ??
          Promise.reject(new Error("the provider was used before it was configured")));
        loaded ??= logic.lifecycle(services);
        const { name, owner = "", timeoutSeconds = defaultTimeoutSeconds } = declaredOf(objects.at(-1) ?? {});
        const context = (seconds: number): OperationContext => {
          const signal = AbortSignal.timeout(seconds * 1000);
          return {
            name,
            id,
            owner,
            now: () => services.now(),
            random: () => services.random(),
            randomBytes: (size) => services.randomBytes(size),
            log: (line) => tell(clean(line)),
            warn: (line) => tell(clean(`warning: ${line}`)),
            hide: (secret) => void hidden.push(secret),
            signal,
            sleep: (time) => services.sleep(time, signal),
            beyond: context,
            config,
          };
        };
        return work(loaded, context(timeoutSeconds), clean);
      }),
    );
  }

  /** What a proxy of the environment keeps from being sent fails in the preview, not half-way. */
  function noWay(seen: CheckInput<I>): string[] {
    const asked = logic.asks?.(seen);
    const problem = asked && services.wayProblem(asked.url);
    return problem === undefined ? [] : [`${asked?.field} cannot be reached: ${problem}`];
  }

  const keyOf = (known: Partial<I>) => logic.exclusive?.(known);
  const thingOf = (known: Partial<I>) => logic.called?.(known) ?? String(keyOf(known));

  const claimed = (seen: CheckInput<I>, declared: DeclaredResource) =>
    claimProblems(logic, seen, { name: declared.name, claimant: claimant(declared), ledger });

  function remember(old: I & F, seen: Values): void {
    const key = keyOf(old);
    if (key !== undefined) lastRead.set(key, seen);
  }

  async function apply(
    id: string | undefined,
    recorded: Values | undefined,
    news: Values,
  ): Promise<{ id: string; outs: Values }> {
    return operate(id, [recorded ?? {}, news], async (lifecycle, context, clean) => {
      const [undeclared] = undeclaredIn(logic, news, recorded);
      if (undeclared) throw undeclared;
      const old = recorded && loadState(logic, recorded);
      const result: Applied<I, F> = await lifecycle.apply(old, inputsOf(logic.fields, news), context);
      const outs = stored(result.inputs, maskWords(logic.facts, result.facts, clean), news);
      if (result.unfinished?.length)
        throw new Unfinished(
          result.id,
          outs,
          result.unfinished.map((one) => clean(withCode(one))),
        );
      return { id: result.id, outs };
    });
  }

  return {
    configure({ config }) {
      configured = Promise.resolve((key) => config.get(key));
      return Promise.resolve();
    },

    check(olds, news) {
      const clean = (text: string) => outgoing(text, secretTexts(logic, news));
      return quietly(clean, () => {
        const { [declaredKey]: _declared, __provider: _line, ...raw } = news;
        const { inputs, findings, seen } = checkInputs(logic, raw, checkContext());
        const problems = findings.filter(({ level }) => level === "problem");
        const reasons = [
          ...problems.map(({ field, says }) => `${field} ${says}`),
          ...undeclaredIn(logic, news, olds).map(({ message }) => message),
        ];
        if (reasons.length === 0) reasons.push(...noWay(seen), ...claimed(seen, declaredOf(news)));
        return {
          inputs: plain({ ...inputs, [declaredKey]: news[declaredKey] }),
          failures: reasons.map((reason) => ({ property: "", reason: clean(reason) })),
        };
      });
    },

    diff(_id, olds, news) {
      const clean = (text: string) => outgoing(text, secretTexts(logic, olds, news));
      return quietly(clean, () => {
        const changes = diffInputs(logic, loadState(logic, olds), news, checkContext());
        const { name } = declaredOf(news);
        for (const { says, tells } of changes) {
          if (says) tellOnce(clean(`warning: ${warnings.cost({ type: logic.type, name, says })}`));
          if (tells) tellOnce(clean(tells(name)));
        }
        const replacing = changes.filter(({ effect }) => effect !== "update");
        const deleteBeforeReplace = replacing.some(({ effect }) => effect === "deleteThenCreate");
        if (deleteBeforeReplace) makingRoom.add(claimant(declaredOf(olds)));
        // A state that a plugin wrote has no line; only an update gives it one.
        return {
          changes: changes.length > 0 || olds["__provider"] === undefined,
          replaces: replacing.map(({ field }) => field),
          deleteBeforeReplace,
        };
      });
    },

    create: (news) => apply(undefined, lastRead.get(keyOf(inputsOf(logic.fields, news))), news),

    update: async (id, olds, news) => ({ outs: (await apply(id, olds, news)).outs }),

    read: (id, props) =>
      operate(id, [props], async (lifecycle, context) => {
        const old = loadState(logic, props);
        const seen = await lifecycle.read(old, context);
        if (seen === "gone") return {};
        if ("unreadable" in seen) {
          context.warn(warnings.stateKept({ unreadable: seen.unreadable }));
          remember(old, props);
          return { id, props, inputs: hostInputs(props as I, props) };
        }
        const outs = stored(seen.inputs, seen.facts, props);
        remember(old, outs);
        return { id, props: outs, inputs: hostInputs(seen.inputs, props) };
      }),

    delete: (id, props) =>
      operate(id, [props], async (lifecycle, context) => {
        const old = loadState(logic, props);
        const key = keyOf(old);
        const me = claimant(declaredOf(props));
        const holder = key === undefined ? undefined : ledger.holder(key);
        const isMakingRoom = makingRoom.delete(me);
        if (holder === undefined || (holder === me && isMakingRoom))
          return lifecycle.remove(old, context, isMakingRoom);
        // A forced replacement (--replace, replaceOnChanges) is one thing too: made first, then "deleted".
        const why =
          holder === me
            ? noticeParts.madeAnew({ thing: thingOf(old) })
            : noticeParts.renamed({ thing: thingOf(old), holder });
        context.log(lines.leftInPlace({ type: logic.type, name: declaredOf(props).name, why }));
      }),
  };

  function hostInputs(inputs: I, host: Values): Values {
    return plain({
      ...storedInputs(logic.fields, inputs as Values),
      [declaredKey]: host[declaredKey],
      __provider: host["__provider"],
    });
  }
}

/** A resource that exists but is not finished: kept in the state, and the command fails with the reasons. */
class Unfinished extends Error {
  override readonly stack = "";
  constructor(
    readonly id: string,
    readonly properties: Values,
    readonly reasons: string[],
  ) {
    super(reasons.join(" "));
  }
}

/** The host prints an error and its stack: what we throw has its masked text and nothing else. */
async function quietly<T>(clean: (text: string) => string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unfinished) throw error;
    throw Object.assign(new Error(clean(wordsFor(error))), { stack: "", name: "" });
  }
}

function wordsFor(error: unknown): string {
  return isTimeout(error) ? "The operation's deadline has passed (customTimeouts sets it)." : wordsOf(error);
}

/** Only what a protobuf Struct can hold: no undefined, no class. */
function plain(values: Values): Values {
  return JSON.parse(JSON.stringify(values)) as Values;
}

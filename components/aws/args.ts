// What a LambdaEndpoint takes.
import type * as pulumi from "@pulumi/pulumi";
import type { Function as LambdaFunction } from "@pulumi/aws/lambda/function";
import type { RecordPartArgs } from "../dns-parts";
import type { EndpointArgs, Without } from "../endpoint/args";

/** A function that another program or tool deploys. */
export interface NamedFunctionArgs {
  name: pulumi.Input<string>;
  /** Its own ARN, without a version or an alias. */
  arn: pulumi.Input<string>;
  /** The name or the ARN of its execution role, which gets the right to read the queue. Required with `delivery: "queue"`. */
  role?: pulumi.Input<string>;
}

/** Where the hostname's records are made: in Route 53, or at Cloudflare (not proxied). */
export type EndpointZoneArgs =
  | {
      /** Omit `hostedZoneId` to use the public zone of this name in the account. */
      route53: { name: string; hostedZoneId?: pulumi.Input<string> };
      cloudflare?: never;
    }
  | { cloudflare: { name: string; zoneId: pulumi.Input<string> }; route53?: never };

/** The settings of an HTTP API. */
export type HttpApiArgs =
  | {
      /** A name of your own, plain, in lower or upper case. The address that AWS gives to the API is then off, unless `keepDefaultEndpoint` is true. */
      hostname: string;
      /** The zone of the hostname. */
      zone: EndpointZoneArgs;
      /** A public certificate of your own in ACM, in the API's region. Omit it to make one, which a record in the zone proves. */
      certificateArn?: pulumi.Input<string>;
      /** How long the record is cached, and how long to wait until every name server has it, as in an AwsDnsRecord. */
      record?: Pick<RecordPartArgs, "ttlSeconds" | "waitSeconds" | "nameServers">;
      /**
       * Leave the address that AWS gives to the API on, behind the same authorizer. Default false. True for the `pulumi up` that adds a hostname
       * to a bot that works: its webhook has the old address until the new one is ready. Plain.
       */
      keepDefaultEndpoint?: boolean;
    }
  | Without<{
      hostname: string;
      zone: unknown;
      certificateArn: unknown;
      record: unknown;
      keepDefaultEndpoint: boolean;
    }>;

/** Where Telegram finds the function, exactly one. */
export type LambdaAddressArgs =
  { functionUrl: object; httpApi?: never } | { httpApi: HttpApiArgs; functionUrl?: never };

/** The queue of `delivery: "queue"` and `"drain"`. */
export interface LambdaQueueArgs {
  /** How many updates the function gets at most at once, 1 to 10. Default 1: with more, one that always fails takes those after it to the dead letters, too. */
  batchSize?: pulumi.Input<number>;
  /** After so many failed attempts an update goes to the dead letters, 1 to 1000. Default 5. */
  maxReceiveCount?: pulumi.Input<number>;
  /**
   * After so many seconds an update that the function did not finish is given to it again, 0 to 43200; AWS refuses less than the
   * function's timeout. Default 30 more than the function's timeout; 60 for a function that is given by its name.
   */
  visibilityTimeoutSeconds?: pulumi.Input<number>;
}

/** The arguments of a {@link LambdaEndpoint}. `function`, `address`, `delivery` and `queue` are plain, too. */
export interface LambdaEndpointArgs extends EndpointArgs {
  /** The bot's function: an `aws.lambda.Function`, or `{ name, arn }` of one that is deployed elsewhere in the same account and region. */
  function: LambdaFunction | NamedFunctionArgs;
  /**
   * Where Telegram finds the function: `{ httpApi: {} }`, whose authorizer checks the secret before the function is called;
   * `{ httpApi: { hostname, zone } }`, the same on a name of your own; `{ functionUrl: {} }`, where the function checks the secret itself and
   * `secret` must be a secret of the program. A change between them moves the webhook.
   */
  address: LambdaAddressArgs;
  /**
   * `"direct"`: the function answers Telegram, within the 30 s of an HTTP API. `"queue"`: the API puts each update into a FIFO queue and answers
   * at once, the function gets events of SQS; needs `address.httpApi`. `"drain"`: as `"direct"`, while the queue stays until you change to
   * `"direct"`, so that the function still gets what is in it. Default `"direct"`.
   */
  delivery?: "direct" | "queue" | "drain";
  /** The settings of the queue, `{ batchSize, maxReceiveCount, visibilityTimeoutSeconds }`. */
  queue?: LambdaQueueArgs;
}

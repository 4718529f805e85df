// Updates in a FIFO queue between an HTTP API and the function, with dead letters, for handlers that take long.
import * as pulumi from "@pulumi/pulumi";
import type { Queue } from "@pulumi/aws/sqs/queue";
import type { Refuse } from "../endpoint/shape";
import type { LambdaQueueArgs } from "./args";
import { assumedBy } from "./authorizer";
import type { Aws } from "./sdk";
import type { Target } from "./target";

export interface MadeQueue {
  queue: Queue;
  deadLetters: Queue;
  /** What an integration needs to send to it: a role, and the settings of the call. */
  credentialsArn: pulumi.Output<string>;
  requestParameters: Record<string, pulumi.Input<string>>;
  reach: pulumi.Resource[];
}

const fourteenDays = 14 * 86_400;
/**
 * For the start of an instance and the way to it. AWS advises six times the function's timeout, for functions that run many times at
 * once; here an update that fails holds up all others for so long.
 */
const secondsBeyondTimeout = 30;

/** One group, so that updates come in their order whatever chat they are of; a delivery that Telegram repeats within 5 minutes is left out. */
export function makeQueue(
  aws: Aws,
  name: string,
  settings: LambdaQueueArgs,
  target: Target,
  botId: pulumi.Input<string>,
  inside: pulumi.CustomResourceOptions,
  refuse: Refuse,
): MadeQueue {
  const { batchSize = 1, maxReceiveCount = 5 } = settings;
  const visibilityTimeoutSeconds = visibilityTimeoutOf(settings, target, refuse);
  const deadLetters = new aws.Queue(
    `${name}-dead-letters`,
    { fifoQueue: true, messageRetentionSeconds: fourteenDays },
    inside,
  );
  const redrivePolicy = pulumi.jsonStringify({ deadLetterTargetArn: deadLetters.arn, maxReceiveCount });
  const queue = new aws.Queue(`${name}-queue`, { fifoQueue: true, visibilityTimeoutSeconds, redrivePolicy }, inside);
  const sender = new aws.Role(
    `${name}-queue-role`,
    { assumeRolePolicy: assumedBy("apigateway.amazonaws.com") },
    inside,
  );
  const mayOn = (...actions: string[]) => {
    const statement = { Effect: "Allow", Action: actions.map((one) => `sqs:${one}`), Resource: queue.arn };
    return pulumi.jsonStringify({ Version: "2012-10-17", Statement: [statement] });
  };
  const sends = new aws.RolePolicy(
    `${name}-queue-role-policy`,
    { role: sender.id, policy: mayOn("SendMessage") },
    inside,
  );
  const access = new aws.RolePolicy(
    `${name}-queue-access`,
    { role: target.role, policy: mayOn("ReceiveMessage", "DeleteMessage", "GetQueueAttributes") },
    inside,
  );
  const source = new aws.EventSourceMapping(
    `${name}-event-source`,
    {
      eventSourceArn: queue.arn,
      functionName: target.name,
      batchSize,
      functionResponseTypes: ["ReportBatchItemFailures"],
    },
    { ...inside, dependsOn: [access] },
  );
  return {
    ...{ queue, deadLetters, credentialsArn: sender.arn },
    requestParameters: {
      QueueUrl: queue.url,
      MessageBody: "$request.body",
      MessageGroupId: botId,
      MessageDeduplicationId: "$request.body.update_id",
    },
    reach: [sends, source],
  };
}

/** AWS refuses one below the function's timeout, which is known for a function of the program only. */
function visibilityTimeoutOf(
  { visibilityTimeoutSeconds: given }: LambdaQueueArgs,
  { resource, timeout }: Target,
  refuse: Refuse,
): pulumi.Input<number> {
  if (given === undefined) return timeout.apply((seconds) => seconds + secondsBeyondTimeout);
  if (resource === undefined) return given;
  return pulumi.all([given, timeout]).apply(([seconds, least]) => {
    if (seconds >= least) return seconds;
    throw refuse(
      `queue.visibilityTimeoutSeconds must be at least the function's timeout, ${least} s; got ${seconds}: AWS refuses less`,
    );
  });
}

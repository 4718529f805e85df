// Queues of the real moto server, spoken to in SQS's own words, and what Lambda's event source mapping does with them.
import { awsJson } from "./aws-json";
import type { Invoke, Json } from "./lambda";

/** What a call of SQS takes and gives. */
type Words = Record<string, unknown>;

interface Message extends Words {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  Attributes: Record<string, string>;
}

export interface Sqs {
  call(action: string, words: Words): Promise<Words>;
  /** Makes a queue with the arguments of an `aws.sqs.Queue`; gives its url and ARN. */
  make(name: string, queue: Words): Promise<{ url: string; arn: string }>;
  /**
   * One turn of a mapping with `ReportBatchItemFailures`: hands up to `batchSize` updates to the function and deletes what it did not
   * report as failed. What failed is there again at once, as it is after the visibility timeout. False: nothing was there.
   */
  turn(url: string, batchSize: number, invoke: Invoke): Promise<boolean>;
}

export function sqsAt(endpoint: string): Sqs {
  const call: Sqs["call"] = (action, words) =>
    awsJson(endpoint, { service: "sqs", target: `AmazonSQS.${action}`, words });
  return {
    call,
    async make(name, { fifoQueue, visibilityTimeoutSeconds, redrivePolicy }) {
      const given = {
        FifoQueue: fifoQueue,
        VisibilityTimeout: visibilityTimeoutSeconds,
        RedrivePolicy: redrivePolicy,
      };
      const known = Object.entries(given).filter(([, value]) => value !== undefined);
      const Attributes = Object.fromEntries(known.map(([key, value]) => [key, String(value)]));
      const { QueueUrl } = await call("CreateQueue", { QueueName: name, Attributes });
      const asked = await call("GetQueueAttributes", { QueueUrl, AttributeNames: ["QueueArn"] });
      return { url: QueueUrl as string, arn: (asked["Attributes"] as Record<string, string>)["QueueArn"] ?? "" };
    },
    async turn(QueueUrl, MaxNumberOfMessages, invoke) {
      const received = await call("ReceiveMessage", { QueueUrl, MaxNumberOfMessages, AttributeNames: ["All"] });
      const messages = (received["Messages"] ?? []) as Message[];
      if (messages.length === 0) return false;
      const said = await invoke({ Records: messages.map(recordOf) });
      const reported = (said["batchItemFailures"] ?? []) as { itemIdentifier: string }[];
      const hasFailed = ({ MessageId }: Message) =>
        said["errorType"] !== undefined || reported.some(({ itemIdentifier }) => itemIdentifier === MessageId);
      for (const message of messages) {
        const { ReceiptHandle } = message;
        if (!hasFailed(message)) await call("DeleteMessage", { QueueUrl, ReceiptHandle });
        else await call("ChangeMessageVisibility", { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
      }
      return true;
    },
  };
}

/** As docs.aws.amazon.com/lambda/latest/dg/with-sqs.html has it, read November 2026. */
const recordOf = ({ MessageId, ReceiptHandle, Body, Attributes, MD5OfBody }: Message): Json => ({
  messageId: MessageId,
  receiptHandle: ReceiptHandle,
  body: Body,
  attributes: Attributes,
  messageAttributes: {},
  md5OfBody: MD5OfBody,
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:eu-central-1:123456789012:bot-queue.fifo",
  awsRegion: "eu-central-1",
});

// A request to AWS's APIs that speak JSON, as moto takes it: it looks at the region and the service of the signature, and at nothing else of it.

export interface AwsCall {
  service: "acm" | "sqs";
  /** "CertificateManager.RequestCertificate" */
  target: string;
  words: Record<string, unknown>;
}

const versions = { acm: "1.1", sqs: "1.0" };

/** What it answered; a refusal is thrown with AWS's words. */
export async function awsJson(endpoint: string, { service, target, words }: AwsCall): Promise<Record<string, unknown>> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "Content-Type": `application/x-amz-json-${versions[service]}`,
      "X-Amz-Target": target,
      Authorization: `AWS4-HMAC-SHA256 Credential=test/20261129/eu-central-1/${service}/aws4_request`,
    },
    body: JSON.stringify(words),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target} was refused (${response.status}): ${text}`);
  return (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
}

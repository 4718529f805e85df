// What AWS's own chain finds is in no argument: a far side that quotes it is masked all the same.
import type { HttpRequest } from "../../../provider/core/http";
import { vendorOf } from "../../../provider/dns/vendors";
import { recordStack } from "../../support/dns-logic";

const session = "FwoGZXIvYXdzEBYaDHqa0AP1+8g/DK3xT0vHjyLWASumzXc9Zt5e7qH4kRzVbNpQ==";
const secretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYqa0Zx9Tv3u";
const before = { ...process.env };
beforeAll(() => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: secretKey });
  process.env["AWS_SESSION_TOKEN"] = session;
});
afterAll(() => {
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
});

test("a session token and a key that only the environment has are masked in what an endpoint says of them", async () => {
  const asked: HttpRequest[] = [];
  const quoting = (request: HttpRequest) => {
    asked.push(request);
    const said = `no: ${request.headers?.["x-amz-security-token"]} ${encodeURIComponent(session)} ${secretKey.toLowerCase()}`;
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidInput</Code><Message>${said}</Message></Error></ErrorResponse>`;
    return Promise.resolve({ status: 400, headers: { "content-type": "text/xml" }, body: Buffer.from(body) });
  };
  const stack = recordStack({}, (via, context) => vendorOf(via, quoting).open(context));
  const record = { zone: "example.com", name: "bots", type: "A", values: ["192.0.2.1"], via: { route53: {} } };
  const said = await stack.refusal(record);
  expect(asked[0]?.headers).toMatchObject({ "x-amz-security-token": session });
  expect(said).toMatch(/was refused \(400\): "no: \[secret\]=* \[secret\]\S* \[secret\] \(InvalidInput\)"/);
});

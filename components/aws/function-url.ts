// A function's own URL, open to everybody: the function checks the secret.
import type * as pulumi from "@pulumi/pulumi";
import type { Aws } from "./sdk";
import type { Target } from "./target";

/** An older SDK drops `invokedViaFunctionUrl`, and its permission lets every account of AWS invoke the function past its URL. */
export function urlPermissionProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 7 || (major === 7 && minor >= 16)) return undefined;
  return `address.functionUrl needs @pulumi/aws 7.16.0 or later, which can limit the permission to the URL; ${version} is installed. Run npm install @pulumi/aws@7`;
}

/** `reach`: what must be there before a request gets to the function; since October 2025 AWS wants both permissions of a new URL. */
export function makeFunctionUrl(
  aws: Aws,
  name: string,
  { name: functionName }: Target,
  inside: pulumi.CustomResourceOptions,
): { functionUrl: pulumi.Output<string>; origin: pulumi.Output<string>; reach: pulumi.Resource[] } {
  const { functionUrl } = new aws.FunctionUrl(`${name}-url`, { functionName, authorizationType: "NONE" }, inside);
  const everybody = { function: functionName, principal: "*" };
  const urlPermission = new aws.Permission(
    `${name}-url-permission`,
    { ...everybody, action: "lambda:InvokeFunctionUrl", functionUrlAuthType: "NONE" },
    inside,
  );
  const invokePermission = new aws.Permission(
    `${name}-invoke-permission`,
    { ...everybody, action: "lambda:InvokeFunction", invokedViaFunctionUrl: true },
    inside,
  );
  return {
    functionUrl,
    origin: functionUrl.apply((url) => new URL(url).origin),
    reach: [urlPermission, invokePermission],
  };
}

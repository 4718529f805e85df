// What the stand-in for AWS knows: of each type what replaces it, what AWS makes of it, and what AWS refuses, in AWS's words.
// Sources: ForceNew in terraform-provider-aws (internal/service), names in pulumi-aws (provider/resources.go), messages as
// AWS's API gives them in issues of those repositories, read November 2026; "(stand-in)" begins one whose words were not found.
const account = "123456789012";
const short = (made) => made.slice(0, 10);
const refusal = (operation, code, says) => {
  throw new Error(`${operation}: api error ${code}: ${says}`);
};
const same = (name) => name.replace(/\.$/, "").toLowerCase();

const kinds = {
  api: "aws:apigatewayv2/api:Api",
  stage: "aws:apigatewayv2/stage:Stage",
  authorizer: "aws:apigatewayv2/authorizer:Authorizer",
  integration: "aws:apigatewayv2/integration:Integration",
  route: "aws:apigatewayv2/route:Route",
  domain: "aws:apigatewayv2/domainName:DomainName",
  mapping: "aws:apigatewayv2/apiMapping:ApiMapping",
  certificate: "aws:acm/certificate:Certificate",
  validation: "aws:acm/certificateValidation:CertificateValidation",
  record: "aws:route53/record:Record",
  zone: "aws:route53/zone:Zone",
  function: "aws:lambda/function:Function",
  url: "aws:lambda/functionUrl:FunctionUrl",
  permission: "aws:lambda/permission:Permission",
  mappingOfEvents: "aws:lambda/eventSourceMapping:EventSourceMapping",
  role: "aws:iam/role:Role",
  rolePolicy: "aws:iam/rolePolicy:RolePolicy",
  attachment: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  queue: "aws:sqs/queue:Queue",
};

/** The name of a function that is given by its name or one of its ARNs. */
const functionName = (text) => /function:([^:/]+)/.exec(text)?.[1] ?? text;
const functionAt = (world, text) => world.find(kinds.function, ({ name }) => name === functionName(text));

function needsApi(operation, { world }, apiId) {
  if (!world.get(kinds.api, apiId)) refusal(operation, "NotFoundException", "Invalid API identifier specified");
}

/** Whether a role may do `action` with `resource`, by the policies that are written into it. */
function mayDo(world, roleName, action, resource) {
  return world.all(kinds.rolePolicy).some(({ outputs }) => {
    if (outputs.role !== roleName) return false;
    const { Statement: statements } = JSON.parse(outputs.policy);
    const list = (value) => [value].flat();
    return list(statements).some(
      ({ Effect, Action, Resource }) =>
        Effect === "Allow" &&
        list(Action).some((one) => one === action || one === `${action.split(":")[0]}:*`) &&
        list(Resource).some((one) => one === resource || one === "*"),
    );
  });
}

/** The values of a name in Route 53 or in Cloudflare. */
function valuesOf(world, name) {
  const aws = world
    .all(kinds.record)
    .map(({ outputs }) => [outputs.fqdn, outputs.records ?? outputs.aliases?.map((one) => one.name)]);
  const cloudflare = world
    .all("cloudflare:index/dnsRecord:DnsRecord")
    .map(({ outputs }) => [outputs.name, [outputs.content]]);
  return [...aws, ...cloudflare]
    .filter(([fqdn]) => same(fqdn) === same(name))
    .flatMap(([, values]) => values.map(same));
}

const types = {
  [kinds.certificate]: {
    replaces: ["domainName", "subjectAlternativeNames", "validationMethod", "keyAlgorithm"],
    outputs: ["arn", "status", "domainValidationOptions"],
    computed: ({ domainName, subjectAlternativeNames = [] }, { region, made }) => ({
      arn: `arn:aws:acm:${region}:${account}:certificate/${made}`,
      status: "PENDING_VALIDATION",
      domainValidationOptions: [domainName, ...subjectAlternativeNames].map((name) => ({
        domainName: name,
        resourceRecordName: `_${made}.${name}.`,
        resourceRecordType: "CNAME",
        resourceRecordValue: `_${made}.acm-validations.aws.`,
      })),
    }),
    id: (_inputs, { arn }) => arn,
    refuseDelete: ({ arn }, { world }) => {
      const user = world.find(
        kinds.domain,
        ({ domainNameConfiguration }) => domainNameConfiguration.certificateArn === arn,
      );
      if (user)
        refusal(
          "ACM: DeleteCertificate",
          "ResourceInUseException",
          `Certificate ${arn} in account ${account} is in use.`,
        );
    },
  },

  [kinds.validation]: {
    replaces: ["certificateArn", "validationRecordFqdns"],
    outputs: [],
    id: () => new Date().toISOString(),
    place: ({ certificateArn }) => certificateArn,
    refuse: ({ certificateArn, validationRecordFqdns = [] }, { world }) => {
      const { outputs } =
        world.get(kinds.certificate, certificateArn) ??
        refusal(
          "ACM: DescribeCertificate",
          "ResourceNotFoundException",
          `Could not find certificate ${certificateArn}.`,
        );
      for (const { domainName, resourceRecordName, resourceRecordValue } of outputs.domainValidationOptions) {
        if (validationRecordFqdns.length > 0 && !validationRecordFqdns.map(same).includes(same(resourceRecordName)))
          throw new Error(`missing ${domainName} DNS validation record: ${same(resourceRecordName)}`);
        if (!valuesOf(world, resourceRecordName).includes(same(resourceRecordValue)))
          throw new Error(
            `waiting for ACM Certificate (${certificateArn}) to be issued: timeout while waiting for state to become 'ISSUED' (last state: 'PENDING_VALIDATION', timeout: 1h15m0s)`,
          );
      }
    },
    then: ({ certificateArn }, { world }) => {
      const { inputs, outputs } = world.get(kinds.certificate, certificateArn);
      world.put(kinds.certificate, certificateArn, inputs, { ...outputs, status: "ISSUED" });
    },
  },

  [kinds.record]: {
    replaces: ["name", "zoneId"],
    outputs: ["fqdn"],
    computed: ({ name }) => ({ fqdn: same(name) }),
    id: ({ zoneId, name, type }) => `${zoneId}_${same(name)}_${type}`,
    refuse: ({ zoneId, name, type, allowOverwrite }, { world }) => {
      const operation = "creating Route53 Record: Route 53: ChangeResourceRecordSets";
      const zone = world.get(kinds.zone, zoneId);
      if (!zone) refusal(operation, "NoSuchHostedZone", `No hosted zone found with ID: ${zoneId}`);
      if (!`.${same(name)}`.endsWith(`.${zone.outputs.name}`))
        refusal(
          operation,
          "InvalidChangeBatch",
          `[RRSet with DNS name ${same(name)}. is not permitted in zone ${zone.outputs.name}.]`,
        );
      const inWay = world.find(
        kinds.record,
        (one) => one.zoneId === zoneId && one.fqdn === same(name) && one.type === type,
      );
      if (inWay && !allowOverwrite)
        refusal(
          operation,
          "InvalidChangeBatch",
          `[Tried to create resource record set [name='${same(name)}.', type='${type}'] but it already exists]`,
        );
    },
  },

  [kinds.api]: {
    autoName: { property: "name" },
    replaces: ["protocolType"],
    outputs: ["apiEndpoint", "arn", "executionArn"],
    computed: (_inputs, { region, made }) => ({
      apiEndpoint: `https://${short(made)}.execute-api.${region}.amazonaws.com`,
      arn: `arn:aws:apigateway:${region}::/apis/${short(made)}`,
      executionArn: `arn:aws:execute-api:${region}:${account}:${short(made)}`,
    }),
    id: (_inputs, { made }) => short(made),
  },

  [kinds.stage]: {
    autoName: { property: "name" },
    replaces: ["apiId", "name"],
    outputs: ["arn", "executionArn", "invokeUrl"],
    computed: ({ apiId, name }, { region }) => ({
      arn: `arn:aws:apigateway:${region}::/apis/${apiId}/stages/${name}`,
      executionArn: `arn:aws:execute-api:${region}:${account}:${apiId}/${name}`,
      invokeUrl: `https://${apiId}.execute-api.${region}.amazonaws.com/${name === "$default" ? "" : name}`,
    }),
    id: ({ name }) => name,
    place: ({ apiId, name }) => `${apiId}/${name}`,
    refuse: ({ apiId, name }, known) => {
      const operation = "ApiGatewayV2: CreateStage";
      needsApi(operation, known, apiId);
      if (known.world.find(kinds.stage, (one) => one.apiId === apiId && one.name === name))
        refusal(operation, "ConflictException", "Stage already exists");
    },
  },

  [kinds.authorizer]: {
    autoName: { property: "name" },
    replaces: ["apiId"],
    outputs: [],
    id: (_inputs, { made }) => made.slice(0, 6),
    refuse: ({ apiId, authorizerType, authorizerUri = "", authorizerPayloadFormatVersion }, known) => {
      const operation = "ApiGatewayV2: CreateAuthorizer";
      needsApi(operation, known, apiId);
      if (authorizerType !== "REQUEST") return;
      if (!/^arn:aws:apigateway:[\w-]+:lambda:path\/2015-03-31\/functions\/arn:[^/]+\/invocations$/.test(authorizerUri))
        refusal(
          operation,
          "BadRequestException",
          `Invalid Authorizer URI: ${authorizerUri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.`,
        );
      if (authorizerPayloadFormatVersion === undefined)
        refusal(
          operation,
          "BadRequestException",
          "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer",
        );
    },
    refuseDelete: ({ name }, { world, id }) => {
      const user = world.find(kinds.route, ({ authorizerId }) => authorizerId === id);
      if (user)
        refusal(
          "ApiGatewayV2: DeleteAuthorizer",
          "ConflictException",
          `Cannot delete authorizer '${name}', is referenced in route: ${user.outputs.routeKey}`,
        );
    },
  },

  [kinds.integration]: {
    replaces: ["apiId", "integrationSubtype", "integrationType"],
    outputs: [],
    id: (_inputs, { made }) => made.slice(0, 7),
    refuse: ({ apiId, integrationType, integrationSubtype, integrationUri, credentialsArn }, known) => {
      const operation = "ApiGatewayV2: CreateIntegration";
      needsApi(operation, known, apiId);
      if (integrationType !== "AWS_PROXY") return;
      if (integrationSubtype === undefined && !functionAt(known.world, integrationUri ?? ""))
        refusal(operation, "BadRequestException", `(stand-in) Invalid function ARN or invalid uri: ${integrationUri}`);
      if (integrationSubtype !== undefined && credentialsArn === undefined)
        refusal(operation, "BadRequestException", "(stand-in) Missing credentials for AWS service integration");
    },
    refuseDelete: (_thing, { world, id }) => {
      const user = world.find(kinds.route, ({ target }) => target === `integrations/${id}`);
      if (user)
        refusal(
          "ApiGatewayV2: DeleteIntegration",
          "ConflictException",
          `Cannot delete Integration because it is referenced by the following Routes with Ids: [${user.id}]`,
        );
    },
  },

  [kinds.route]: {
    replaces: ["apiId"],
    outputs: [],
    id: (_inputs, { made }) => made.slice(0, 7),
    refuse: ({ apiId, routeKey, target, authorizerId }, known) => {
      const operation = "ApiGatewayV2: CreateRoute";
      needsApi(operation, known, apiId);
      if (known.world.find(kinds.route, (one) => one.apiId === apiId && one.routeKey === routeKey))
        refusal(operation, "ConflictException", `Route with key ${routeKey} already exists for this API`);
      if (!known.world.get(kinds.integration, target?.replace("integrations/", "")))
        refusal(operation, "NotFoundException", "Invalid Integration identifier specified");
      if (authorizerId !== undefined && !known.world.get(kinds.authorizer, authorizerId))
        refusal(operation, "NotFoundException", "Invalid Authorizer identifier specified");
    },
  },

  [kinds.domain]: {
    replaces: ["domainName"],
    outputs: ["arn", "domainNameConfiguration"],
    computed: ({ domainName, domainNameConfiguration }, { region, made }) => ({
      arn: `arn:aws:apigateway:${region}::/domainnames/${domainName}`,
      domainNameConfiguration: {
        ...domainNameConfiguration,
        targetDomainName: `d-${short(made)}.execute-api.${region}.amazonaws.com`,
        hostedZoneId: "Z1UJRXOUMOOFQ8",
      },
    }),
    id: ({ domainName }) => domainName,
    refuse: ({ domainName, domainNameConfiguration: { certificateArn } }, { world, region }) => {
      const operation = `creating API Gateway v2 Domain Name (${domainName}): operation error ApiGatewayV2: CreateDomainName`;
      if (certificateArn.split(":")[3] !== region)
        refusal(
          operation,
          "BadRequestException",
          `Invalid certificate ARN: ${certificateArn}. Certificate must be in '${region}'.`,
        );
      const certificate = world.get(kinds.certificate, certificateArn);
      if (!certificate) refusal(operation, "BadRequestException", "The provided certificate does not exist.");
      if (certificate.outputs.status !== "ISSUED")
        refusal(
          operation,
          "BadRequestException",
          `(stand-in) Unsupported certificate status: ${certificate.outputs.status}`,
        );
      if (world.get(kinds.domain, domainName))
        refusal(operation, "ConflictException", "The domain name you provided already exists.");
    },
  },

  [kinds.mapping]: {
    replaces: ["apiId", "domainName"],
    outputs: [],
    id: (_inputs, { made }) => made.slice(0, 6),
    refuse: ({ apiId, domainName, stage, apiMappingKey = "" }, known) => {
      const operation = "ApiGatewayV2: CreateApiMapping";
      needsApi(operation, known, apiId);
      const { world } = known;
      if (!world.get(kinds.domain, domainName))
        refusal(operation, "NotFoundException", "Invalid domain name identifier specified");
      if (!world.find(kinds.stage, (one) => one.apiId === apiId && one.name === stage))
        refusal(operation, "BadRequestException", "Invalid stage identifier specified");
      if (
        world.find(kinds.mapping, (one) => one.domainName === domainName && (one.apiMappingKey ?? "") === apiMappingKey)
      )
        refusal(operation, "ConflictException", "ApiMapping key already exists for this domain name");
    },
  },

  [kinds.function]: {
    autoName: { property: "name" },
    replaces: ["name", "packageType"],
    outputs: ["arn", "invokeArn", "lastModified", "qualifiedArn", "version"],
    anew: ["lastModified"],
    computed: ({ name }, { region }) => {
      const arn = `arn:aws:lambda:${region}:${account}:function:${name}`;
      return {
        arn,
        invokeArn: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
        lastModified: new Date().toISOString(),
        qualifiedArn: `${arn}:$LATEST`,
        version: "$LATEST",
      };
    },
    id: ({ name }) => name,
    refuse: ({ name, role, environment }, { world }) => {
      const operation = `creating Lambda Function (${name}): operation error Lambda: CreateFunction`;
      const found = world.find(kinds.role, ({ arn }) => arn === role);
      if (!found || !found.outputs.assumeRolePolicy.includes("lambda.amazonaws.com"))
        refusal(
          operation,
          "InvalidParameterValueException",
          "The role defined for the function cannot be assumed by Lambda.",
        );
      if (world.get(kinds.function, name))
        refusal(operation, "ResourceConflictException", `Function already exist: ${name}`);
      tooLarge(operation, environment);
    },
    refuseUpdate: ({ name, environment }) =>
      tooLarge(
        `updating Lambda Function (${name}) configuration: operation error Lambda: UpdateFunctionConfiguration`,
        environment,
      ),
  },

  [kinds.url]: {
    replaces: ["functionName", "qualifier"],
    outputs: ["functionArn", "functionUrl", "urlId"],
    computed: ({ functionName: name }, { region, made }) => ({
      functionArn: `arn:aws:lambda:${region}:${account}:function:${functionName(name)}`,
      functionUrl: `https://${made}.lambda-url.${region}.on.aws/`,
      urlId: made,
    }),
    id: ({ functionName: name }) => functionName(name),
    refuse: ({ functionName: name }, { world }) => {
      const operation = `creating Lambda Function URL (${name}): operation error Lambda: CreateFunctionUrlConfig`;
      if (!functionAt(world, name)) refusal(operation, "ResourceNotFoundException", "Function does not exist");
      if (world.get(kinds.url, functionName(name)))
        refusal(operation, "ResourceConflictException", "FunctionUrlConfig exists for this Lambda function");
    },
    // Terraform's provider adds one of the two permissions itself, and leaves it there (lambda/function_url.go).
    then: ({ functionName: name, authorizationType }, { world }) => {
      if (authorizationType !== "NONE") return;
      const statement = {
        statementId: "FunctionURLAllowPublicAccess",
        action: "lambda:InvokeFunctionUrl",
        principal: "*",
        functionUrlAuthType: "NONE",
        function: functionName(name),
      };
      world.put(kinds.permission, permissionId(statement), statement);
    },
  },

  [kinds.permission]: {
    autoName: { property: "statementId" },
    replaces: "all",
    outputs: [],
    id: ({ statementId }) => statementId,
    place: (values) => permissionId(values),
    problems: ({ action, functionUrlAuthType, invokedViaFunctionUrl }) => [
      ...(functionUrlAuthType !== undefined && action !== "lambda:InvokeFunctionUrl"
        ? ["functionUrlAuthType is only valid with lambda:InvokeFunctionUrl"]
        : []),
      ...(invokedViaFunctionUrl !== undefined && action !== "lambda:InvokeFunction"
        ? ["invokedViaFunctionUrl is only valid with lambda:InvokeFunction"]
        : []),
    ],
    refuse: ({ function: name, statementId }, { world, region }) => {
      const operation = `adding Lambda Permission (${name}/${statementId}): operation error Lambda: AddPermission`;
      const found = functionAt(world, name);
      if (!found || (name.startsWith("arn:") && name !== found.outputs.arn))
        refusal(
          operation,
          "ResourceNotFoundException",
          `Function not found: arn:aws:lambda:${region}:${account}:function:${functionName(name)}`,
        );
      if (world.get(kinds.permission, permissionId({ function: name, statementId })))
        refusal(
          operation,
          "ResourceConflictException",
          `The statement id (${statementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
        );
    },
  },

  [kinds.mappingOfEvents]: {
    replaces: ["eventSourceArn", "startingPosition", "startingPositionTimestamp"],
    outputs: ["arn", "functionArn", "state", "uuid"],
    computed: ({ functionName: name }, { region, made }) => ({
      arn: `arn:aws:lambda:${region}:${account}:event-source-mapping:${made}`,
      functionArn: `arn:aws:lambda:${region}:${account}:function:${functionName(name)}`,
      state: "Enabled",
      uuid: made,
    }),
    id: (_inputs, { uuid }) => uuid,
    problems: ({ scalingConfig }) =>
      scalingConfig?.maximumConcurrency < 2
        ? [
            `expected scaling_config.0.maximum_concurrency to be in the range (2 - 1000), got ${scalingConfig.maximumConcurrency}`,
          ]
        : [],
    refuse: ({ functionName: name, eventSourceArn, batchSize = 10 }, { world }) => {
      const operation = "creating Lambda Event Source Mapping: operation error Lambda: CreateEventSourceMapping";
      const refused = (says) => refusal(operation, "InvalidParameterValueException", says);
      const queue =
        world.find(kinds.queue, ({ arn }) => arn === eventSourceArn) ??
        refused(`Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue.`);
      const { outputs } =
        functionAt(world, name) ?? refusal(operation, "ResourceNotFoundException", `Function not found: ${name}`);
      for (const action of ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"]) {
        if (!mayDo(world, outputs.role.split("/").pop(), `sqs:${action}`, eventSourceArn))
          refused(`The function execution role does not have permissions to call ${action} on SQS`);
      }
      const [visible, timeout] = [queue.outputs.visibilityTimeoutSeconds ?? 30, outputs.timeout ?? 3];
      if (visible < timeout)
        refused(`Queue visibility timeout: ${visible} seconds is less than Function timeout: ${timeout} seconds`);
      if (queue.outputs.fifoQueue && batchSize > 10) refused("(stand-in) Maximum batch size for FIFO queues is 10");
    },
  },

  [kinds.role]: {
    autoName: { property: "name" },
    replaces: ["name", "namePrefix", "path"],
    outputs: ["arn", "uniqueId"],
    computed: ({ name, path = "/" }, { made }) => ({
      arn: `arn:aws:iam::${account}:role${path}${name}`,
      uniqueId: `AROA${made.toUpperCase()}`,
    }),
    id: ({ name }) => name,
    refuse: ({ name }, { world }) => {
      if (world.get(kinds.role, name))
        refusal("IAM: CreateRole", "EntityAlreadyExists", `Role with name ${name} already exists.`);
    },
    refuseDelete: ({ name }, { world }) => {
      if (world.find(kinds.rolePolicy, ({ role }) => role === name))
        refusal("IAM: DeleteRole", "DeleteConflict", "Cannot delete entity, must delete policies first.");
      if (world.find(kinds.attachment, ({ role }) => role === name))
        refusal("IAM: DeleteRole", "DeleteConflict", "Cannot delete entity, must detach all policies first.");
    },
  },

  [kinds.rolePolicy]: {
    autoName: { property: "name" },
    replaces: ["name", "role"],
    outputs: [],
    id: ({ role, name }) => `${role}:${name}`,
    refuse: ({ role }, { world }) => needsRole("IAM: PutRolePolicy", world, role),
  },

  [kinds.attachment]: {
    replaces: ["policyArn", "role"],
    outputs: [],
    id: ({ role, policyArn }) => `${role}/${policyArn}`,
    refuse: ({ role }, { world }) => needsRole("IAM: AttachRolePolicy", world, role),
  },

  [kinds.queue]: {
    autoName: { property: "name", suffix: ({ fifoQueue }) => (fifoQueue ? ".fifo" : "") },
    replaces: ["name", "namePrefix", "fifoQueue"],
    outputs: ["arn", "url"],
    computed: ({ name }, { region }) => ({
      arn: `arn:aws:sqs:${region}:${account}:${name}`,
      url: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
    }),
    id: (_inputs, { url }) => url,
    problems: ({ name, fifoQueue, contentBasedDeduplication }) => [
      ...((fifoQueue ? /^[\w-]{1,75}\.fifo$/ : /^[\w-]{1,80}$/).test(name) ? [] : [`invalid queue name: ${name}`]),
      ...(contentBasedDeduplication && !fifoQueue
        ? ["content-based deduplication can only be set for FIFO queue"]
        : []),
    ],
    refuse: ({ name, fifoQueue = false, redrivePolicy }, { world, region }) => {
      const refused = (code, says) =>
        refusal(`creating SQS Queue (${name}): operation error SQS: CreateQueue`, code, says);
      if (world.get(kinds.queue, `https://sqs.${region}.amazonaws.com/${account}/${name}`))
        refused("QueueAlreadyExists", "A queue already exists with the same name and a different value for attribute");
      if (redrivePolicy === undefined) return;
      const dead = world.find(kinds.queue, ({ arn }) => arn === JSON.parse(redrivePolicy).deadLetterTargetArn);
      const invalid = (reason) =>
        refused(
          "InvalidParameterValue",
          `Value ${redrivePolicy} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
        );
      if (!dead) invalid("Dead letter target does not exist.");
      if ((dead.outputs.fifoQueue ?? false) !== fifoQueue)
        invalid("Dead-letter queue must be same type of queue as the source.");
    },
  },
};

function needsRole(operation, world, role) {
  if (!world.get(kinds.role, role)) refusal(operation, "NoSuchEntity", `The role with name ${role} cannot be found.`);
}

function tooLarge(operation, environment) {
  const bytes = Buffer.byteLength(JSON.stringify(environment?.variables ?? {}));
  if (bytes > 4096)
    refusal(
      operation,
      "InvalidParameterValueException",
      "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.",
    );
}

const permissionId = ({ function: name, statementId }) => `${functionName(name)}/${statementId}`;

const invokes = {
  "aws:route53/getZone:getZone": ({ name, zoneId }, { world }) => {
    const found = world.find(kinds.zone, (one, id) => (zoneId ? id === zoneId : one.name === same(name ?? "")));
    if (!found) throw new Error("no matching Route 53 Hosted Zone found");
    return {
      id: found.id,
      zoneId: found.id,
      name: found.outputs.name,
      arn: `arn:aws:route53:::hostedzone/${found.id}`,
      privateZone: false,
    };
  },
  "aws:index/getRegion:getRegion": (_inputs, { region }) => ({ id: region, region, name: region }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({
    id: account,
    accountId: account,
    arn: `arn:aws:iam::${account}:user/ops`,
    userId: "AIDA1",
  }),
  "aws:index/getPartition:getPartition": () => ({
    id: "aws",
    partition: "aws",
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
};

module.exports = { types, invokes, kinds, account, functionName, mayDo, valuesOf };

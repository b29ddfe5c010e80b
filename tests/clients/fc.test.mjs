// npm @alicloud/fc2 against the local Function Compute, and what a function's own credentials open.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import FC from "@alicloud/fc2";
import OSS from "ali-oss";

import { account, eventually, port } from "./account.mjs";

const SERVICE = "npm-service";
const FUNCTION = "npm-function";
const BUCKET = "npm-events";
const ENVIRONMENT = { GREETING: "你好", OSS_ENDPOINT: account.oss_endpoint, BUCKET };

function client(changes = {}) {
  return new FC(account.account_id, {
    accessKeyID: account.access_key_id,
    accessKeySecret: account.access_key_secret,
    region: account.region,
    endpoint: account.fc_endpoint,
    ...changes,
  });
}

const fc = client();

const storage = (changes = {}) =>
  new OSS({
    accessKeyId: account.access_key_id,
    accessKeySecret: account.access_key_secret,
    endpoint: `http://localhost:${port(account.oss_endpoint)}`,
    region: `oss-${account.region}`,
    sldEnable: true,
    ...changes,
  });

const oss = storage();

/** Runs the function and answers what it returned, decoded. */
async function invoke(order, headers = {}, qualifier = undefined) {
  const answer = await fc.invokeFunction(SERVICE, FUNCTION, JSON.stringify(order), headers, qualifier);
  const data = typeof answer.data === "string" ? JSON.parse(answer.data) : answer.data;
  return { data, headers: answer.headers };
}

const refused = (promise, code) =>
  assert.rejects(promise, (error) => {
    assert.match(`${error.name} ${error.code} ${error.message}`, new RegExp(code));
    return true;
  });

before(async () => {
  await oss.putBucket(BUCKET);
  oss.useBucket(BUCKET);
  await fc.createService(SERVICE, { description: "by npm", role: `acs:ram::${account.account_id}:role/npm` });
  await fc.createFunction(SERVICE, {
    functionName: FUNCTION,
    code: { zipFile: process.env.MASKLINE_FUNCTION },
    handler: "index.handler",
    runtime: "python3.10",
    timeout: 20,
    memorySize: 256,
    environmentVariables: ENVIRONMENT,
  });
});

after(async () => {
  const { data } = await fc.listTriggers(SERVICE, FUNCTION, {});
  for (const { triggerName } of data.triggers) await fc.deleteTrigger(SERVICE, FUNCTION, triggerName);
  await fc.deleteFunction(SERVICE, FUNCTION);
  await fc.deleteService(SERVICE);
  const { objects = [] } = await oss.listV2({});
  for (const { name } of objects) await oss.delete(name);
  await oss.deleteBucket(BUCKET);
});

test("a service is described, listed and changed", async () => {
  const changed = await fc.updateService(SERVICE, { description: "changed" });
  const { data, headers } = await fc.getService(SERVICE);
  const listed = await fc.listServices({ prefix: "npm-" });

  assert.equal(changed.data.description, "changed");
  assert.equal(data.serviceName, SERVICE);
  assert.ok(headers.etag);
  assert.deepEqual(listed.data.services.map((one) => one.serviceName), [SERVICE]);
  await refused(fc.createService(SERVICE), "ServiceAlreadyExists");
  await refused(fc.getService("npm-nowhere"), "ServiceNotFound");
});

test("a function is described, listed, changed, and its code comes back", async () => {
  await fc.updateFunction(SERVICE, FUNCTION, { description: "changed" });
  const { data } = await fc.getFunction(SERVICE, FUNCTION);
  const listed = await fc.listFunctions(SERVICE, {});
  const code = await fc.getFunctionCode(SERVICE, FUNCTION);
  const zip = Buffer.from(await (await fetch(code.data.url)).arrayBuffer());

  assert.equal(data.description, "changed");
  assert.deepEqual(data.environmentVariables, ENVIRONMENT);
  assert.deepEqual(listed.data.functions.map((one) => one.functionName), [FUNCTION]);
  assert.equal(zip.toString("base64"), process.env.MASKLINE_FUNCTION);
  await refused(fc.getFunction(SERVICE, "nowhere"), "FunctionNotFound");
});

test("a function answers, with its log's tail where that is asked for", async () => {
  const answer = await invoke({ do: "echo", text: "合影" }, { "X-Fc-Log-Type": "Tail" });
  const log = Buffer.from(answer.headers["x-fc-log-result"], "base64").toString();

  assert.deepEqual(answer.data, { text: "合影", greeting: "你好" });
  assert.match(log, /from the function/);
  assert.match(answer.headers["x-fc-request-id"], /./);
});

test("a function that fails says so in the answer's header and body", async () => {
  const answer = await invoke({ do: "fail" });

  assert.equal(answer.headers["x-fc-error-type"], "UnhandledInvocationError");
  assert.equal(answer.data.errorType, "ValueError");
});

test("an asynchronous invocation is taken at once and runs later, once for its id", async () => {
  await fc.putFunctionAsyncConfig(SERVICE, FUNCTION, "LATEST", { maxAsyncRetryAttempts: 0, statefulInvocation: true });
  const { data } = await fc.getFunctionAsyncConfig(SERVICE, FUNCTION, "LATEST");
  const headers = {
    "X-Fc-Invocation-Type": "Async", "X-Fc-Stateful-Async-Invocation-Id": `npm-${Date.now()}`,
  };
  const answer = await fc.invokeFunction(
    SERVICE, FUNCTION, JSON.stringify({ do: "store", key: "async.txt" }), headers);
  await eventually(async () => (await oss.listV2({ prefix: "async" })).keyCount);
  await refused(
    fc.invokeFunction(SERVICE, FUNCTION, "{}", headers), "StatefulAsyncInvocationAlreadyExists");
  await fc.deleteFunctionAsyncConfig(SERVICE, FUNCTION, "LATEST");

  assert.equal(answer.data, "");
  assert.equal(data.maxAsyncRetryAttempts, 0);
  await refused(fc.getFunctionAsyncConfig(SERVICE, FUNCTION, "LATEST"), "NotFound");
});

test("stateful invocations are listed by state and stopped once", async () => {
  const place = `/services/${SERVICE}/functions/${FUNCTION}/stateful-async-invocations`;
  const prefix = `stop-${Date.now()}`;
  await fc.putFunctionAsyncConfig(SERVICE, FUNCTION, "LATEST", { statefulInvocation: true });
  for (const number of [1, 2]) {
    await fc.invokeFunction(SERVICE, FUNCTION, JSON.stringify({ do: "echo", text: "late" }), {
      "X-Fc-Invocation-Type": "Async",
      "X-Fc-Async-Delay": "3000",
      "X-Fc-Stateful-Async-Invocation-Id": `${prefix}-${number}`,
    });
  }
  await fc.put(`${place}/${prefix}-1`);
  const listed = async (status) => {
    const { data } = await fc.get(place, { invocationIdPrefix: prefix, status, includePayload: true });
    return data.invocations.map((one) => [one.invocationId, JSON.parse(one.invocationPayload).text]);
  };
  const [stopped, waiting] = [await listed("Stopped"), await listed("Enqueued")];
  await refused(fc.put(`${place}/${prefix}-1`), "StatefulAsyncInvocationAlreadyCompleted");
  await fc.put(`${place}/${prefix}-2`);
  await fc.deleteFunctionAsyncConfig(SERVICE, FUNCTION, "LATEST");

  assert.deepEqual(stopped, [[`${prefix}-1`, "late"]]);
  assert.deepEqual(waiting, [[`${prefix}-2`, "late"]]);
  await refused(fc.get(`${place}/nobody`), "StatefulAsyncInvocationNotFound");
});

test("an OSS trigger runs the function for the objects of its rule, and no other may overlap", async () => {
  const trigger = (triggerName, prefix) => ({
    triggerName,
    triggerType: "oss",
    sourceArn: `acs:oss:${account.region}:${account.account_id}:${BUCKET}`,
    invocationRole: `acs:ram::${account.account_id}:role/npm`,
    triggerConfig: { events: ["oss:ObjectCreated:*"], filter: { key: { prefix, suffix: ".jpg" } } },
  });
  await fc.createTrigger(SERVICE, FUNCTION, trigger("photos", "in/"));
  await refused(fc.createTrigger(SERVICE, FUNCTION, trigger("again", "in/a")), "Conflict|AlreadyExists|InvalidArgument");
  await oss.put("in/text.txt", Buffer.from("x"));
  await oss.put("in/合影 1.jpg", Buffer.from("x"));
  const { objects } = await eventually(async () => {
    const page = await oss.listV2({ prefix: "seen/" });
    return page.keyCount && page;
  });
  const listed = await fc.listTriggers(SERVICE, FUNCTION, {});
  await fc.deleteTrigger(SERVICE, FUNCTION, "photos");

  assert.deepEqual(objects.map((one) => one.name), ["seen/in/合影 1.jpg"]);
  assert.deepEqual(listed.data.triggers.map((one) => one.triggerName), ["photos"]);
});

test("a timer is made, changed and taken away", async () => {
  const triggerConfig = { cronExpression: "@every 5m", payload: "{}", enable: false };
  await fc.createTrigger(SERVICE, FUNCTION, { triggerName: "clock", triggerType: "timer", triggerConfig });
  await fc.updateTrigger(SERVICE, FUNCTION, "clock", { triggerConfig: { ...triggerConfig, cronExpression: "@every 9m" } });
  const { data } = await fc.getTrigger(SERVICE, FUNCTION, "clock");
  await fc.deleteTrigger(SERVICE, FUNCTION, "clock");

  assert.equal(data.triggerConfig.cronExpression, "@every 9m");
  await refused(fc.getTrigger(SERVICE, FUNCTION, "clock"), "TriggerNotFound");
});

test("a version stays as it was published, and an alias leads to it", async () => {
  const { data: version } = await fc.publishVersion(SERVICE, "first");
  await fc.createAlias(SERVICE, "prod", version.versionId, { description: "for all" });
  await fc.updateFunction(SERVICE, FUNCTION, { environmentVariables: { ...ENVIRONMENT, GREETING: "later" } });
  const now = await invoke({ do: "echo" });
  const then = await invoke({ do: "echo" }, {}, "prod");
  const aliases = await fc.listAliases(SERVICE);
  const versions = await fc.listVersions(SERVICE);
  await fc.updateAlias(SERVICE, "prod", version.versionId, { description: "still" });
  const alias = await fc.getAlias(SERVICE, "prod");
  await fc.deleteAlias(SERVICE, "prod");
  await fc.deleteVersion(SERVICE, version.versionId);

  assert.deepEqual([now.data.greeting, then.data.greeting], ["later", "你好"]);
  assert.deepEqual(aliases.data.aliases.map((one) => one.aliasName), ["prod"]);
  assert.deepEqual(versions.data.versions.map((one) => one.versionId), [version.versionId]);
  assert.equal(alias.data.description, "still");
});

test("the credentials that a function is given open OSS with their token, and without it nothing", async () => {
  const { data: given } = await invoke({ do: "credentials" });
  const never = () => assert.fail("the token is fresh");
  const keys = { accessKeyId: given.id, accessKeySecret: given.secret, bucket: BUCKET };
  for (const authorizationV4 of [false, true]) {
    const mine = storage({ ...keys, stsToken: given.token, authorizationV4, refreshSTSToken: never });
    await mine.put("sts.txt", Buffer.from("by a role"));

    assert.equal((await mine.get("sts.txt")).content.toString(), "by a role");
    assert.equal(await (await fetch(mine.signatureUrl("sts.txt"))).text(), "by a role");
    for (const stsToken of [undefined, "garbage", `${given.token}x`])
      await assert.rejects(
        storage({ ...keys, stsToken, authorizationV4, refreshSTSToken: never }).get("sts.txt"), { status: 403 });
  }
});

test("wrong keys and operations that are not offered are refused in the vendor's form", async () => {
  await refused(client({ accessKeySecret: "wrong" }).listServices(), "SignatureNotMatch");
  await refused(client({ accessKeyID: "nobody" }).listServices(), "AccessDenied|InvalidAccessKeyID");
  await refused(fc.listLayers(), "PathNotSupported|NotImplemented|Unsupported");
});

// Resource Orchestration asked by Node's own fetch, signed as RPC requests are (HMAC-SHA1 over every parameter).

import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { test } from "node:test";

import { account, eventually } from "./account.mjs";

const encoded = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** One action; its status and what it says. */
async function ask(action, parameters = {}, { secret = account.access_key_secret, method = "POST" } = {}) {
  const all = {
    Action: action,
    Version: "2019-09-10",
    Format: "JSON",
    RegionId: account.region,
    AccessKeyId: account.access_key_id,
    SignatureMethod: "HMAC-SHA1",
    SignatureVersion: "1.0",
    SignatureNonce: randomUUID(),
    Timestamp: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
    ...parameters,
  };
  const query = Object.keys(all).sort().map((name) => `${encoded(name)}=${encoded(String(all[name]))}`).join("&");
  const signature = createHmac("sha1", `${secret}&`)
    .update(`${method}&${encoded("/")}&${encoded(query)}`).digest("base64");
  const whole = `${query}&Signature=${encoded(signature)}`;
  const answer = method === "GET"
    ? await fetch(`${account.ros_endpoint}/?${whole}`)
    : await fetch(account.ros_endpoint, {
      method, body: whole, headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
  return { status: answer.status, said: await answer.json() };
}

const template = (delay = 0) => JSON.stringify({
  ROSTemplateFormatVersion: "2015-09-01",
  Parameters: { Name: { Type: "String" } },
  Resources: {
    Queue: {
      Type: "ALIYUN::MNS::Queue",
      Properties: { QueueName: { Ref: "Name" }, DelaySeconds: delay },
    },
  },
  Outputs: { Url: { Value: { "Fn::GetAtt": ["Queue", "QueueName"] } } },
});
const named = { "Parameters.1.ParameterKey": "Name", "Parameters.1.ParameterValue": "npm-queue" };

const settled = (StackId) =>
  eventually(async () => {
    const { said } = await ask("GetStack", { StackId }, { method: "GET" });
    return !said.Status.endsWith("_IN_PROGRESS") && said;
  });

test("a stack is checked, made, looked at, changed and taken down", async () => {
  const checked = await ask("ValidateTemplate", { TemplateBody: template() });
  const previewed = await ask("PreviewStack", { StackName: "npm", TemplateBody: template(), ...named });
  const made = await ask("CreateStack", { StackName: "npm", TemplateBody: template(), ...named });
  const { StackId } = made.said;
  const there = await settled(StackId);
  const listed = await ask("ListStacks", { "StackName.1": "npm" });
  const resources = await ask("ListStackResources", { StackId });
  const kept = await ask("GetTemplate", { StackId });
  await ask("UpdateStack", { StackId, TemplateBody: template(5), ...named });
  const changed = await settled(StackId);
  const events = await ask("ListStackEvents", { StackId, PageSize: 50 });
  await ask("DeleteStack", { StackId });
  const gone = await settled(StackId);

  assert.deepEqual([checked.status, previewed.status, made.status], [200, 200, 200]);
  assert.equal(previewed.said.Stack.Resources[0].LogicalResourceId, "Queue");
  assert.deepEqual([there.Status, changed.Status, gone.Status],
    ["CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"]);
  assert.deepEqual(there.Outputs.map((one) => one.OutputValue), ["npm-queue"]);
  assert.deepEqual(listed.said.Stacks.map((one) => one.StackName), ["npm"]);
  assert.equal(resources.said.Resources[0].Status, "CREATE_COMPLETE");
  assert.equal(kept.said.TemplateBody, template());
  assert.ok(events.said.TotalCount >= 6);
});

test("wrong signatures, unknown actions and stacks are refused in the vendor's form", async () => {
  const forged = await ask("ListStacks", {}, { secret: "wrong" });
  const unknown = await ask("CreateChangeSet", { StackName: "npm" });
  const missing = await ask("GetStack", { StackId: randomUUID() });
  const empty = await ask("GetStack");

  assert.deepEqual([forged, unknown, missing, empty].map((one) => [one.status, one.said.Code]), [
    [400, "SignatureDoesNotMatch"],
    [404, "InvalidAction.NotFound"],
    [404, "StackNotFound"],
    [400, "MissingStackId"],
  ]);
  for (const { said } of [forged, unknown, missing, empty]) {
    assert.ok(said.Message && said.RequestId && said.HostId);
  }
});

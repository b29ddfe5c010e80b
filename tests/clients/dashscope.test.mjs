// DashScope has no npm client: Node's own fetch speaks to it, as a program without the vendor's SDK would.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { account, eventually } from "./account.mjs";

const MODEL = "wanx2.1-imageedit";
const PHOTO = Buffer.from(process.env.MASKLINE_PICTURE, "base64");
const SUBMIT = "/services/aigc/image2image/image-synthesis";
const ASYNC = { "X-DashScope-Async": "enable" };

const server = createServer((_, answer) => answer.end(PHOTO));
let photo;

before(async () => {
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  photo = `http://127.0.0.1:${server.address().port}/photo.png`;
  await control("dashscope", { service_time: 0.05, submit_qps: 100, query_qps: 100 });
});

after(async () => {
  await control("dashscope", { outcomes: [], quota: null });
  await new Promise((closed) => server.close(closed));
});

async function control(call, body) {
  const answer = await fetch(`${account.control_url}/_control/${call}`, {
    method: "POST", body: JSON.stringify(body),
  });
  assert.ok(answer.ok, await answer.text());
}

/** One request with the account's key, or another; its status and what it says. */
async function ask(method, path, { body, headers = {}, key = account.dashscope_api_key } = {}) {
  const answer = await fetch(account.dashscope_base_url + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, said: await answer.json() };
}

const submit = (url, { headers = ASYNC, model = MODEL, ...more } = {}) =>
  ask("POST", SUBMIT, { body: { model, input: { image_url: url }, parameters: {} }, headers, ...more });

async function accepted(url, more) {
  const { status, said } = await submit(url, more);
  assert.equal(status, 200, JSON.stringify(said));
  return said.output.task_id;
}

const look = async (id) => (await ask("GET", `/tasks/${id}`)).said;

/** What is said of a task once it is over. */
const over = (id) =>
  eventually(async () => {
    const said = await look(id);
    return ["SUCCEEDED", "FAILED", "CANCELED"].includes(said.output.task_status) && said;
  });

test("a task is taken, worked on, and its result fetched by its signed URL alone", async () => {
  const said = await over(await accepted(photo));
  const url = said.output.output_image_url;
  const result = await fetch(url);
  const forged = await fetch(url.replace(/Signature=..../, "Signature=aaaa"));

  assert.equal(said.output.task_status, "SUCCEEDED");
  assert.deepEqual(said.usage, { image_count: 1 });
  assert.match(said.output.end_time, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
  assert.equal(result.headers.get("content-type"), "image/png");
  assert.equal(forged.status, 403);
  assert.match(await forged.text(), /<Code>SignatureDoesNotMatch<\/Code>/);
});

test("a task that fails says why in its output, with status 200", async () => {
  const script = { outcome: "FAILED", code: "InternalError.Algo", message: "algorithm process error" };
  await control("dashscope", { outcomes: [script] });
  const said = await over(await accepted(photo));

  assert.equal(said.output.task_status, "FAILED");
  assert.equal(said.output.code, "InternalError.Algo");
  assert.equal(said.code, undefined);
});

test("a waiting task is cancelled, once, and a task that is not there is unknown", async () => {
  await control("dashscope", { outcomes: [{ outcome: "SUCCEEDED", service_time: 60 }] });
  const first = await accepted(photo);
  const second = await accepted(photo);
  const done = await ask("POST", `/tasks/${second}/cancel`);
  const again = await ask("POST", `/tasks/${second}/cancel/`);
  await control("clock", { advance: 60 });

  assert.deepEqual([done.status, Object.keys(done.said)], [200, ["request_id"]]);
  assert.deepEqual([again.status, again.said.code], [400, "UnsupportedOperation"]);
  assert.equal((await look(second)).output.task_status, "CANCELED");
  assert.equal((await over(first)).output.task_status, "SUCCEEDED");
  assert.equal((await look(crypto.randomUUID())).output.task_status, "UNKNOWN");
});

test("tasks are listed page by page, with and without a slash", async () => {
  const model = "listed-by-node";
  for (let n = 0; n < 3; n += 1) await over(await accepted(photo, { model }));
  const one = await ask("GET", `/tasks?model_name=${model}&page_size=2`);
  const two = await ask("GET", `/tasks/?model_name=${model}&page_size=2&page_no=2`);
  const none = await ask("GET", `/tasks/?model_name=${model}&status=FAILED`);

  assert.deepEqual([one.said.total, one.said.total_page, one.said.data.length], [3, 2, 2]);
  assert.deepEqual([two.said.page_no, two.said.data.length, none.said.total], [2, 1, 0]);
  assert.equal(typeof two.said.data[0].gmt_create, "number");
});

test("a file is uploaded by its policy and resolved for its model", async () => {
  const { said } = await ask("GET", `/uploads?action=getPolicy&model=${MODEL}`);
  const { data } = said;
  const name = `photo-${Date.now()}.png`;
  const upload = async () => {
    const form = new FormData();
    form.set("OSSAccessKeyId", data.oss_access_key_id);
    form.set("Signature", data.signature);
    form.set("policy", data.policy);
    form.set("x-oss-object-acl", data.x_oss_object_acl);
    form.set("x-oss-forbid-overwrite", data.x_oss_forbid_overwrite);
    form.set("key", `${data.upload_dir}/${name}`);
    form.set("success_action_status", "200");
    form.set("file", new Blob([PHOTO]), name);
    return fetch(data.upload_host, { method: "POST", body: form });
  };
  const url = `oss://${data.upload_dir}/${name}`;
  const [stored, twice] = [await upload(), await upload()];
  const unresolved = await submit(url);
  const headers = { ...ASYNC, "X-DashScope-OssResourceResolve": "enable" };
  const done = await over(await accepted(url, { headers }));

  assert.equal(stored.status, 200);
  assert.match(await twice.text(), /<Code>FileAlreadyExists<\/Code>/);
  assert.deepEqual(
    [unresolved.status, unresolved.said.code], [400, "InvalidParameter.DataInspection"]);
  assert.equal(done.output.task_status, "SUCCEEDED");
});

test("what is asked wrongly is refused in the vendor's form", async () => {
  const key = await submit(photo, { key: "sk-wrong" });
  const synchronous = await submit(photo, { headers: {} });
  const empty = await ask("POST", SUBMIT, { body: {}, headers: ASYNC });
  const nowhere = await ask("GET", "/models");
  await control("dashscope", { quota: 0 });
  const spent = await submit(photo);

  const refusals = [key, synchronous, empty, nowhere, spent];
  assert.deepEqual(refusals.map((one) => [one.status, one.said.code]), [
    [401, "InvalidApiKey"],
    [403, "AccessDenied"],
    [400, "InvalidParameter"],
    [404, "NotFound"],
    [403, "AllocationQuota.FreeTierOnly"],
  ]);
  for (const { said } of refusals) {
    assert.deepEqual(Object.keys(said).sort(), ["code", "message", "request_id"]);
  }
});

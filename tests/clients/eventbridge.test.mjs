// EventBridge's PutEvents asked by Node's own fetch, signed as the vendor's clients sign it.

import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { test } from "node:test";

import { account } from "./account.mjs";

const BUS = "npm-bus";
const KIND = "application/cloudevents-batch+json; charset=utf-8";

/** Puts what it is given; the status and what was said. */
async function put(events, { secret = account.access_key_secret, kind = KIND, path = "/openapi/putEvents" } = {}) {
  const headers = {
    date: new Date().toUTCString(),
    "content-type": kind,
    "x-acs-signature-method": "HMAC-SHA1",
    "x-acs-signature-version": "1.0",
    "x-acs-signature-nonce": randomUUID(),
    "x-eventbridge-version": "2015-06-06",
  };
  const own = Object.keys(headers).filter((name) => name.startsWith("x-acs")).sort();
  const text = `POST\n\n${kind}\n${headers.date}\n${own.map((name) => `${name}:${headers[name]}\n`).join("")}${path}`;
  const signature = createHmac("sha1", secret).update(text).digest("base64");
  const answer = await fetch(account.eventbridge_endpoint + path, {
    method: "POST",
    headers: { ...headers, authorization: `acs:${account.access_key_id}:${signature}` },
    body: typeof events === "string" ? events : JSON.stringify(events),
  });
  return { status: answer.status, said: await answer.json() };
}

const event = (id, more = {}) => ({
  id, source: "npm", specversion: "1.0", type: "npm.test", datacontenttype: "application/json",
  data: { text: "合影" }, aliyuneventbusname: BUS, ...more,
});

test("events are put on a bus, and each that cannot be is told of by itself", async () => {
  const { status, said } = await put([event("a"), { specversion: "1.0" }, event("b")]);
  const seen = await (await fetch(`${account.control_url}/_control/events?bus=${BUS}`)).json();

  assert.equal(status, 200);
  assert.equal(said.FailedEntryCount, 1);
  assert.deepEqual(said.EntryList.map((one) => one.EventId ?? one.ErrorCode), ["a", "InvalidArgument", "b"]);
  assert.deepEqual(seen.events.map((one) => one.event.data.text), ["合影", "合影"]);
});

test("wrong signatures, bodies and paths are refused in the vendor's form", async () => {
  const refusals = [
    await put([event("c")], { secret: "wrong" }),
    await put("{", {}),
    await put([]),
    await put([event("c")], { kind: "application/json" }),
    await put([event("c")], { path: "/openapi/listEventBuses" }),
  ];

  assert.deepEqual(refusals.map((one) => [one.status, one.said.code]), [
    [403, "SignatureDoesNotMatch"],
    [400, "InvalidArgument"],
    [400, "InvalidArgument"],
    [400, "InvalidArgument"],
    [404, "InvalidAction.NotFound"],
  ]);
  for (const { said } of refusals) assert.ok(said.message && said.requestId);
});

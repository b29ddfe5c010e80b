// npm @alicloud/mns against the local MNS: queues to consume from, topics to publish to.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import MNS from "@alicloud/mns";

import { account } from "./account.mjs";

const QUEUE = "npm-queue";
const TOPIC = "npm-topic";

function client(changes = {}) {
  return new MNS(account.account_id, {
    accessKeyId: account.access_key_id,
    accessKeySecret: account.access_key_secret,
    endpoint: account.mns_endpoint,
    region: account.region,
    ...changes,
  });
}

const mns = client();

before(async () => {
  await mns.createQueue(QUEUE, { VisibilityTimeout: 30, PollingWaitSeconds: 0 });
  await mns.createTopic(TOPIC);
});

after(() => mns.deleteQueue(QUEUE));

test("queues and topics are described, and changed", async () => {
  await mns.setQueueAttributes(QUEUE, { VisibilityTimeout: 60 });
  const queue = await mns.getQueueAttributes(QUEUE);
  const topic = await mns.getTopicAttributes(TOPIC);

  assert.equal(queue.body.VisibilityTimeout, "60");
  assert.equal(topic.body.TopicName, TOPIC);
});

test("a message is sent, looked at, received, kept longer and deleted", async () => {
  const sent = await mns.sendMessage(QUEUE, { MessageBody: "作业 1" });
  const peeked = await mns.peekMessage(QUEUE);
  const received = await mns.receiveMessage(QUEUE, 1);
  const kept = await mns.changeMessageVisibility(QUEUE, received.body.ReceiptHandle, 30);
  await mns.deleteMessage(QUEUE, kept.body.ReceiptHandle);

  assert.equal(sent.code, 201);
  assert.equal(peeked.body.MessageId, sent.body.MessageId);
  assert.equal(received.body.MessageBody, "作业 1");
  await assert.rejects(mns.receiveMessage(QUEUE, 0), /MessageNotExist/);
});

test("a message that is published is on the topic's record", async () => {
  const published = await mns.publishMessage(TOPIC, { MessageBody: "told", MessageTag: "npm" });
  const record = await fetch(`${account.control_url}/_control/messages?topic=${TOPIC}`);
  const { messages } = await record.json();

  assert.equal(published.code, 201);
  assert.deepEqual(
    messages.filter((one) => one.message_id === published.body.MessageId).map(({ body, tag }) => [body, tag]),
    [["told", "npm"]]);
});

test("wrong keys, and names that are not there, are refused in the vendor's words", async () => {
  await assert.rejects(mns.getQueueAttributes("npm-nowhere"), /QueueNotExist/);
  await assert.rejects(client({ accessKeySecret: "wrong" }).getQueueAttributes(QUEUE), /SignatureDoesNotMatch/);
  await assert.rejects(client({ accessKeyId: "nobody" }).getQueueAttributes(QUEUE), /AccessIDAuthError|InvalidAccessKeyId/);
});

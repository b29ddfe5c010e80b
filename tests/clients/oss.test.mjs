// npm ali-oss against the local OSS: as a browser's or a server's code would use it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";

import OSS from "ali-oss";

import { account, port, refused } from "./account.mjs";

const BUCKET = "npm-photos";

/** On `localhost` the client addresses buckets by path, and makes signed URLs. */
function client(changes = {}) {
  return new OSS({
    accessKeyId: account.access_key_id,
    accessKeySecret: account.access_key_secret,
    endpoint: `http://localhost:${port(account.oss_endpoint)}`,
    region: `oss-${account.region}`,
    sldEnable: true,
    bucket: BUCKET,
    ...changes,
  });
}

const oss = client();
const signer = client({ authorizationV4: true });

before(() => oss.putBucket(BUCKET));

after(async () => {
  const { uploads = [] } = await oss.listUploads({ "max-uploads": 100 });
  for (const one of uploads) await oss.abortMultipartUpload(one.name, one.uploadId);
  const { objects = [] } = await oss.listV2({ "max-keys": 1000 });
  if (objects.length) await oss.deleteMulti(objects.map((found) => found.name), { quiet: true });
  await oss.deleteBucket(BUCKET);
});

test("a bucket is listed, described and has a place", async () => {
  const { buckets } = await oss.listBuckets({ prefix: "npm-" });
  const { bucket } = await oss.getBucketInfo(BUCKET);
  const { location } = await oss.getBucketLocation(BUCKET);

  assert.deepEqual(buckets.map((found) => found.name), [BUCKET]);
  assert.equal(bucket.ExtranetEndpoint, account.oss_endpoint);
  assert.equal(location, `oss-${account.region}`);
});

test("a bucket that is not empty stays, one that is not there is said to be missing", async () => {
  await oss.put("keeps.txt", Buffer.from("x"));

  await refused(oss.deleteBucket(BUCKET), "BucketNotEmpty", 409);
  await refused(client({ bucket: "npm-nowhere" }).listV2({}), "NoSuchBucket", 404);
});

test("the ACL of a bucket and of an object can be set and read", async () => {
  await oss.put("acl.txt", Buffer.from("x"));
  await oss.putBucketACL(BUCKET, "private");
  await oss.putACL("acl.txt", "public-read");

  await oss.putBucketACL("npm-by-acl", "public-read");
  const made = await oss.getBucketACL("npm-by-acl");
  await oss.deleteBucket("npm-by-acl");

  assert.equal(made.acl, "public-read", "an ACL makes the bucket that it is for");
  assert.equal((await oss.getBucketACL(BUCKET)).acl, "private");
  assert.equal((await oss.getACL("acl.txt")).acl, "public-read");
});

test("an object is put, read and described, signed V1", () => keepsAnObject(oss, "V1"));

test("an object is put, read and described, signed V4", () => keepsAnObject(signer, "V4"));

async function keepsAnObject(one, version) {
  const key = `合影/a b+c&d=${version}.txt`;
  const body = Buffer.from("photographs of people");
  const put = await one.put(key, body, { meta: { uid: "7" }, mime: "text/plain" });
  const got = await one.get(key);
  const head = await one.head(key);

  assert.deepEqual(got.content, body);
  assert.equal(put.res.headers.etag, `"${createHash("md5").update(body).digest("hex").toUpperCase()}"`);
  assert.match(put.res.headers["x-oss-hash-crc64ecma"], /^\d+$/);
  assert.equal(head.meta.uid, "7");
  assert.equal(head.res.headers["content-type"], "text/plain");
  assert.equal(head.res.headers["content-length"], String(body.length));
  assert.equal((await one.getObjectMeta(key)).res.headers["x-oss-hash-crc64ecma"], put.res.headers["x-oss-hash-crc64ecma"]);
}

test("an object can be sent and read as a stream, and in ranges", async () => {
  const body = Buffer.alloc(300_000, "0123456789");
  await oss.putStream("stream.bin", Readable.from([body.subarray(0, 1000), body.subarray(1000)]));
  const { stream } = await oss.getStream("stream.bin");
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  const part = await oss.get("stream.bin", { headers: { Range: "bytes=10-14" } });

  assert.deepEqual(Buffer.concat(chunks), body);
  assert.equal(part.res.status, 206);
  assert.equal(part.content.toString(), "01234");
});

test("conditions are kept: If-Match, If-None-Match, dates, forbid-overwrite", async () => {
  const { res } = await oss.put("kept.txt", Buffer.from("first"));
  const { etag } = res.headers;
  // The cloud's clock, which other suites move ahead; a Date header is the machine's.
  const written = (await oss.head("kept.txt")).res.headers["last-modified"];
  const later = new Date(Date.parse(written) + 60_000).toUTCString();
  const get = (headers) => oss.get("kept.txt", { headers });
  const forbidding = { headers: { "x-oss-forbid-overwrite": "true" } };

  assert.equal((await get({ "If-Match": etag })).content.toString(), "first");
  await refused(get({ "If-Match": '"0"' }), "PreconditionFailed", 412);
  await refused(get({ "If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT" }), "PreconditionFailed", 412);
  assert.equal((await get({ "If-None-Match": etag })).res.status, 304);
  assert.equal((await get({ "If-Modified-Since": later })).res.status, 304);
  await refused(oss.put("kept.txt", Buffer.from("second"), forbidding), "FileAlreadyExists", 409);
  assert.equal((await get({})).content.toString(), "first");
});

test("a body that is not what its MD5 says is refused", async () => {
  const headers = { "Content-MD5": createHash("md5").update("other").digest("base64") };

  await refused(oss.put("md5.txt", Buffer.from("this"), { headers }), "InvalidDigest", 400);
  await refused(oss.head("md5.txt"), "NoSuchKey", 404);
});

test("what is not there is said to be missing", async () => {
  await refused(oss.get("nowhere"), "NoSuchKey", 404);
  assert.equal((await oss.delete("nowhere")).res.status, 204);
});

test("listings have prefixes, delimiters, pages and odd names, in both versions", async () => {
  const names = ["list/a.txt", "list/b/1.txt", "list/b/2.txt", "list/c d&+é.txt", "list/\u000c.txt"];
  for (const name of names) await oss.put(name, Buffer.from("x"));
  const flat = await oss.listV2({ prefix: "list/", "encoding-type": "url" });
  const deep = await oss.listV2({ prefix: "list/", delimiter: "/" });
  const found = [];
  let marker;
  do {
    const page = await oss.list({ prefix: "list/", "max-keys": 2, marker, "encoding-type": "url" });
    found.push(...page.objects.map((one) => decodeURIComponent(one.name)));
    marker = page.nextMarker && decodeURIComponent(page.nextMarker);
  } while (marker);
  const paged = [];
  let token;
  do {
    const page = await oss.listV2({ prefix: "list/", "max-keys": "2", "continuation-token": token });
    paged.push(...page.objects.map((one) => one.name));
    token = page.nextContinuationToken;
  } while (token);

  assert.deepEqual(found, [...names].sort());
  assert.equal(paged.length, names.length);
  assert.equal(flat.keyCount, names.length);
  assert.deepEqual(deep.prefixes, ["list/b/"]);
  await refused(oss.listV2({ "continuation-token": "garbage" }), "InvalidArgument", 400);
});

test("a copy keeps the metadata or takes new", async () => {
  await oss.put("copy/from.txt", Buffer.from("copied"), { meta: { uid: "1" } });
  await oss.copy("copy/same.txt", "copy/from.txt");
  await oss.copy("copy/other.txt", "copy/from.txt", { meta: { uid: "2" } });

  assert.equal((await oss.head("copy/same.txt")).meta.uid, "1");
  assert.equal((await oss.head("copy/other.txt")).meta.uid, "2");
  assert.equal((await oss.get("copy/other.txt")).content.toString(), "copied");
});

test("many objects are deleted at once, whatever their names", async () => {
  const names = ["many/1", "many/<&>\"'", "many/\u000c", "many/合影"];
  for (const name of names) await oss.put(name, Buffer.from("x"));
  const { deleted } = await oss.deleteMulti(names);

  assert.equal(deleted.length, names.length);
  assert.equal((await oss.listV2({ prefix: "many/" })).keyCount, 0);
});

test("an upload in parts: managed, copied, by hand, listed and given up", async () => {
  const body = Buffer.alloc(350 * 1024, "abcdefgh");
  await oss.multipartUpload("parts/managed.bin", body, { partSize: 100 * 1024, parallel: 3 });
  const source = { sourceKey: "parts/managed.bin", sourceBucketName: BUCKET };
  await oss.multipartUploadCopy("parts/copied.bin", source, { partSize: 100 * 1024 });
  const { uploadId } = await oss.initMultipartUpload("parts/hand.bin");
  const { etag } = await oss.uploadPart("parts/hand.bin", uploadId, 1, body, 0, body.length);
  const listed = await oss.listParts("parts/hand.bin", uploadId);
  const { uploads } = await oss.listUploads({ prefix: "parts/", "max-uploads": 10 });
  await refused(
    oss.completeMultipartUpload("parts/hand.bin", uploadId, [{ number: 1, etag: '"0"' }]), "InvalidPart", 400);
  await oss.completeMultipartUpload("parts/hand.bin", uploadId, [{ number: 1, etag }]);
  const { uploadId: given } = await oss.initMultipartUpload("parts/up.bin");
  await oss.abortMultipartUpload("parts/up.bin", given);

  for (const name of ["managed", "copied", "hand"]) {
    const { content, res } = await oss.get(`parts/${name}.bin`);
    assert.ok(content.equals(body), name);
    assert.equal(res.headers["x-oss-object-type"], "Multipart");
  }
  assert.equal(listed.parts.Size, String(body.length));
  assert.deepEqual(uploads.map((one) => one.uploadId), [uploadId]);
  await refused(oss.listParts("parts/up.bin", given), "NoSuchUpload", 404);
});

test("open uploads are listed behind their markers, those of one key in the order of their ids", async () => {
  const ids = [];
  for (const name of ["open/a", "open/a", "open/a", "open/b"]) ids.push((await oss.initMultipartUpload(name)).uploadId);
  const listed = async (query) => {
    const { uploads = [] } = await oss.listUploads({ prefix: "open/", "max-uploads": 10, ...query });
    return uploads.map((one) => one.uploadId);
  };

  assert.deepEqual(ids.slice(0, 3), ids.slice(0, 3).sort());
  assert.deepEqual(await listed({}), ids);
  assert.deepEqual(await listed({ "key-marker": "open/a" }), ids.slice(3));
  assert.deepEqual(await listed({ "key-marker": "open/a", "upload-id-marker": ids[0] }), ids.slice(1));
  assert.deepEqual(await listed({ "upload-id-marker": ids[3] }), ids, "an id alone counts for nothing");
});

test("an object grows by appending, at its end only", async () => {
  const first = await oss.append("grows.txt", Buffer.from("one "));
  await oss.append("grows.txt", Buffer.from("two"), { position: first.nextAppendPosition });

  assert.equal((await oss.get("grows.txt")).content.toString(), "one two");
  await refused(oss.append("grows.txt", Buffer.from("x"), { position: 1 }), "PositionNotEqualToLength", 409);
});

test("tags are set, read and taken off", async () => {
  await oss.put("tagged.txt", Buffer.from("x"));
  await oss.putObjectTagging("tagged.txt", { album: "summer", year: "2024" });
  const { tag } = await oss.getObjectTagging("tagged.txt");
  await oss.deleteObjectTagging("tagged.txt");

  assert.deepEqual(tag, { album: "summer", year: "2024" });
  assert.deepEqual((await oss.getObjectTagging("tagged.txt")).tag, {});
});

test("a symlink leads to its target", async () => {
  await oss.put("target 1.txt", Buffer.from("seen through"));
  await oss.putSymlink("link.txt", "target 1.txt", { meta: { uid: "1" }, headers: {} });
  const told = await oss.head("link.txt");

  assert.deepEqual(told.meta, { uid: "1" });
  assert.equal(told.res.headers["x-oss-object-type"], "Symlink");
  assert.equal(told.res.headers["content-length"], "12");
  assert.equal((await oss.getSymlink("link.txt")).targetName, "target 1.txt");
  assert.equal((await oss.get("link.txt")).content.toString(), "seen through");
});

test("signed URLs work for anybody, until they expire, and for nothing else", async () => {
  await oss.put("signed.txt", Buffer.from("for you"));
  const urls = [
    oss.signatureUrl("signed.txt", { expires: 60 }),
    await signer.signatureUrlV4("GET", 60, {}, "signed.txt"),
  ];
  for (const url of urls) {
    assert.equal(await (await fetch(url)).text(), "for you");
    const altered = await fetch(url.replace("signed.txt", "kept.txt"));
    assert.equal(altered.status, 403);
    assert.match(await altered.text(), /<Code>SignatureDoesNotMatch<\/Code>/);
  }
  const expired = await fetch(oss.signatureUrl("signed.txt", { expires: -60 }));
  assert.equal(expired.status, 403);
  assert.match(await expired.text(), /<Code>AccessDenied<\/Code>/);
});

test("a signed URL takes an upload, with the type that was signed", async () => {
  const url = oss.signatureUrl("sent.txt", { method: "PUT", "Content-Type": "text/plain", expires: 60 });
  const send = (type) => fetch(url, { method: "PUT", body: "sent", headers: { "Content-Type": type } });

  assert.equal((await send("image/png")).status, 403);
  assert.equal((await send("text/plain")).status, 200);
  assert.equal((await oss.get("sent.txt")).content.toString(), "sent");
});

test("a form with a signed policy takes an upload", async () => {
  const policy = {
    expiration: new Date(Date.now() + 60_000).toISOString(),
    conditions: [{ bucket: BUCKET }, ["content-length-range", 0, 100]],
  };
  const post = (key, text) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(oss.calculatePostSignature(policy))) form.append(name, value);
    form.append("key", key);
    form.append("file", new Blob([text]));
    return fetch(`${account.oss_endpoint}/${BUCKET}`, { method: "POST", body: form });
  };

  assert.equal((await post("form.txt", "a form's file")).status, 204);
  assert.equal((await post("long.txt", "x".repeat(200))).status, 400);
  assert.equal((await oss.get("form.txt")).content.toString(), "a form's file");
});

test("pictures are described, resized, cropped, turned, converted and saved", async () => {
  await oss.put("picture.png", Buffer.from(process.env.MASKLINE_PICTURE, "base64"));
  const info = async (key) =>
    JSON.parse((await oss.get(key, { process: "image/info" })).content.toString());
  const process_ = "image/resize,w_32/rotate,90/format,jpg/quality,q_80";
  const { content } = await oss.get("picture.png", { process: process_ });
  await oss.put("made.jpg", content);
  await oss.processObjectSave("picture.png", "saved.png", "image/crop,w_10,h_20,x_1,y_2");

  assert.equal((await info("picture.png")).ImageWidth.value, "64");
  assert.deepEqual([content[0], content[1]], [0xff, 0xd8]);
  assert.equal((await info("made.jpg")).ImageHeight.value, "32");
  assert.equal((await info("saved.png")).ImageHeight.value, "20");
  const url = oss.signatureUrl("picture.png", { process: "image/resize,w_16" });
  assert.equal((await fetch(url)).headers.get("content-type"), "image/png");
  await refused(oss.get("kept.txt", { process: "image/info" }), "BadRequest", 400);
});

test("an endpoint that is an address is asked with the bucket in Host", async () => {
  const hosted = client({ endpoint: account.oss_endpoint, sldEnable: false });
  await hosted.put("hosted.txt", Buffer.from("x"));

  assert.equal((await hosted.get("hosted.txt")).content.toString(), "x");
  assert.equal((await oss.head("hosted.txt")).status, 200);
});

test("a clock that is a day off is refused", async () => {
  const late = client();
  late.options.amendTimeSkewed = -86_400_000;

  await refused(late.get("kept.txt"), "RequestTimeTooSkewed", 403);
});

test("keys that are wrong are refused with the vendor's codes", async () => {
  const stranger = client({ accessKeyId: "LTAInobody" });
  const forger = client({ accessKeySecret: "wrong" });
  const forger4 = client({ accessKeySecret: "wrong", authorizationV4: true });
  await refused(stranger.get("kept.txt"), "InvalidAccessKeyId", 403);
  await refused(forger.get("kept.txt"), "SignatureDoesNotMatch", 403);
  await refused(forger4.get("kept.txt"), "SignatureDoesNotMatch", 403);
});

test("what the local OSS has not is refused in the vendor's form", async () => {
  await refused(oss.putBucketWebsite(BUCKET, { index: "index.html" }), "NotImplemented", 501);
});

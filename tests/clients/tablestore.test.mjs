// npm tablestore against the local Tablestore.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import TableStore from "tablestore";

import { account, eventually } from "./account.mjs";

const TABLE = "npm_jobs";
const INDEX = "npm_jobs_due";
const { Long, RowExistenceExpectation, ComparatorType, LogicalOperator } = TableStore;
const ANY = new TableStore.Condition(RowExistenceExpectation.IGNORE, null);

function client(changes = {}) {
  return new TableStore.Client({
    accessKeyId: account.access_key_id,
    secretAccessKey: account.access_key_secret,
    endpoint: account.tablestore_endpoint,
    instancename: account.tablestore_instance,
    maxRetries: 0,
    ...changes,
  });
}

const store = client();

const key = (name, number = 0) => [{ name }, { number: Long.fromNumber(number) }];

const put = (name, number, columns, changes = {}) =>
  store.putRow({
    tableName: TABLE, condition: ANY, primaryKey: key(name, number), attributeColumns: columns, ...changes,
  });

/** A row's columns by name; integers as numbers. Undefined where there is no row. */
function columns(row) {
  if (!row?.attributes) return undefined;
  const plain = (value) => (value?.toNumber && !Buffer.isBuffer(value) ? value.toNumber() : value);
  return Object.fromEntries(row.attributes.map((one) => [one.columnName, plain(one.columnValue)]));
}

const get = async (name, number = 0, changes = {}) =>
  columns((await store.getRow({ tableName: TABLE, primaryKey: key(name, number), maxVersions: 1, ...changes })).row);

const names = (rows) => rows.map((row) => `${row.primaryKey[0].value}${row.primaryKey[1].value}`);

function range(changes = {}) {
  return store.getRange({
    tableName: TABLE,
    direction: TableStore.Direction.FORWARD,
    maxVersions: 1,
    inclusiveStartPrimaryKey: [{ name: "r" }, { number: TableStore.INF_MIN }],
    exclusiveEndPrimaryKey: [{ name: "r" }, { number: TableStore.INF_MAX }],
    ...changes,
  });
}

const refused = (promise, code, words) =>
  assert.rejects(promise, (error) => {
    assert.match(error.message, new RegExp(code), error.message);
    assert.match(error.message, words);
    return true;
  });

before(async () => {
  await store.createTable({
    tableMeta: {
      tableName: TABLE,
      primaryKey: [{ name: "name", type: "STRING" }, { name: "number", type: "INTEGER" }],
      definedColumn: [{ name: "due", type: TableStore.DefinedColumnType.DCT_INTEGER }],
    },
    reservedThroughput: { capacityUnit: { read: 0, write: 0 } },
    tableOptions: { timeToLive: -1, maxVersions: 1 },
    streamSpecification: { enableStream: false },
    indexMetas: [{ name: INDEX, primaryKey: ["due"], definedColumn: [] }],
  });
  for (const number of [1, 2, 3, 4, 5]) await put("r", number, [{ size: Long.fromNumber(number) }]);
});

after(async () => {
  await store.dropIndex({ mainTableName: TABLE, indexName: INDEX });
  await store.deleteTable({ tableName: TABLE });
});

test("a table is listed, described and changed", async () => {
  const { tableNames } = await store.listTable({});
  await store.updateTable({ tableName: TABLE, tableOptions: { maxTimeDeviation: 86_401 } });
  const found = await store.describeTable({ tableName: TABLE });

  assert.ok(tableNames.includes(TABLE));
  assert.equal(Number(found.tableOptions.deviationCellVersionInSec), 86_401);
  assert.deepEqual(found.indexMetas.map((one) => one.name), [INDEX]);
  await refused(store.describeTable({ tableName: "npm_nowhere" }), "OTSObjectNotExist", /not exist/);
});

test("every kind of value is put and got back", async () => {
  const bytes = Buffer.from("中华人民共和国");
  await put("kinds", 1, [
    { text: "表格存储" }, { whole: Long.fromString("9007199254740993") }, { real: -0.32 }, { yes: true }, { bytes },
  ]);
  const { row } = await store.getRow({ tableName: TABLE, primaryKey: key("kinds", 1), maxVersions: 1 });
  const found = Object.fromEntries(row.attributes.map((one) => [one.columnName, one.columnValue]));

  assert.equal(found.text, "表格存储");
  assert.equal(found.whole.toString(), "9007199254740993");
  assert.equal(found.real, -0.32);
  assert.equal(found.yes, true);
  assert.deepEqual(Buffer.from(found.bytes), bytes);
  assert.deepEqual(await get("kinds", 1, { columnsToGet: ["real"] }), { real: -0.32 });
  assert.equal(await get("kinds", 2), undefined);
});

test("a row is changed column by column, and deleted", async () => {
  await put("changed", 1, [{ a: "1" }, { b: "2" }, { c: "3" }]);
  await store.updateRow({
    tableName: TABLE, condition: ANY, primaryKey: key("changed", 1),
    updateOfAttributeColumns: [{ PUT: [{ a: "9" }, { d: "4" }] }, { DELETE_ALL: ["b"] }],
  });
  const changed = await get("changed", 1);
  await store.deleteRow({ tableName: TABLE, condition: ANY, primaryKey: key("changed", 1) });

  assert.deepEqual(changed, { a: "9", c: "3", d: "4" });
  assert.equal(await get("changed", 1), undefined);
});

test("a row that is expected or not, and a column's condition, decide", async () => {
  const absent = new TableStore.Condition(RowExistenceExpectation.EXPECT_NOT_EXIST, null);
  const free = new TableStore.SingleColumnCondition("owner", "nobody", ComparatorType.EQUAL, false);
  const claim = (owner) =>
    store.updateRow({
      tableName: TABLE, primaryKey: key("claimed", 1),
      condition: new TableStore.Condition(RowExistenceExpectation.EXPECT_EXIST, free),
      updateOfAttributeColumns: [{ PUT: [{ owner }] }],
    });
  await refused(claim("early"), "OTSConditionCheckFail", /Condition check failed/);
  await put("claimed", 1, [{ owner: "nobody" }], { condition: absent });
  await refused(put("claimed", 1, [], { condition: absent }), "OTSConditionCheckFail", /Condition check failed/);
  const claims = await Promise.allSettled(["a", "b", "c", "d"].map(claim));

  assert.equal(claims.filter((one) => one.status === "fulfilled").length, 1);
});

test("the row is returned after an increment, each number once", async () => {
  const increment = () =>
    store.updateRow({
      tableName: TABLE, condition: ANY, primaryKey: key("counter", 1),
      updateOfAttributeColumns: [{ INCREMENT: [{ n: Long.fromNumber(1) }] }],
      returnContent: { returnColumns: ["n"], returnType: TableStore.ReturnType.AfterModify },
    });
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(increment));
  const seen = answers.map((answer) => columns(answer.row).n);

  assert.deepEqual(seen.sort(), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(await get("counter", 1), { n: 6 });
});

test("a range is read forward, backward, in pages and between bounds", async () => {
  const all = await range();
  const back = await range({
    direction: TableStore.Direction.BACKWARD,
    inclusiveStartPrimaryKey: key("r", 4), exclusiveEndPrimaryKey: key("r", 1),
  });
  const pages = [];
  let start = [{ name: "r" }, { number: TableStore.INF_MIN }];
  while (start) {
    const page = await range({ inclusiveStartPrimaryKey: start, limit: 2 });
    pages.push(names(page.rows));
    start = page.nextStartPrimaryKey?.map((one) => ({ [one.name]: one.value }));
  }

  assert.deepEqual(names(all.rows), ["r1", "r2", "r3", "r4", "r5"]);
  assert.deepEqual(names(back.rows), ["r4", "r3", "r2"]);
  assert.deepEqual(pages, [["r1", "r2"], ["r3", "r4"], ["r5"]]);
  await refused(
    range({ inclusiveStartPrimaryKey: key("r", 4), exclusiveEndPrimaryKey: key("r", 1) }),
    "OTSParameterInvalid", /Begin key must less than end key in FORWARD/);
});

test("a filter keeps the rows that it describes: comparisons, and, or, not", async () => {
  const size = (number, how) =>
    new TableStore.SingleColumnCondition("size", Long.fromNumber(number), how, true);
  const together = (how, ...parts) => {
    const made = new TableStore.CompositeCondition(how);
    parts.forEach((part) => made.addSubCondition(part));
    return made;
  };
  const found = async (columnFilter) => names((await range({ columnFilter })).rows).join(" ");

  assert.equal(await found(size(3, ComparatorType.EQUAL)), "r3");
  assert.equal(await found(size(3, ComparatorType.NOT_EQUAL)), "r1 r2 r4 r5");
  assert.equal(await found(size(3, ComparatorType.GREATER_THAN)), "r4 r5");
  assert.equal(await found(size(3, ComparatorType.GREATER_EQUAL)), "r3 r4 r5");
  assert.equal(await found(size(3, ComparatorType.LESS_THAN)), "r1 r2");
  assert.equal(await found(size(3, ComparatorType.LESS_EQUAL)), "r1 r2 r3");
  const outer = [size(2, ComparatorType.LESS_THAN), size(4, ComparatorType.GREATER_THAN)];
  const inner = [size(1, ComparatorType.GREATER_THAN), size(5, ComparatorType.LESS_THAN)];
  assert.equal(await found(together(LogicalOperator.OR, ...outer)), "r1 r5");
  assert.equal(await found(together(LogicalOperator.AND, ...inner)), "r2 r3 r4");
  assert.equal(await found(together(LogicalOperator.NOT, outer[0])), "r2 r3 r4 r5");
});

test("rows are written and read in batches, each with its own outcome", async () => {
  const present = new TableStore.Condition(RowExistenceExpectation.EXPECT_EXIST, null);
  const written = await store.batchWriteRow({
    tables: [{
      tableName: TABLE,
      rows: [
        { type: "PUT", condition: ANY, primaryKey: key("batch", 1), attributeColumns: [{ a: "1" }] },
        { type: "UPDATE", condition: ANY, primaryKey: key("batch", 2), attributeColumns: [{ PUT: [{ a: "2" }] }] },
        { type: "DELETE", condition: present, primaryKey: key("batch", 3) },
      ],
    }],
  });
  const read = await store.batchGetRow({
    tables: [{ tableName: TABLE, primaryKey: [1, 2, 3].map((number) => key("batch", number)), maxVersions: 1 }],
  });

  assert.deepEqual(written.tables.map((row) => row.isOk), [true, true, false]);
  assert.equal(written.tables[2].errorCode, "OTSConditionCheckFail");
  assert.deepEqual(read.tables[0].map((row) => columns(row)?.a), ["1", "2", undefined]);
});

test("an index follows its table, and one can be made later over what is there", async () => {
  await put("indexed", 1, [{ due: Long.fromNumber(1700) }]);
  const find = (tableName) =>
    store.getRange({
      tableName,
      direction: TableStore.Direction.FORWARD,
      maxVersions: 1,
      inclusiveStartPrimaryKey: [
        { due: Long.fromNumber(1700) }, { name: TableStore.INF_MIN }, { number: TableStore.INF_MIN }],
      exclusiveEndPrimaryKey: [
        { due: Long.fromNumber(1701) }, { name: TableStore.INF_MIN }, { number: TableStore.INF_MIN }],
    });
  const followed = await eventually(async () => (await find(INDEX)).rows.length);
  await store.createIndex({
    mainTableName: TABLE, includeBaseData: true,
    indexMeta: { name: "npm_later", primaryKey: ["due"], definedColumn: [] },
  });
  const filled = await eventually(async () => (await find("npm_later")).rows.length);
  await store.dropIndex({ mainTableName: TABLE, indexName: "npm_later" });

  assert.deepEqual([followed, filled], [1, 1]);
});

test("keys that do not fit, wrong signatures and what is not offered are refused", async () => {
  const short = { tableName: TABLE, primaryKey: [{ name: "x" }], maxVersions: 1 };

  await refused(store.getRow(short), "OTSInvalidPK", /Validate PK size fail. Input: 1, Meta: 2\./);
  await refused(client({ secretAccessKey: "wrong" }).listTable({}), "OTSAuthFailed", /./);
  await refused(client({ accessKeyId: "nobody" }).listTable({}), "OTSAuthFailed", /./);
  await refused(
    store.computeSplits({ tableName: TABLE }), "OTSParameterInvalid", /Unsupported operation/);
});

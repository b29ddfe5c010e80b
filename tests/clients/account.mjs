// What every suite here needs: the account of the local cloud that the tests started, and patience.

import assert from "node:assert/strict";
import dns from "node:dns";

// The cloud listens on 127.0.0.1; before Node 20, `localhost` may be tried as ::1 alone.
dns.setDefaultResultOrder("ipv4first");

export const account = JSON.parse(process.env.MASKLINE_CLOUD);

export const port = (endpoint) => new URL(endpoint).port;

export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** What `look` answers as soon as it is true; fails after ten seconds. */
export async function eventually(look) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < deadline, "it did not come true in time");
    await pause(50);
  }
}

/** The promise is refused with this code, and status where there is one. */
export async function refused(promise, code, status) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.code, code, `${error.code}: ${error.message}`);
    if (status !== undefined) assert.equal(error.status, status);
    return true;
  });
}

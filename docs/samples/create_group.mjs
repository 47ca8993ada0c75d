// 客服一键拉群 with Node.js 18 or later and no package.
//
//   export TOP_URL=http://127.0.0.1:7700/router/rest TOP_APP_KEY=12345678 TOP_SECRET=helloworld
//   node create_group.mjs CASE_ID STAFF_ID [OUTER_TYPE]
//
// Prints team_group_id, group_link and group_qr_code. Exit status: 0 done, 1 refused, 2 usage, 3 no good answer in time.
// TOP_SIGN_METHOD (default hmac-sha256, or md5) says how to sign.
import { createHash, createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const METHOD = 'alibaba.lyservice.group.group.communication';
const ATTEMPTS = 3;
const TIMEOUT_MS = 10_000; // longer than the channel's patience, 3 seconds by default
const LONGEST_BAN_S = 10; // what an agent may be kept waiting
const { TOP_URL, TOP_APP_KEY, TOP_SECRET, TOP_TENANT_ID, TOP_SIGN_METHOD = 'hmac-sha256' } = process.env;

// What to do about a refusal; for all others sub_msg says it.
const ADVICE = {
  25: 'check TOP_SECRET; an intermediary that rewrites parameters breaks signatures, too',
  29: 'check TOP_APP_KEY, and that the app is switched on: laqun app show',
  31: "set this machine's clock; timestamp must be in GMT+8",
  'isv.permission-ip-whitelist-limit': "have this machine's address allowed for the app",
  'isv.tenant-not-exist': 'check tenant_id, and that the app may act for it: laqun app grant',
  'isv.staff-not-exist': 'have the agent added: laqun staff add',
  'isv.case-not-exist': 'tell laqun of the ticket first: laqun ticket add',
};

/** Upper-case hex over name and value of every parameter, sorted by name, without separators, in UTF-8. */
function sign(params, secret) {
  const text = Object.keys(params).sort().map((name) => name + params[name]).join('');
  const digest = params.sign_method === 'md5'
    ? createHash('md5').update(secret + text + secret, 'utf8')
    : createHmac('sha256', secret).update(text, 'utf8');
  return digest.digest('hex').toUpperCase();
}

/** One signed call; the answer's document. Signed anew each time, for its timestamp is valid ten minutes. */
async function call(request) {
  const params = {
    method: METHOD,
    app_key: TOP_APP_KEY,
    timestamp: new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 19).replace('T', ' '), // GMT+8
    v: '2.0',
    format: 'json',
    sign_method: TOP_SIGN_METHOD,
    service_communication_request: JSON.stringify(request),
  };
  params.sign = sign(params, TOP_SECRET);
  const answer = await fetch(TOP_URL, {
    method: 'POST',
    body: new URLSearchParams(params), // percent-encodes UTF-8 and sets Content-Type
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return JSON.parse(await answer.text());
}

/** Milliseconds to wait, or null where asking again is of no use. A ticket has one group however often it is asked. */
function pauseBeforeRetry(error, attempt) {
  if (error.sub_code?.startsWith('isp.')) return 500 * 2 ** attempt; // the service failed, not the call
  const ban = error.code === 7 && /last for (\d+) more seconds/.exec(error.sub_msg ?? '');
  return ban && Number(ban[1]) <= LONGEST_BAN_S ? Number(ban[1]) * 1000 : null;
}

async function main([case_id, staff_id, outer_type]) {
  if (!staff_id || !TOP_URL || !TOP_APP_KEY || !TOP_SECRET) {
    console.error('usage: TOP_URL=… TOP_APP_KEY=… TOP_SECRET=… node create_group.mjs CASE_ID STAFF_ID [OUTER_TYPE]');
    return 2;
  }
  const request = { case_id, staff_id, outer_type }; // what is undefined is left out
  if (TOP_TENANT_ID) request.tenant_id = Number(TOP_TENANT_ID); // only for an app that may act for several tenants
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const last = attempt + 1 === ATTEMPTS;
    let document;
    try {
      document = await call(request);
    } catch (failure) { // no connection, no answer in time, not TOP's JSON
      console.error(`no answer: ${failure.cause?.message ?? failure.message}`);
      if (!last) await sleep(500 * 2 ** attempt);
      continue;
    }
    const error = document.error_response;
    if (!error) {
      const { success, code, msg, data } = document[`${METHOD.replaceAll('.', '_')}_response`].result;
      if (!success) {
        console.error(`refused ${code}: ${msg}`);
        return 1;
      }
      for (const name of ['team_group_id', 'group_link', 'group_qr_code']) console.log(name, data[name]);
      return 0;
    }
    const { code, msg, sub_code = '-', sub_msg = msg, request_id } = error;
    console.error(`error ${code} ${sub_code}: ${sub_msg} (request_id ${request_id})`);
    const pause = pauseBeforeRetry(error, attempt);
    if (pause === null) {
      const advice = ADVICE[sub_code] ?? ADVICE[code];
      if (advice) console.error(`to do: ${advice}`);
      return 1;
    }
    if (!last) await sleep(pause);
  }
  return 3;
}

process.exitCode = await main(process.argv.slice(2));

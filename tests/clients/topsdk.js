#!/usr/bin/env node
// Drives the unmodified npm package `topsdk` (md5, everything in the body, also for GET; JSON).
// Usage and output: see README.md beside this file.
'use strict';

const TopClient = require('topsdk');

const COMMUNICATION = 'alibaba.lyservice.group.group.communication';
const SAMPLE = '{"case_id":"123","tenant_id":200110004,"staff_id":"123","outer_type":"111"}';

const [baseUrl, appKey, secret, scenario, ...rest] = process.argv.slice(2);
const options = Object.fromEntries(rest.filter((a) => /^[a-z_]+=/.test(a)).map((a) => a.split(/=(.*)/s).slice(0, 2)));
const args = rest.filter((a) => !/^[a-z_]+=/.test(a));

function report(line) {
  process.stdout.write(JSON.stringify(line) + '\n');
}

function plan() {
  // This client signs an object as "[object Object]": its users pass JSON text.
  const ask = (text, key) => [COMMUNICATION, { service_communication_request: text }, key];
  switch (scenario) {
    case 'communication':
      return ask(args[0] || SAMPLE, secret);
    case 'business-error':
      return ask(args[0] || JSON.stringify({ ...JSON.parse(SAMPLE), staff_id: 'no-such-staff' }), secret);
    case 'error':
      return ask(args[0] || SAMPLE, secret + '-wrong');
    case 'time':
      return ['taobao.time.get', {}, secret];
    case 'call':
      return [args[0], JSON.parse(args[1] || '{}'), secret];
    case 'xml':
      report({ ok: false, unsupported: true, msg: 'this client reads JSON only' });
      process.exit(4);
      break;
    default:
      process.stderr.write(
        'usage: topsdk.js BASE_URL APP_KEY SECRET SCENARIO [ARG…] [http=GET|POST|FILE_UPLOAD]\n',
      );
      process.exit(2);
  }
  return [];
}

const [method, params, key] = plan();
const client = new TopClient(appKey, key, baseUrl + '/router/rest');

client
  .execute(method, params, options.http || 'POST')
  .then(
    (body) => {
      const { request_id = null, ...fields } = body || {};
      const names = Object.keys(fields);
      const result = names.length === 1 && names[0] === 'result' ? fields.result : fields;
      report({ ok: body !== undefined, result: body === undefined ? null : result, request_id });
    },
    (error) => {
      if (!error || error.name !== 'TOPClientError') {
        report({ ok: false, transport: true, msg: String(error) });
        process.exitCode = 3;
        return;
      }
      const { msg = null, sub_msg = null, request_id = null } = JSON.parse(error.data).error_response;
      const { code = null, sub_code = null } = error;
      report({ ok: false, code, msg, sub_code, sub_msg, request_id, client_message: error.message });
    },
  )
  // The client keeps its connection alive for five seconds; nobody waits for that.
  .finally(() => process.stdout.write('', () => process.exit()));

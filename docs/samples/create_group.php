<?php
// 客服一键拉群 with PHP 7.4 or later and its curl extension, without an SDK.
//
//   export TOP_URL=http://127.0.0.1:7700/router/rest TOP_APP_KEY=12345678 TOP_SECRET=helloworld
//   php create_group.php CASE_ID STAFF_ID [OUTER_TYPE]
//
// Prints team_group_id, group_link and group_qr_code. Exit status: 0 done, 1 refused, 2 usage, 3 no good answer in time.
// TOP_SIGN_METHOD (default hmac-sha256, or md5) says how to sign.
declare(strict_types=1);

const METHOD = 'alibaba.lyservice.group.group.communication';
const ATTEMPTS = 3;
const CONNECT_SECONDS = 3;
const TIMEOUT_SECONDS = 10; // longer than the channel's patience, 3 by default
const LONGEST_BAN = 10; // seconds that an agent may be kept waiting

// What to do about a refusal; for all others sub_msg says it.
const ADVICE = [
    '25' => 'check TOP_SECRET; an intermediary that rewrites parameters breaks signatures, too',
    '29' => 'check TOP_APP_KEY, and that the app is switched on: laqun app show',
    '31' => "set this machine's clock; timestamp must be in GMT+8",
    'isv.permission-ip-whitelist-limit' => "have this machine's address allowed for the app",
    'isv.tenant-not-exist' => 'check tenant_id, and that the app may act for it: laqun app grant',
    'isv.staff-not-exist' => 'have the agent added: laqun staff add',
    'isv.case-not-exist' => 'tell laqun of the ticket first: laqun ticket add',
];

/** Upper-case hex over name and value of every parameter, sorted by name, without separators, in UTF-8. */
function sign(array $params, string $secret): string
{
    ksort($params, SORT_STRING);
    $text = '';
    foreach ($params as $name => $value) {
        $text .= $name . $value;
    }
    $digest = $params['sign_method'] === 'md5' ? md5($secret . $text . $secret) : hash_hmac('sha256', $text, $secret);
    return strtoupper($digest);
}

/** One signed call; the answer's document. Signed anew each time, for its timestamp is valid ten minutes. */
function call(string $url, string $appKey, string $secret, array $request): array
{
    $params = [
        'method' => METHOD,
        'app_key' => $appKey,
        'timestamp' => gmdate('Y-m-d H:i:s', time() + 8 * 3600), // GMT+8, whatever the server's time zone
        'v' => '2.0',
        'format' => 'json',
        'sign_method' => getenv('TOP_SIGN_METHOD') ?: 'hmac-sha256',
        'service_communication_request' => json_encode($request, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR),
    ];
    $params['sign'] = sign($params, $secret);
    $curl = curl_init($url);
    curl_setopt_array($curl, [
        CURLOPT_POSTFIELDS => http_build_query($params), // a string: an array would become multipart/form-data
        CURLOPT_HTTPHEADER => ['Content-Type: application/x-www-form-urlencoded;charset=utf-8'],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_CONNECTTIMEOUT => CONNECT_SECONDS,
        CURLOPT_TIMEOUT => TIMEOUT_SECONDS,
        CURLOPT_FAILONERROR => true,
    ]);
    $answer = curl_exec($curl);
    if ($answer === false) {
        throw new RuntimeException(curl_error($curl));
    }
    return json_decode($answer, true, 512, JSON_THROW_ON_ERROR);
}

/** Seconds to wait, or null where asking again is of no use. A ticket has one group however often it is asked. */
function pauseBeforeRetry(array $error, int $attempt): ?float
{
    if (strncmp($error['sub_code'] ?? '', 'isp.', 4) === 0) { // the service failed, not the call
        return 0.5 * 2 ** $attempt;
    }
    $banned = $error['code'] === 7 && preg_match('/last for (\d+) more seconds/', $error['sub_msg'] ?? '', $ban);
    return $banned && (int) $ban[1] <= LONGEST_BAN ? (float) $ban[1] : null;
}

function say(string $line): void
{
    fwrite(STDERR, $line . "\n");
}

function main(array $arguments): int
{
    [$url, $appKey, $secret] = [getenv('TOP_URL'), getenv('TOP_APP_KEY'), getenv('TOP_SECRET')];
    if (count($arguments) < 2 || !$url || !$appKey || !$secret) {
        say('usage: TOP_URL=… TOP_APP_KEY=… TOP_SECRET=… php create_group.php CASE_ID STAFF_ID [OUTER_TYPE]');
        return 2;
    }
    $request = ['case_id' => $arguments[0], 'staff_id' => $arguments[1]];
    if (isset($arguments[2])) {
        $request['outer_type'] = $arguments[2];
    }
    if (getenv('TOP_TENANT_ID')) { // needed only by an app that may act for several tenants
        $request['tenant_id'] = (int) getenv('TOP_TENANT_ID');
    }
    for ($attempt = 0; $attempt < ATTEMPTS; $attempt++) {
        try {
            $document = call($url, $appKey, $secret, $request);
            $error = $document['error_response'] ?? null;
            $pause = $error === null ? null : pauseBeforeRetry($error, $attempt);
        } catch (RuntimeException | JsonException $failure) { // no connection, no answer in time, not TOP's JSON
            say('no answer: ' . $failure->getMessage());
            [$document, $error, $pause] = [[], null, 0.5 * 2 ** $attempt];
        }
        if ($document && $error === null) {
            $result = $document[str_replace('.', '_', METHOD) . '_response']['result'];
            if (!$result['success']) {
                say("refused {$result['code']}: {$result['msg']}");
                return 1;
            }
            foreach (['team_group_id', 'group_link', 'group_qr_code'] as $name) {
                echo $name, ' ', $result['data'][$name], "\n";
            }
            return 0;
        }
        if ($error !== null) {
            [$code, $subCode] = [(string) $error['code'], $error['sub_code'] ?? '-'];
            $cause = $error['sub_msg'] ?? $error['msg'];
            say("error $code $subCode: $cause (request_id {$error['request_id']})");
            if ($pause === null) {
                $advice = ADVICE[$subCode] ?? ADVICE[$code] ?? null;
                $advice === null || say("to do: $advice");
                return 1;
            }
        }
        if ($attempt + 1 < ATTEMPTS) {
            usleep((int) ($pause * 1_000_000));
        }
    }
    return 3;
}

exit(main(array_slice($argv, 1)));

/* 客服一键拉群 with C11, libcurl and OpenSSL.
 *
 *   cc -O2 -Wall -o create_group create_group.c -lcurl -lcrypto
 *   export TOP_URL=http://127.0.0.1:7700/router/rest TOP_APP_KEY=12345678 TOP_SECRET=helloworld
 *   ./create_group CASE_ID STAFF_ID [OUTER_TYPE]
 *
 * Prints team_group_id, group_link and group_qr_code. Exit status: 0 done, 1 refused, 2 usage, 3 no good answer in time.
 * TOP_SIGN_METHOD (default hmac-sha256, or md5) says how to sign.
 */
#define _DEFAULT_SOURCE
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define METHOD "alibaba.lyservice.group.group.communication"
enum { ATTEMPTS = 3, CONNECT_SECONDS = 3, TIMEOUT_SECONDS = 10, LONGEST_BAN = 10, MOST = 1 << 16 };

typedef struct { const char *name, *value; } Param;
typedef struct { char bytes[MOST]; size_t length; } Text; /* always ends in a zero byte */

static void add(Text *text, const char *more, size_t length) {
    if (length >= MOST - text->length) { fputs("too long\n", stderr); exit(2); }
    memcpy(text->bytes + text->length, more, length);
    text->length += length;
    text->bytes[text->length] = 0;
}

static void add_text(Text *text, const char *more) { add(text, more, strlen(more)); }

static void add_json(Text *text, const char *name, const char *value) {
    add_text(text, text->length ? ",\"" : "{\"");
    add_text(text, name);
    add_text(text, "\":\"");
    for (; *value; value++) { /* ids have no control characters */
        if (*value == '"' || *value == '\\') add(text, "\\", 1);
        add(text, value, 1);
    }
    add(text, "\"", 1);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const Param *)a)->name, ((const Param *)b)->name);
}

/* Upper-case hex over name and value of every parameter, sorted by name, without separators, in UTF-8. */
static void sign(Param *params, size_t count, const char *method, const char *secret, char hex[2 * EVP_MAX_MD_SIZE + 1]) {
    static Text text;
    int md5 = strcmp(method, "md5") == 0;
    text.length = 0;
    if (md5) add_text(&text, secret);
    qsort(params, count, sizeof *params, by_name);
    for (size_t i = 0; i < count; i++) add_text(&text, params[i].name), add_text(&text, params[i].value);
    if (md5) add_text(&text, secret);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (md5) EVP_Digest(text.bytes, text.length, digest, &length, EVP_md5(), NULL);
    else HMAC(EVP_sha256(), secret, (int)strlen(secret), (unsigned char *)text.bytes, text.length, digest, &length);
    for (unsigned i = 0; i < length; i++) sprintf(hex + 2 * i, "%02X", digest[i]);
}

static size_t collect(char *bytes, size_t size, size_t count, void *answer) {
    if (size * count >= MOST - ((Text *)answer)->length) return 0; /* libcurl ends the call with an error */
    add((Text *)answer, bytes, size * count);
    return size * count;
}

/* One signed call. Signed anew each time, for its timestamp is valid ten minutes. NULL, or why there is no answer. */
static const char *call(CURL *curl, const char *request, Text *answer) {
    const char *method = getenv("TOP_SIGN_METHOD") ? getenv("TOP_SIGN_METHOD") : "hmac-sha256";
    time_t in_gmt8 = time(NULL) + 8 * 3600;
    char timestamp[20], hex[2 * EVP_MAX_MD_SIZE + 1];
    strftime(timestamp, sizeof timestamp, "%Y-%m-%d %H:%M:%S", gmtime(&in_gmt8));
    Param params[8] = {
        {"method", METHOD}, {"app_key", getenv("TOP_APP_KEY")}, {"timestamp", timestamp}, {"v", "2.0"},
        {"format", "json"}, {"sign_method", method}, {"service_communication_request", request},
    };
    sign(params, 7, method, getenv("TOP_SECRET"), hex);
    params[7].name = "sign", params[7].value = hex;
    static Text body;
    body.length = 0;
    for (int i = 0; i < 8; i++) {
        char *value = curl_easy_escape(curl, params[i].value, 0); /* percent-encodes UTF-8 */
        add_text(&body, i ? "&" : ""), add_text(&body, params[i].name), add_text(&body, "="), add_text(&body, value);
        curl_free(value);
    }
    answer->length = 0, answer->bytes[0] = 0;
    curl_easy_setopt(curl, CURLOPT_URL, getenv("TOP_URL"));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.bytes); /* sets Content-Type, too */
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_SECONDS); /* longer than the channel's patience, 3 s by default */
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    CURLcode code = curl_easy_perform(curl);
    return code == CURLE_OK ? NULL : curl_easy_strerror(code);
}

/* A member of the answer, which is compact JSON with every name once in it; "" if it is not there. */
static const char *member(const Text *answer, const char *name, Text *out) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", name);
    const char *at = strstr(answer->bytes, quoted);
    out->length = 0, out->bytes[0] = 0;
    if (!at) return out->bytes;
    at += strlen(quoted);
    int text = *at == '"';
    for (at += text; *at && (text ? *at != '"' : !strchr(",}]", *at)); at++) {
        if (text && *at == '\\' && at[1]) at++; /* what laqun escapes: quote, backslash, slash */
        add(out, at, 1);
    }
    return out->bytes;
}

/* What to do about a refusal; for all others sub_msg says it. */
static const char *advice(const char *code, const char *sub_code) {
    static const char *const table[][2] = {
        {"25", "check TOP_SECRET; an intermediary that rewrites parameters breaks signatures, too"},
        {"29", "check TOP_APP_KEY, and that the app is switched on: laqun app show"},
        {"31", "set this machine's clock; timestamp must be in GMT+8"},
        {"isv.permission-ip-whitelist-limit", "have this machine's address allowed for the app"},
        {"isv.tenant-not-exist", "check tenant_id, and that the app may act for it: laqun app grant"},
        {"isv.staff-not-exist", "have the agent added: laqun staff add"},
        {"isv.case-not-exist", "tell laqun of the ticket first: laqun ticket add"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i][0], code) || !strcmp(table[i][0], sub_code)) return table[i][1];
    return NULL;
}

int main(int count, char **arguments) {
    if (count < 3 || !getenv("TOP_URL") || !getenv("TOP_APP_KEY") || !getenv("TOP_SECRET")) {
        fputs("usage: TOP_URL=… TOP_APP_KEY=… TOP_SECRET=… create_group CASE_ID STAFF_ID [OUTER_TYPE]\n", stderr);
        return 2;
    }
    static Text request, answer, code, sub_code, cause, value;
    add_json(&request, "case_id", arguments[1]);
    add_json(&request, "staff_id", arguments[2]);
    if (count > 3) add_json(&request, "outer_type", arguments[3]);
    /* Needed only by an app that may act for several tenants; laqun takes a number in quotes as well. */
    if (getenv("TOP_TENANT_ID")) add_json(&request, "tenant_id", getenv("TOP_TENANT_ID"));
    add_text(&request, "}");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *curl = curl_easy_init();
    int status = 3;
    /* A ticket has one group however often it is asked, so a call that may have failed is simply made again. */
    for (int attempt = 0; curl && status == 3 && attempt < ATTEMPTS; attempt++) {
        long pause_ms = 500L << attempt;
        const char *failure = call(curl, request.bytes, &answer);
        if (failure) {
            fprintf(stderr, "no answer: %s\n", failure);
        } else if (strncmp(answer.bytes, "{\"error_response\":", 18) != 0) {
            status = strstr(answer.bytes, "\"success\":true") ? 0 : 1;
            if (status) fprintf(stderr, "refused %s\n", member(&answer, "msg", &value));
            static const char *const names[] = {"team_group_id", "group_link", "group_qr_code"};
            for (int i = 0; i < 3 && !status; i++) printf("%s %s\n", names[i], member(&answer, names[i], &value));
        } else {
            member(&answer, "code", &code);
            member(&answer, "sub_code", &sub_code);
            if (!*member(&answer, "sub_msg", &cause)) member(&answer, "msg", &cause);
            fprintf(stderr, "error %s %s: %s (request_id %s)\n", code.bytes, *sub_code.bytes ? sub_code.bytes : "-",
                    cause.bytes, member(&answer, "request_id", &value));
            const char *ban = strcmp(code.bytes, "7") == 0 ? strstr(cause.bytes, "last for ") : NULL;
            long seconds = ban ? strtol(ban + 9, NULL, 10) : 0;
            if (ban && seconds <= LONGEST_BAN) {
                pause_ms = seconds * 1000;
            } else if (strncmp(sub_code.bytes, "isp.", 4) != 0) { /* isp.: the service failed, not the call */
                const char *todo = advice(code.bytes, sub_code.bytes);
                if (todo) fprintf(stderr, "to do: %s\n", todo);
                status = 1;
            }
        }
        if (status == 3 && attempt + 1 < ATTEMPTS) usleep((useconds_t)pause_ms * 1000);
    }
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    return status;
}

// 客服一键拉群 with C++17, libcurl and OpenSSL.
//
//   c++ -std=c++17 -O2 -Wall -o create_group create_group.cpp -lcurl -lcrypto
//   export TOP_URL=http://127.0.0.1:7700/router/rest TOP_APP_KEY=12345678 TOP_SECRET=helloworld
//   ./create_group CASE_ID STAFF_ID [OUTER_TYPE]
//
// Prints team_group_id, group_link and group_qr_code. Exit status: 0 done, 1 refused, 2 usage, 3 no good answer in time.
// TOP_SIGN_METHOD (default hmac-sha256, or md5) says how to sign.
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <stdexcept>
#include <string>
#include <thread>

namespace {
using Params = std::map<std::string, std::string>; // sorted by name, in byte order
const char *const METHOD = "alibaba.lyservice.group.group.communication";
constexpr int ATTEMPTS = 3;
constexpr long CONNECT_SECONDS = 3, TIMEOUT_SECONDS = 10; // longer than the channel's patience, 3 s by default
constexpr int LONGEST_BAN = 10;                           // seconds that an agent may be kept waiting

// What to do about a refusal; for all others sub_msg says it.
const Params ADVICE = {
    {"25", "check TOP_SECRET; an intermediary that rewrites parameters breaks signatures, too"},
    {"29", "check TOP_APP_KEY, and that the app is switched on: laqun app show"},
    {"31", "set this machine's clock; timestamp must be in GMT+8"},
    {"isv.permission-ip-whitelist-limit", "have this machine's address allowed for the app"},
    {"isv.tenant-not-exist", "check tenant_id, and that the app may act for it: laqun app grant"},
    {"isv.staff-not-exist", "have the agent added: laqun staff add"},
    {"isv.case-not-exist", "tell laqun of the ticket first: laqun ticket add"},
};

std::string env(const char *name, const std::string &otherwise = "") {
    const char *value = std::getenv(name);
    return value && *value ? value : otherwise;
}

size_t collect(char *bytes, size_t size, size_t count, void *answer) {
    static_cast<std::string *>(answer)->append(bytes, size * count);
    return size * count;
}

// Upper-case hex over name and value of every parameter, without separators, in UTF-8.
std::string sign(const Params &params, const std::string &secret) {
    std::string text;
    for (const auto &[name, value] : params) text += name + value;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (params.at("sign_method") == "md5") {
        text = secret + text + secret;
        EVP_Digest(text.data(), text.size(), digest, &length, EVP_md5(), nullptr);
    } else {
        HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char *>(text.data()), text.size(), digest, &length);
    }
    std::string hex;
    for (unsigned i = 0; i < length; i++) {
        hex += "0123456789ABCDEF"[digest[i] >> 4];
        hex += "0123456789ABCDEF"[digest[i] & 15];
    }
    return hex;
}

// One signed call; the answer's text. Signed anew each time, for its timestamp is valid ten minutes.
std::string call(CURL *curl, const std::string &request) {
    const std::time_t in_gmt8 = std::time(nullptr) + 8 * 3600;
    char timestamp[20];
    std::strftime(timestamp, sizeof timestamp, "%Y-%m-%d %H:%M:%S", std::gmtime(&in_gmt8));
    Params params = {
        {"method", METHOD},
        {"app_key", env("TOP_APP_KEY")},
        {"timestamp", timestamp},
        {"v", "2.0"},
        {"format", "json"},
        {"sign_method", env("TOP_SIGN_METHOD", "hmac-sha256")},
        {"service_communication_request", request},
    };
    params["sign"] = sign(params, env("TOP_SECRET"));
    std::string body, answer;
    for (const auto &[name, value] : params) {
        const std::unique_ptr<char, void (*)(void *)> encoded(curl_easy_escape(curl, value.c_str(), 0), curl_free);
        body += (body.empty() ? "" : "&") + name + "=" + encoded.get();
    }
    const std::string url = env("TOP_URL");
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str()); // sets Content-Type, too
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    const CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));
    return answer;
}

// A text in JSON. Ids have no control characters, so quotes and backslashes are all there is to escape.
std::string json(const std::string &text) {
    return '"' + std::regex_replace(text, std::regex("[\"\\\\]"), "\\$&") + '"';
}

// A member of the answer, which is compact JSON with every name once in it.
std::string member(const std::string &answer, const std::string &name, const std::string &otherwise = "") {
    auto at = answer.find('"' + name + "\":");
    if (at == std::string::npos) return otherwise;
    at += name.size() + 3;
    const bool text = answer[at] == '"';
    std::string out;
    for (at += text; at < answer.size() && (text ? answer[at] != '"' : answer[at] != ',' && answer[at] != '}'); at++) {
        if (text && answer[at] == '\\') at++; // what laqun escapes: quote, backslash, slash
        out += answer[at];
    }
    return out;
}

// Milliseconds to wait, or -1 where asking again is of no use. A ticket has one group however often it is asked.
int pause_before_retry(const std::string &code, const std::string &sub_code, const std::string &cause, int attempt) {
    if (sub_code.rfind("isp.", 0) == 0) return 500 << attempt; // the service failed, not the call
    std::smatch ban;
    const bool banned = code == "7" && std::regex_search(cause, ban, std::regex("last for ([0-9]{1,6}) more seconds"));
    return banned && std::stoi(ban[1]) <= LONGEST_BAN ? std::stoi(ban[1]) * 1000 : -1;
}

int run(int count, char **arguments, CURL *curl) {
    if (count < 3 || env("TOP_URL").empty() || env("TOP_APP_KEY").empty() || env("TOP_SECRET").empty()) {
        std::cerr << "usage: TOP_URL=… TOP_APP_KEY=… TOP_SECRET=… create_group CASE_ID STAFF_ID [OUTER_TYPE]\n";
        return 2;
    }
    std::string request = "{\"case_id\":" + json(arguments[1]) + ",\"staff_id\":" + json(arguments[2]);
    if (count > 3) request += ",\"outer_type\":" + json(arguments[3]);
    if (!env("TOP_TENANT_ID").empty()) request += ",\"tenant_id\":" + env("TOP_TENANT_ID"); // only if the app has several
    request += '}';
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        int pause = 500 << attempt;
        try {
            const std::string answer = call(curl, request), code = member(answer, "code");
            if (answer.rfind("{\"error_response\":", 0) != 0) {
                if (member(answer, "success") != "true") {
                    std::cerr << "refused " << code << ": " << member(answer, "msg") << '\n';
                    return 1;
                }
                for (const char *name : {"team_group_id", "group_link", "group_qr_code"})
                    std::cout << name << ' ' << member(answer, name) << '\n';
                return 0;
            }
            const std::string sub_code = member(answer, "sub_code", "-");
            const std::string cause = member(answer, "sub_msg", member(answer, "msg"));
            std::cerr << "error " << code << ' ' << sub_code << ": " << cause << " (request_id "
                      << member(answer, "request_id") << ")\n";
            pause = pause_before_retry(code, sub_code, cause, attempt);
            if (pause < 0) {
                const auto found = ADVICE.count(sub_code) ? ADVICE.find(sub_code) : ADVICE.find(code);
                if (found != ADVICE.end()) std::cerr << "to do: " << found->second << '\n';
                return 1;
            }
        } catch (const std::runtime_error &failure) { // no connection, no answer in time
            std::cerr << "no answer: " << failure.what() << '\n';
        }
        if (attempt + 1 < ATTEMPTS) std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    }
    return 3;
}
} // namespace

int main(int count, char **arguments) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const std::unique_ptr<CURL, void (*)(CURL *)> curl(curl_easy_init(), curl_easy_cleanup);
    return curl ? run(count, arguments, curl.get()) : 3;
}

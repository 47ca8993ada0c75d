// 客服一键拉群 with .NET and nothing but its standard library (also Mono 6: mcs -r:System.Net.Http.dll CreateGroup.cs).
//
//   export TOP_URL=http://127.0.0.1:7700/router/rest TOP_APP_KEY=12345678 TOP_SECRET=helloworld
//   CreateGroup.exe CASE_ID STAFF_ID [OUTER_TYPE]
//
// Prints team_group_id, group_link and group_qr_code. Exit status: 0 done, 1 refused, 2 usage, 3 no good answer in time.
// TOP_SIGN_METHOD (default hmac-sha256, or md5) says how to sign. The answer is read as XML, which every .NET can.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using System.Xml;

static class CreateGroup
{
    const string Method = "alibaba.lyservice.group.group.communication";
    const int Attempts = 3;
    const int LongestBan = 10; // seconds that an agent may be kept waiting

    // One client for the program's life. The timeout is longer than the channel's patience, 3 s by default.
    static readonly HttpClient Http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };

    // What to do about a refusal; for all others sub_msg says it.
    static readonly Dictionary<string, string> Advice = new Dictionary<string, string>
    {
        ["25"] = "check TOP_SECRET; an intermediary that rewrites parameters breaks signatures, too",
        ["29"] = "check TOP_APP_KEY, and that the app is switched on: laqun app show",
        ["31"] = "set this machine's clock; timestamp must be in GMT+8",
        ["isv.permission-ip-whitelist-limit"] = "have this machine's address allowed for the app",
        ["isv.tenant-not-exist"] = "check tenant_id, and that the app may act for it: laqun app grant",
        ["isv.staff-not-exist"] = "have the agent added: laqun staff add",
        ["isv.case-not-exist"] = "tell laqun of the ticket first: laqun ticket add",
    };

    static string Env(string name, string otherwise = null) => Environment.GetEnvironmentVariable(name) ?? otherwise;

    /// Upper-case hex over name and value of every parameter, sorted by name, without separators, in UTF-8.
    static string Sign(IDictionary<string, string> parameters, string secret)
    {
        var text = string.Concat(parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Key + p.Value));
        byte[] digest;
        if (parameters["sign_method"] == "md5")
            using (var md5 = MD5.Create()) digest = md5.ComputeHash(Encoding.UTF8.GetBytes(secret + text + secret));
        else
            using (var hmac = new HMACSHA256(Encoding.UTF8.GetBytes(secret))) digest = hmac.ComputeHash(Encoding.UTF8.GetBytes(text));
        return BitConverter.ToString(digest).Replace("-", "");
    }

    /// One signed call; the answer's root element. Signed anew each time, for its timestamp is valid ten minutes.
    static async Task<XmlElement> Call(string request)
    {
        var parameters = new Dictionary<string, string>
        {
            ["method"] = Method,
            ["app_key"] = Env("TOP_APP_KEY"),
            ["timestamp"] = DateTime.UtcNow.AddHours(8).ToString("yyyy-MM-dd HH':'mm':'ss"), // GMT+8
            ["v"] = "2.0",
            ["format"] = "xml",
            ["sign_method"] = Env("TOP_SIGN_METHOD", "hmac-sha256"),
            ["service_communication_request"] = request,
        };
        parameters["sign"] = Sign(parameters, Env("TOP_SECRET"));
        var pairs = parameters.Select(p => p.Key + "=" + Uri.EscapeDataString(p.Value));
        var body = new StringContent(string.Join("&", pairs), Encoding.UTF8);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded;charset=utf-8");
        using (var answer = await Http.PostAsync(Env("TOP_URL"), body))
        {
            answer.EnsureSuccessStatusCode();
            var document = new XmlDocument { XmlResolver = null };
            document.LoadXml(await answer.Content.ReadAsStringAsync());
            return document.DocumentElement;
        }
    }

    /// The text of the first element of this name, or the text to use without one.
    static string Text(XmlElement document, string name, string otherwise) =>
        document.GetElementsByTagName(name)[0]?.InnerText ?? otherwise;

    static string Json(string text) =>
        "\"" + Regex.Replace(text, "[\"\\\\\x00-\x1f]", found => "\\u" + ((int)found.Value[0]).ToString("x4")) + "\"";

    /// How long to wait; none where asking again is of no use. A ticket has one group however often it is asked.
    static TimeSpan? PauseBeforeRetry(string code, string subCode, string subMsg, int attempt)
    {
        if (subCode.StartsWith("isp.", StringComparison.Ordinal)) // the service failed, not the call
            return TimeSpan.FromMilliseconds(500 << attempt);
        var ban = Regex.Match(subMsg, "last for ([0-9]{1,6}) more seconds");
        return code == "7" && ban.Success && int.Parse(ban.Groups[1].Value) <= LongestBan
            ? TimeSpan.FromSeconds(int.Parse(ban.Groups[1].Value)) : (TimeSpan?)null;
    }

    static async Task<int> Run(string[] arguments)
    {
        if (arguments.Length < 2 || Env("TOP_URL") == null || Env("TOP_APP_KEY") == null || Env("TOP_SECRET") == null)
        {
            Console.Error.WriteLine("usage: TOP_URL=… TOP_APP_KEY=… TOP_SECRET=… CreateGroup.exe CASE_ID STAFF_ID [OUTER_TYPE]");
            return 2;
        }
        var request = "{\"case_id\":" + Json(arguments[0]) + ",\"staff_id\":" + Json(arguments[1])
            + (arguments.Length > 2 ? ",\"outer_type\":" + Json(arguments[2]) : "")
            // needed only by an app that may act for several tenants
            + (Env("TOP_TENANT_ID") != null ? ",\"tenant_id\":" + long.Parse(Env("TOP_TENANT_ID")) : "") + "}";
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            TimeSpan? pause = TimeSpan.FromMilliseconds(500 << attempt);
            try
            {
                var answer = await Call(request);
                string code = Text(answer, "code", "-"), msg = Text(answer, "msg", "");
                if (answer.Name != "error_response")
                {
                    if (Text(answer, "success", "") != "true")
                    {
                        Console.Error.WriteLine($"refused {code}: {msg}");
                        return 1;
                    }
                    foreach (var name in new[] { "team_group_id", "group_link", "group_qr_code" })
                        Console.WriteLine($"{name} {Text(answer, name, "")}");
                    return 0;
                }
                string subCode = Text(answer, "sub_code", "-"), subMsg = Text(answer, "sub_msg", msg);
                Console.Error.WriteLine($"error {code} {subCode}: {subMsg} (request_id {Text(answer, "request_id", "-")})");
                pause = PauseBeforeRetry(code, subCode, subMsg, attempt);
                if (pause == null)
                {
                    if (Advice.TryGetValue(subCode, out var advice) || Advice.TryGetValue(code, out advice))
                        Console.Error.WriteLine($"to do: {advice}");
                    return 1;
                }
            }
            // No connection, no answer in time, not TOP's XML.
            catch (Exception failure) when (failure is HttpRequestException || failure is TaskCanceledException || failure is XmlException)
            {
                Console.Error.WriteLine($"no answer: {failure.GetBaseException().Message}");
            }
            if (attempt + 1 < Attempts) await Task.Delay(pause.Value);
        }
        return 3;
    }

    static int Main(string[] arguments)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        return Run(arguments).GetAwaiter().GetResult();
    }
}

// 客服一键拉群 with Java 11 or later and nothing but its standard library.
//
//   export TOP_URL=http://127.0.0.1:7700/router/rest TOP_APP_KEY=12345678 TOP_SECRET=helloworld
//   java CreateGroup.java CASE_ID STAFF_ID [OUTER_TYPE]
//
// Prints team_group_id, group_link and group_qr_code. Exit status: 0 done, 1 refused, 2 usage, 3 no good answer in time.
// TOP_SIGN_METHOD (default hmac-sha256, or md5) says how to sign. The answer is read as XML, for which Java has a parser.
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.*;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.*;
import java.util.regex.*;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.xml.parsers.*;
import org.w3c.dom.*;
import org.xml.sax.SAXException;

public class CreateGroup {
    static final String METHOD = "alibaba.lyservice.group.group.communication";
    static final int ATTEMPTS = 3;
    static final Duration TIMEOUT = Duration.ofSeconds(10); // longer than the channel's patience, 3 s by default
    static final int LONGEST_BAN = 10; // seconds that an agent may be kept waiting
    static final Map<String, String> ENV = System.getenv();
    static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(3)).build();
    static final PrintStream OUT = new PrintStream(System.out, true, UTF_8), ERR = new PrintStream(System.err, true, UTF_8);

    /** What to do about a refusal; for all others sub_msg says it. */
    static final Map<String, String> ADVICE = Map.of(
        "25", "check TOP_SECRET; an intermediary that rewrites parameters breaks signatures, too",
        "29", "check TOP_APP_KEY, and that the app is switched on: laqun app show",
        "31", "set this machine's clock; timestamp must be in GMT+8",
        "isv.permission-ip-whitelist-limit", "have this machine's address allowed for the app",
        "isv.tenant-not-exist", "check tenant_id, and that the app may act for it: laqun app grant",
        "isv.staff-not-exist", "have the agent added: laqun staff add",
        "isv.case-not-exist", "tell laqun of the ticket first: laqun ticket add");

    /** Upper-case hex over name and value of every parameter, sorted by name, without separators, in UTF-8. */
    static String sign(SortedMap<String, String> params, String secret) throws GeneralSecurityException {
        StringBuilder text = new StringBuilder();
        params.forEach((name, value) -> text.append(name).append(value));
        byte[] digest;
        if (params.get("sign_method").equals("md5")) {
            digest = MessageDigest.getInstance("MD5").digest((secret + text + secret).getBytes(UTF_8));
        } else {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
            digest = mac.doFinal(text.toString().getBytes(UTF_8));
        }
        StringBuilder hex = new StringBuilder();
        for (byte b : digest) hex.append(String.format("%02X", b));
        return hex.toString();
    }

    /** One signed call; the answer's document. Signed anew each time, for its timestamp is valid ten minutes. */
    static Element call(String request) throws GeneralSecurityException, IOException, InterruptedException {
        SortedMap<String, String> params = new TreeMap<>();
        params.put("method", METHOD);
        params.put("app_key", ENV.get("TOP_APP_KEY"));
        params.put("timestamp", DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").format(OffsetDateTime.now(ZoneOffset.ofHours(8))));
        params.put("v", "2.0");
        params.put("format", "xml");
        params.put("sign_method", ENV.getOrDefault("TOP_SIGN_METHOD", "hmac-sha256"));
        params.put("service_communication_request", request);
        params.put("sign", sign(params, ENV.get("TOP_SECRET")));
        String body = params.entrySet().stream()
            .map(p -> p.getKey() + "=" + URLEncoder.encode(p.getValue(), UTF_8)).collect(Collectors.joining("&"));
        HttpRequest post = HttpRequest.newBuilder(URI.create(ENV.get("TOP_URL"))).timeout(TIMEOUT)
            .header("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
            .POST(HttpRequest.BodyPublishers.ofString(body)).build();
        HttpResponse<byte[]> answer = HTTP.send(post, HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) throw new IOException("HTTP " + answer.statusCode());
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return factory.newDocumentBuilder().parse(new ByteArrayInputStream(answer.body())).getDocumentElement();
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException("not an answer of TOP: " + e.getMessage());
        }
    }

    /** The text of the first element of this name, or the text to use without one. */
    static String text(Element document, String name, String otherwise) {
        NodeList found = document.getElementsByTagName(name);
        return found.getLength() == 0 ? otherwise : found.item(0).getTextContent();
    }

    static String json(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            out.append(c == '"' || c == '\\' ? "\\" + c : c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
        return out.append('"').toString();
    }

    /** Milliseconds to wait, or -1 where asking again is of no use. A ticket has one group however often it is asked. */
    static long pauseBeforeRetry(String code, String subCode, String subMsg, int attempt) {
        if (subCode.startsWith("isp.")) return 500L << attempt; // the service failed, not the call
        Matcher ban = Pattern.compile("last for (\\d{1,6}) more seconds").matcher(subMsg);
        return code.equals("7") && ban.find() && Integer.parseInt(ban.group(1)) <= LONGEST_BAN
            ? Integer.parseInt(ban.group(1)) * 1000L : -1;
    }

    static int run(String[] arguments) throws GeneralSecurityException, InterruptedException {
        if (arguments.length < 2 || !ENV.keySet().containsAll(List.of("TOP_URL", "TOP_APP_KEY", "TOP_SECRET"))) {
            ERR.println("usage: TOP_URL=… TOP_APP_KEY=… TOP_SECRET=… java CreateGroup.java CASE_ID STAFF_ID [OUTER_TYPE]");
            return 2;
        }
        String request = "{\"case_id\":" + json(arguments[0]) + ",\"staff_id\":" + json(arguments[1])
            + (arguments.length > 2 ? ",\"outer_type\":" + json(arguments[2]) : "")
            // needed only by an app that may act for several tenants
            + (ENV.containsKey("TOP_TENANT_ID") ? ",\"tenant_id\":" + Long.parseLong(ENV.get("TOP_TENANT_ID")) : "") + "}";
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long pause = 500L << attempt;
            try {
                Element answer = call(request);
                String code = text(answer, "code", "-"), msg = text(answer, "msg", "");
                if (!answer.getTagName().equals("error_response")) {
                    if (!text(answer, "success", "").equals("true")) {
                        ERR.println("refused " + code + ": " + msg);
                        return 1;
                    }
                    for (String name : List.of("team_group_id", "group_link", "group_qr_code")) {
                        OUT.println(name + " " + text(answer, name, ""));
                    }
                    return 0;
                }
                String subCode = text(answer, "sub_code", "-"), subMsg = text(answer, "sub_msg", msg);
                ERR.printf("error %s %s: %s (request_id %s)%n", code, subCode, subMsg, text(answer, "request_id", "-"));
                pause = pauseBeforeRetry(code, subCode, subMsg, attempt);
                if (pause < 0) {
                    String advice = ADVICE.getOrDefault(subCode, ADVICE.get(code));
                    if (advice != null) ERR.println("to do: " + advice);
                    return 1;
                }
            } catch (IOException failure) { // no connection, no answer in time, not TOP's XML
                ERR.println("no answer: " + failure);
            }
            if (attempt + 1 < ATTEMPTS) Thread.sleep(pause);
        }
        return 3;
    }

    public static void main(String[] arguments) throws Exception {
        System.exit(run(arguments));
    }
}

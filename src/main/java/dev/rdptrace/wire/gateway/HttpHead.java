package dev.rdptrace.wire.gateway;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;
import dev.rdptrace.wire.credssp.AuthToken;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// RFC 9112 2 the first line and the header fields of an HTTP/1 message.
public sealed interface HttpHead {

    /// RFC 9112 3 request line.
    record Request(String method, String target, List<Field> fields, List<AuthToken> tokens) implements HttpHead {
        public Request {
            fields = List.copyOf(fields);
            tokens = List.copyOf(tokens);
        }

        /// [MS-TSGU] 2.2.3.1 the methods that open a tunnel through a gateway, and those of the older RPC transport to a gateway's
        /// port (2.1.1): a mail server's are others. A WebSocket may be asked for by any method.
        public boolean opensGateway() {
            return method.equals("RDG_OUT_DATA") || method.equals("RDG_IN_DATA") || overRpc() && target.endsWith(":3388")
                    || upgradesToWebSocket() && target.toLowerCase(Locale.ROOT).startsWith("/remotedesktopgateway");
        }

        /// Where Devolutions Gateway has RDP for browsers.
        public boolean opensWebGateway() {
            return upgradesToWebSocket() && target.startsWith("/jet/rdp");
        }

        /// [MS-RPCH] 2.1.2.1.
        public boolean overRpc() {
            return method.equals("RPC_IN_DATA") || method.equals("RPC_OUT_DATA");
        }

        /// The body of this request is one of the two directions of a tunnel over RPC: one without a body only asks to sign in, one of a
        /// few bytes whether the way is open ([MS-RPCH] 2.1.2.1.5).
        public boolean beginsRpc() {
            return opensGateway() && overRpc() && contentLength() > 16;
        }

        /// What of a gateway's web server is asked for: by [MS-KKDCP] 2.1 tickets of a domain controller behind it, by [MS-TSWP] 2.1 the
        /// list of what a user may start.
        public Service service() {
            String path = target.toLowerCase(Locale.ROOT);
            return opensGateway() || upgradesToWebSocket() ? Service.TUNNEL : path.startsWith("/kdcproxy") ? Service.KDC_PROXY
                    : path.startsWith("/rdweb") ? Service.RD_WEB : Service.OTHER;
        }

        /// [MS-TSGU] 2.2.3.2 and 2.2.3.3 RDG-Connection-Id, which joins the two connections of a tunnel; else empty.
        public String connectionId() {
            return first("RDG-Connection-Id").orElse("");
        }

        /// [MS-TSGU] 2.2.3.2.2 RDG-Correlation-Id, which stands in the event logs too; else empty.
        public String correlationId() {
            return first("RDG-Correlation-Id").orElse("");
        }
    }

    /// RFC 9112 4 status line.
    record Response(int status, String reason, List<Field> fields, List<AuthToken> tokens) implements HttpHead {
        public Response {
            fields = List.copyOf(fields);
            tokens = List.copyOf(tokens);
        }

        /// The authentication schemes offered, in their order: `Negotiate`, `NTLM`, `Basic`, `SSPI_NTLM`, `PAA`.
        public List<String> authenticationSchemes() {
            return fields().stream().filter(field -> field.is("WWW-Authenticate") || field.is("Proxy-Authenticate"))
                    .flatMap(field -> Stream.of(field.value().split(", "))).filter(scheme -> !scheme.isEmpty()).toList();
        }
    }

    /// RFC 9110 6.3 header field. Credentials are not kept: of authentication fields the scheme stays, of cookies the name.
    record Field(String name, String value) {

        public boolean is(String other) {
            return name.equalsIgnoreCase(other);
        }
    }

    /// What a gateway's web server has.
    enum Service {
        TUNNEL("a tunnel"), KDC_PROXY("the gateway's KDC proxy"), RD_WEB("RD Web on the gateway"), OTHER("the gateway's web server");

        private final String says;

        Service(String says) {
            this.says = says;
        }

        public String says() {
            return says;
        }
    }

    /// A head that is longer than this is none.
    int MAX_LENGTH = 1 << 15;

    int MOST_TOKENS = 4;

    List<Field> fields();

    /// What security packages say in authentication fields, RFC 4559 4: SPNEGO, Kerberos or NTLM in Base64.
    List<AuthToken> tokens();

    /// The value of the first field of this name.
    default Optional<String> first(String name) {
        return fields().stream().filter(field -> field.is(name)).map(Field::value).findFirst();
    }

    /// Whether one of the comma-separated values of a field is this one: `Upgrade: websocket`.
    default boolean lists(String name, String value) {
        return fields().stream().filter(field -> field.is(name))
                .flatMap(field -> Stream.of(field.value().split(",")))
                .anyMatch(each -> each.strip().equalsIgnoreCase(value));
    }

    default boolean upgradesToWebSocket() {
        return lists("Upgrade", "websocket");
    }

    /// The bytes of the body that follow, or -1 when the head does not say.
    default long contentLength() {
        return first("Content-Length").filter(value -> value.matches("[0-9]{1,15}")).map(Long::parseLong).orElse(-1L);
    }

    default boolean isChunked() {
        return lists("Transfer-Encoding", "chunked");
    }

    /// Decodes the head at the start of `bytes[offset, offset + length)`, with the empty line; waits while it is
    /// incomplete.
    static Decoded<HttpHead> decode(byte[] bytes, int offset, int length) {
        return Reader.decode(bytes, offset, length, "HTTP", HttpHead::read);
    }

    private static HttpHead read(Reader in) {
        String first = line(in);
        String[] parts = first.split(" ", 3);
        boolean isResponse = first.startsWith("HTTP/1.");
        if (isResponse ? parts.length < 2 || !parts[1].matches("[0-9]{3}")
                : parts.length != 3 || !parts[2].startsWith("HTTP/1.") || !parts[0].matches("[A-Z_]{1,32}")) {
            throw in.reject("start line", "is neither a request nor a response");
        }
        List<Field> fields = new ArrayList<>();
        List<AuthToken> tokens = new ArrayList<>();
        while (true) {
            String line = line(in);
            if (line.isEmpty()) {
                return isResponse
                        ? new Response(Integer.parseInt(parts[1]), parts.length == 3 ? parts[2] : "", fields, tokens)
                        : new Request(parts[0], withoutValues(parts[1]), fields, tokens);
            }
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw in.reject("field line", "has no name");
            }
            Field field = field(line.substring(0, colon), line.substring(colon + 1).strip());
            fields.add(field);
            if (field.is("Authorization") || field.is("Proxy-Authorization") || field.is("WWW-Authenticate")
                    || field.is("Proxy-Authenticate")) {
                readTokens(line.substring(colon + 1), tokens);
            }
        }
    }

    /// RFC 3986 3.4: what stands behind the names in a query may be a token, and is not kept. A client of an RD Gateway has the names of
    /// the tunnel there, which stand in the event logs too.
    private static String withoutValues(String target) {
        boolean names = target.toLowerCase(Locale.ROOT).startsWith("/remotedesktopgateway");
        return names ? target : target.replaceAll("(?<=[?&][^?&=]{1,64}=)[^&]+", "…");
    }

    private static void readTokens(String value, List<AuthToken> tokens) {
        for (String each : value.split(",")) {
            String[] words = each.strip().split(" +");
            // Of Basic, Bearer and the like nothing may be kept.
            boolean known = words.length == 2 && words[0].toLowerCase(Locale.ROOT).matches("negotiate|ntlm|sspi_ntlm|kerberos");
            if (known && words[1].length() % 4 == 0 && words[1].matches("[A-Za-z0-9+/]+={0,2}") && tokens.size() < MOST_TOKENS) {
                tokens.add(AuthToken.of(Base64.getDecoder().decode(words[1]), 0));
            }
        }
    }

    private static Field field(String name, String value) {
        return new Field(name, switch (name.toLowerCase(Locale.ROOT)) {
            case "authorization", "proxy-authorization" -> value.split(" ", 2)[0];
            case "www-authenticate", "proxy-authenticate" -> schemes(value);
            case "cookie", "set-cookie" -> value.split("=", 2)[0];
            default -> value;
        });
    }

    /// `Negotiate, NTLM` stays; `Basic realm="x", Negotiate YII…` becomes `Basic, Negotiate`.
    private static String schemes(String value) {
        return Stream.of(value.split(",")).map(part -> part.strip().split(" ", 2)[0])
                .filter(word -> word.matches("[A-Za-z][A-Za-z0-9_-]{0,31}"))
                .collect(Collectors.joining(", "));
    }

    private static String line(Reader in) {
        int length = 0;
        while (in.peek(length) != '\n') {
            if (in.offset() + length >= MAX_LENGTH) {
                throw in.reject("head", "is longer than " + MAX_LENGTH + " bytes");
            }
            if (in.peek(length) == -1) {
                // Not there yet: asking for one byte more makes the reader wait.
                in.skip("line", length + 1);
            }
            length++;
        }
        String line = new String(in.bytes("line", length), StandardCharsets.ISO_8859_1);
        in.u8("line feed");
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    }
}

package dev.rdptrace.wire.x224;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Reader;

/// What a proxy or load balancer puts in front of the connection it carries: after these bytes RDP begins.
///
/// PROXY protocol versions 1 and 2, SOCKS 4 (with host names: 4a), SOCKS 5 (RFC 1928, RFC 1929), HTTP CONNECT (RFC 9110
/// 9.3.6).
///
/// @param kind whose words they are
/// @param length bytes before the carried connection
public record Preface(FirstBytes.Kind kind, int length) {
    private static final int LONGEST_HTTP = 16 * 1024;

    /// The preface at the start of one side's bytes. `Partial` while its end is not there; `Broken` when these are not
    /// the words of a proxy of that kind.
    ///
    /// @param kind as [FirstBytes] told it
    public static Decoded<Preface> of(FirstBytes.Kind kind, boolean fromClient, byte[] bytes, int offset, int available) {
        return Reader.decode(bytes, offset, available, kind.title(), in -> {
            switch (kind) {
                case PROXY_V1 -> line(in, 108);
                case PROXY_V2 -> {
                    in.skip("signature", 12);
                    in.skip("version, command, family", 2);
                    in.skip("addresses", in.u16("length"));
                }
                case SOCKS4 -> socks4(in, fromClient);
                case SOCKS5 -> socks5(in, fromClient);
                case HTTP_REQUEST, HTTP_RESPONSE -> http(in, fromClient);
                case RDP_REQUEST, RDP_CONFIRM, TPKT_OTHER, RDP_FAST_PATH, TLS, SSLV2, HTTP2, RD_GATEWAY, SSH, VNC, SMTP,
                        FTP, POP3, IMAP, REDIS, SMB, MYSQL, POSTGRESQL, MSSQL, LDAP, KERBEROS, DCERPC, CREDSSP, X11,
                        TELNET, ICA, JAVA_RMI, SIP, RTSP, UNKNOWN ->
                        throw in.reject("kind", "carries no other connection");
            }
            return new Preface(kind, in.offset());
        });
    }

    private static void line(Reader in, int longest) {
        int before = in.offset();
        while (in.u8("line") != '\n') {
            if (in.offset() - before >= longest) {
                throw in.reject("line", "is longer than " + longest);
            }
        }
    }

    private static void socks4(Reader in, boolean fromClient) {
        if (!fromClient) {
            in.skip("reply", 8);
            return;
        }
        in.skip("version, command, port", 4);
        int address = in.i32("address");
        text(in, "user");
        if (address != 0 && address >>> 8 == 0) {
            text(in, "host name");
        }
    }

    private static void text(Reader in, String field) {
        int before = in.offset();
        while (in.u8(field) != 0) {
            if (in.offset() - before > 512) {
                throw in.reject(field, "is longer than 512");
            }
        }
    }

    private static void socks5(Reader in, boolean fromClient) {
        in.skip("version", 1);
        if (fromClient) {
            in.skip("methods", in.u8("number of methods"));
        } else {
            in.skip("method", 1);
        }
        if (next(in) == 1) { // name and password, RFC 1929
            in.skip("version", 1);
            in.skip("user or status", fromClient ? in.u8("user length") : 1);
            if (fromClient) {
                in.skip("password", in.u8("password length"));
            }
        }
        if (next(in) != 5) {
            throw in.reject("request", "is not version 5");
        }
        in.skip("version, command, reserved", 3);
        int addressType = in.u8("address type");
        switch (addressType) {
            case 1 -> in.skip("address", 4);
            case 3 -> in.skip("host name", in.u8("host name length"));
            case 4 -> in.skip("address", 16);
            default -> throw in.reject("address type", addressType + " is unknown");
        }
        in.skip("port", 2);
    }

    /// The next byte, which must be there.
    private static int next(Reader in) {
        if (in.isEmpty()) {
            in.skip("version", 1);
        }
        return in.peek();
    }

    private static void http(Reader in, boolean fromClient) {
        byte[] begin = in.bytes("line", 9);
        String text = new String(begin, java.nio.charset.StandardCharsets.ISO_8859_1);
        if (fromClient ? !text.startsWith("CONNECT ") : !text.startsWith("HTTP/1.")) {
            throw in.reject("method", "is not CONNECT");
        }
        int lineFeeds = 0;
        while (lineFeeds < 2) {
            int octet = in.u8("header");
            lineFeeds = octet == '\n' ? lineFeeds + 1 : octet == '\r' ? lineFeeds : 0;
            if (in.offset() > LONGEST_HTTP) {
                throw in.reject("header", "is longer than " + LONGEST_HTTP);
            }
        }
    }
}

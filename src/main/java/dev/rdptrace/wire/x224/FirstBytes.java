package dev.rdptrace.wire.x224;

import dev.rdptrace.bytes.Decoded;
import dev.rdptrace.bytes.Printable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What the first in-order bytes of one side of a connection say about who is speaking.
///
/// A port number proves nothing: scanners, wrong ports, proxies and load balancers put other protocols where RDP is
/// expected, and RDP where it is not. Each protocol is recognised by the fixed bytes of its own opening.
///
/// @param name of the protocol, for people
/// @param excerpt up to 48 bytes, printable, others as dots
public record FirstBytes(Kind kind, String name, String excerpt) {

    /// Whose opening it is.
    public enum Kind {
        /// An X.224 Connection Request in a TPKT: an RDP client (or something that wants to look like one).
        RDP_REQUEST("RDP connection request"),
        /// An X.224 Connection Confirm in a TPKT.
        RDP_CONFIRM("RDP connection confirm"),
        /// A TPKT with something else in it: the middle of an RDP connection, or another protocol over TPKT.
        TPKT_OTHER("TPKT"),
        /// Perhaps RDP in the middle of a session; the test is weak.
        RDP_FAST_PATH("perhaps RDP fast-path"),
        /// [MS-RDPEPS] 2.2.1: an RDP client of a Hyper-V console, or of another port with several sources behind it.
        PRECONNECTION("RDP preconnection PDU"),
        TLS("TLS"),
        SSLV2("SSL 2.0"),
        HTTP_REQUEST("HTTP request"),
        HTTP_RESPONSE("HTTP response"),
        HTTP2("HTTP/2"),
        RD_GATEWAY("RD Gateway over HTTP"),
        SSH("SSH"),
        VNC("VNC"),
        PROXY_V1("PROXY protocol version 1"),
        PROXY_V2("PROXY protocol version 2"),
        SOCKS4("SOCKS 4"),
        SOCKS5("SOCKS 5"),
        SMTP("SMTP"),
        FTP("FTP"),
        POP3("POP3"),
        IMAP("IMAP"),
        REDIS("Redis"),
        SMB("SMB"),
        MYSQL("MySQL"),
        POSTGRESQL("PostgreSQL"),
        MSSQL("Microsoft SQL Server"),
        LDAP("LDAP"),
        KERBEROS("Kerberos"),
        DCERPC("DCE/RPC"),
        CREDSSP("CredSSP without TLS"),
        X11("X11"),
        TELNET("Telnet"),
        ICA("Citrix ICA"),
        JAVA_RMI("Java RMI"),
        SIP("SIP"),
        RTSP("RTSP"),
        UNKNOWN("unknown");

        private final String title;

        Kind(String title) {
            this.title = title;
        }

        public String title() {
            return title;
        }

        /// Is it something that belongs to an RDP connection from its first byte?
        public boolean isRdp() {
            return this == RDP_REQUEST || this == RDP_CONFIRM || this == PRECONNECTION;
        }
    }

    private static final int LONGEST_EXCERPT = 48;
    /// With this many bytes nothing else is waited for.
    private static final int ENOUGH = 16;

    private record Opening(String text, Kind kind) {}

    private static final Opening[] OPENINGS = {
        new Opening("RDG_OUT_DATA ", Kind.RD_GATEWAY), new Opening("RDG_IN_DATA ", Kind.RD_GATEWAY),
        new Opening("RPC_OUT_DATA ", Kind.RD_GATEWAY), new Opening("RPC_IN_DATA ", Kind.RD_GATEWAY),
        new Opening("GET /remoteDesktopGateway", Kind.RD_GATEWAY),
        new Opening("PRI * HTTP/2.0", Kind.HTTP2),
        new Opening("OPTIONS sip:", Kind.SIP), new Opening("REGISTER sip", Kind.SIP), new Opening("INVITE sip", Kind.SIP),
        new Opening("SIP/2.0 ", Kind.SIP), new Opening("OPTIONS rtsp:", Kind.RTSP), new Opening("RTSP/1.0", Kind.RTSP),
        new Opening("GET ", Kind.HTTP_REQUEST), new Opening("POST ", Kind.HTTP_REQUEST),
        new Opening("HEAD ", Kind.HTTP_REQUEST), new Opening("PUT ", Kind.HTTP_REQUEST),
        new Opening("OPTIONS ", Kind.HTTP_REQUEST), new Opening("CONNECT ", Kind.HTTP_REQUEST),
        new Opening("DELETE ", Kind.HTTP_REQUEST), new Opening("TRACE ", Kind.HTTP_REQUEST),
        new Opening("PATCH ", Kind.HTTP_REQUEST), new Opening("PROPFIND ", Kind.HTTP_REQUEST),
        new Opening("HTTP/1.", Kind.HTTP_RESPONSE), new Opening("HTTP/0.", Kind.HTTP_RESPONSE),
        new Opening("<!DOCTYPE ", Kind.HTTP_RESPONSE), new Opening("<html", Kind.HTTP_RESPONSE),
        new Opening("SSH-", Kind.SSH), new Opening("RFB ", Kind.VNC),
        new Opening("PROXY TCP", Kind.PROXY_V1), new Opening("PROXY UNKNOWN", Kind.PROXY_V1),
        new Opening("\r\n\r\n\0\r\nQUIT\n", Kind.PROXY_V2),
        new Opening("EHLO ", Kind.SMTP), new Opening("HELO ", Kind.SMTP), new Opening("MAIL FROM", Kind.SMTP),
        new Opening("USER ", Kind.FTP), new Opening("AUTH TLS", Kind.FTP),
        new Opening("+OK", Kind.POP3), new Opening("* OK", Kind.IMAP), new Opening("* PREAUTH", Kind.IMAP),
        new Opening("* BYE", Kind.IMAP), new Opening("+PONG", Kind.REDIS), new Opening("-NOAUTH", Kind.REDIS),
        new Opening("-ERR", Kind.REDIS), new Opening("-DENIED", Kind.REDIS), new Opening("*1\r\n$", Kind.REDIS),
        new Opening("*2\r\n$", Kind.REDIS), new Opening("PING\r\n", Kind.REDIS),
        new Opening("JRMI", Kind.JAVA_RMI), new Opening("\u007f\u007fICA", Kind.ICA)};

    /// Could a packet that begins with these bytes hold an X.224 Connection Request? Cheap, for every packet.
    public static boolean couldBeConnectionRequest(byte[] bytes, int offset, int length) {
        return couldBe(0xe0, bytes, offset, length);
    }

    /// The same for the answer, an X.224 Connection Confirm.
    public static boolean couldBeConnectionConfirm(byte[] bytes, int offset, int length) {
        return couldBe(0xd0, bytes, offset, length);
    }

    /// Do these bytes, too few to tell, allow for either?
    public static boolean tooFewForTpkt(byte[] bytes, int offset, int length) {
        return length > 0 && length < 7 && bytes[offset] == 3 && (length < 2 || bytes[offset + 1] == 0);
    }

    private static boolean couldBe(int code, byte[] bytes, int offset, int length) {
        return length >= 7
                && bytes[offset] == 3
                && bytes[offset + 1] == 0
                && (bytes[offset + 5] & 0xf0) == code
                && (bytes[offset + 4] & 0xff) >= 6
                && ((bytes[offset + 2] & 0xff) << 8 | bytes[offset + 3] & 0xff) >= 11;
    }

    /// What begins with these bytes. `Partial` while a longer opening could still decide otherwise; at the end of the
    /// stream, or when no more will come, ask [#atEnd].
    public static Decoded<FirstBytes> of(byte[] bytes, int offset, int length) {
        Kind kind = kind(bytes, offset, length, false);
        return kind == null
                ? new Decoded.Partial<>(1)
                : new Decoded.Complete<>(named(kind, bytes, offset, length), length);
    }

    /// What these bytes are if nothing follows them.
    public static FirstBytes atEnd(byte[] bytes, int offset, int length) {
        return named(Objects.requireNonNullElse(kind(bytes, offset, length, true), Kind.UNKNOWN), bytes, offset, length);
    }

    private static FirstBytes named(Kind kind, byte[] bytes, int offset, int length) {
        return new FirstBytes(kind, kind.title(), Printable.ascii(bytes, offset, Math.min(length, LONGEST_EXCERPT)));
    }

    /// `null` for "not yet".
    private static @Nullable Kind kind(byte[] b, int at, int length, boolean last) {
        if (length == 0) {
            return null;
        }
        Kind text = opening(b, at, length);
        if (text != null) {
            return text;
        }
        if (!last && isPrefixOfAnOpening(b, at, length)) {
            return null;
        }
        int first = b[at] & 0xff;
        if (first == 3) {
            return tpkt(b, at, length, last);
        }
        if (first >= 0x14 && first <= 0x18 && (length < 2 || b[at + 1] == 3) && (length < 3 || b[at + 2] >= 0 && b[at + 2] <= 4)) {
            return length >= 3 ? Kind.TLS : null;
        }
        if (Preconnection.begins(b, at, length)) {
            return Kind.PRECONNECTION;
        }
        if (!last && Preconnection.mayBegin(b, at, length)) {
            return null;
        }
        if (length < ENOUGH && !last && couldBeBinary(first)) {
            Kind early = binary(b, at, length);
            return early == Kind.UNKNOWN ? null : early;
        }
        return binary(b, at, length);
    }

    private static @Nullable Kind opening(byte[] b, int at, int length) {
        if (length >= 4 && b[at] == '2' && b[at + 1] == '2' && b[at + 2] == '0' && (b[at + 3] == ' ' || b[at + 3] == '-')) {
            return contains(b, at, length, "FTP") ? Kind.FTP : Kind.SMTP;
        }
        for (Opening opening : OPENINGS) {
            if (length >= opening.text().length() && matches(b, at, opening.text().length(), opening.text())) {
                return opening.kind();
            }
        }
        return null;
    }

    private static boolean isPrefixOfAnOpening(byte[] b, int at, int length) {
        for (Opening opening : OPENINGS) {
            if (length < opening.text().length() && matches(b, at, length, opening.text())) {
                return true;
            }
        }
        return length < 4 && matches(b, at, Math.min(length, 3), "220");
    }

    private static boolean matches(byte[] b, int at, int length, String text) {
        for (int i = 0; i < length; i++) {
            if (b[at + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean contains(byte[] b, int at, int length, String text) {
        for (int i = at; i + text.length() <= at + Math.min(length, 128); i++) {
            if (matches(b, i, text.length(), text)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Kind tpkt(byte[] b, int at, int length, boolean last) {
        if (length >= 2 && b[at + 1] != 0 || length >= 4 && u16(b, at + 2) < 7) {
            return Kind.UNKNOWN;
        }
        if (length < 6) {
            return last && length >= 4 ? Kind.TPKT_OTHER : null;
        }
        return switch (b[at + 5] & 0xf0) {
            case Tpdu.CONNECTION_REQUEST -> Kind.RDP_REQUEST;
            case Tpdu.CONNECTION_CONFIRM -> Kind.RDP_CONFIRM;
            default -> Kind.TPKT_OTHER;
        };
    }

    /// First bytes of the binary protocols below; anything else is decided without waiting.
    private static boolean couldBeBinary(int first) {
        return first == 0 || first == 4 || first == 5 || first == 0x12 || first == 0x30 || first == 'l' || first == 'B'
                || first == 0xff || first >= 0x80;
    }

    private static Kind binary(byte[] b, int at, int length) {
        int first = b[at] & 0xff;
        if (first >= 0x80 && length >= 5 && (b[at + 2] == 1 || b[at + 2] == 4)
                && (isSslVersion(b, at + 3) || length >= 7 && isSslVersion(b, at + 5))) {
            return Kind.SSLV2;
        }
        if (first == 0xff && length >= 2 && (b[at + 1] & 0xff) >= 0xfb && (b[at + 1] & 0xff) <= 0xfe) {
            return Kind.TELNET;
        }
        if (first == 0 && length >= 8 && (b[at + 4] == (byte) 0xff || b[at + 4] == (byte) 0xfe)
                && matches(b, at + 5, 3, "SMB")) {
            return Kind.SMB;
        }
        if (first == 0 && length >= 8 && u16(b, at) == 0 && u16(b, at + 2) >= 8
                && (u16(b, at + 4) == 1234 || u16(b, at + 4) == 3 && u16(b, at + 6) == 0)) {
            return Kind.POSTGRESQL;
        }
        if (first == 0 && length >= 5 && u16(b, at) == 0 && isKerberos(b[at + 4])) {
            return Kind.KERBEROS;
        }
        if (first == 5 && isSocks5Request(b, at, length)) {
            return Kind.SOCKS5;
        }
        if (first == 5 && length >= 4 && b[at + 1] <= 1 && b[at + 1] >= 0 && b[at + 2] >= 0 && b[at + 2] <= 19
                && length >= 8 && (b[at + 4] == 0x10 || b[at + 4] == 0)) {
            return Kind.DCERPC;
        }
        if (first == 5 && isSocks5(b, at, length)) {
            return Kind.SOCKS5;
        }
        if (first == 4 && length >= 9 && (b[at + 1] == 1 || b[at + 1] == 2)) {
            return Kind.SOCKS4;
        }
        if (first == 0 && length == 8 && (b[at + 1] & 0xff) >= 0x5a && (b[at + 1] & 0xff) <= 0x5d) {
            return Kind.SOCKS4;
        }
        if ((first == 0x12 || first == 4) && length >= 8 && b[at + 1] == 1 && u16(b, at + 2) >= 8 && u16(b, at + 4) == 0
                && b[at + 7] == 0) {
            return Kind.MSSQL;
        }
        if (first == 0x30 && length >= 5) {
            int value = b[at + 1] >= 0 ? 2 : 2 + (b[at + 1] & 0x7f);
            if (value <= 6 && length >= value + 3) {
                if (b[at + value] == (byte) 0xa0 && b[at + value + 1] == 3 && b[at + value + 2] == 2) {
                    return Kind.CREDSSP;
                }
                if (b[at + value] == 2 && b[at + value + 1] >= 1 && b[at + value + 1] <= 4) {
                    return Kind.LDAP;
                }
            }
        }
        if (length >= 6 && b[at + 3] == 0 && (b[at + 4] == 10 || b[at + 4] == (byte) 0xff)
                && (b[at] & 0xff | (b[at + 1] & 0xff) << 8 | (b[at + 2] & 0xff) << 16) == length - 4) {
            return Kind.MYSQL;
        }
        if (length >= 12 && (first == 'l' && b[at + 1] == 0 && b[at + 2] == 11 && b[at + 3] == 0
                || first == 'B' && b[at + 1] == 0 && b[at + 2] == 0 && b[at + 3] == 11)) {
            return Kind.X11;
        }
        if (length >= 4 && (first & 3) == 0 && first < 0xf0 && Tpkt.length(b, at, length) == length) {
            return Kind.RDP_FAST_PATH;
        }
        return Kind.UNKNOWN;
    }

    /// RFC 1928 3: a greeting lists one to ten methods and the request follows; an answer names one.
    private static boolean isSocks5(byte[] b, int at, int length) {
        int methods = length < 2 ? 0 : b[at + 1] & 0xff;
        if (length >= 2 && (methods <= 2 || methods == 0xff) && (length == 2 || b[at + 2] == 5)) {
            return true;
        }
        if (methods < 1 || methods > 10 || length < 2 + methods) {
            return false;
        }
        for (int i = 0; i < methods; i++) {
            if (b[at + 2 + i] < 0 || b[at + 2 + i] > 9) {
                return false;
            }
        }
        return length == 2 + methods || b[at + 2 + methods] == 5 || b[at + 2 + methods] == 1;
    }

    /// RFC 1928 4: CONNECT to an address or a name, and nothing behind it.
    private static boolean isSocks5Request(byte[] b, int at, int length) {
        if (length < 7 || b[at + 1] != 1 || b[at + 2] != 0) {
            return false;
        }
        return switch (b[at + 3]) {
            case 1 -> length == 10;
            case 3 -> length == 7 + (b[at + 4] & 0xff);
            case 4 -> length == 22;
            default -> false;
        };
    }

    /// RFC 4120 5.10, 7.2.2: AS-REQ, AS-REP, TGS-REQ, TGS-REP, AP-REQ, AP-REP, KRB-ERROR behind four bytes of length.
    private static boolean isKerberos(byte tag) {
        return tag >= 0x6a && tag <= 0x6f || tag == 0x7e;
    }

    private static boolean isSslVersion(byte[] b, int at) {
        return b[at] == 0 && b[at + 1] == 2 || b[at] == 3 && b[at + 1] >= 0 && b[at + 1] <= 4;
    }

    private static int u16(byte[] b, int at) {
        return (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
    }
}

package dev.rdptrace.session;

import static dev.rdptrace.bytes.Identity.HOST;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.bytes.Printable;
import dev.rdptrace.timeline.Happening.ProxyAnswer;
import dev.rdptrace.wire.x224.FirstBytes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What may stand before the first byte of RDP: a PROXY header, SOCKS (RFC 1928, RFC 1929) or an HTTP CONNECT (RFC 9110 9.3.6),
/// and the proxy's answers, however the bytes of both come in segments.
public final class Prologue {
    /// The message is not all there yet.
    public static final int WAIT = -1;
    private static final int NONE = 0;
    private static final int LONGEST = 4096;
    /// PROXY protocol 2.1.
    private static final Pattern ADDRESSES = Pattern.compile("PROXY (TCP4|TCP6) ([0-9A-Fa-f.:]+) ([0-9A-Fa-f.:]+)( [0-9]+ [0-9]+)");
    /// RFC 9112 3.2.3.
    private static final Pattern CONNECT = Pattern.compile("CONNECT +(.*?)((?::[0-9]*)?(?: HTTP/[0-9.]*)?)");
    private static final int NO_METHOD = 0xff;
    private static final int BY_PASSWORD = 2;
    private static final int AUTHENTICATION_REQUIRED = 407;

    /// What the proxy is to answer next.
    private enum Due {
        NOTHING, STATUS, REPLY_4, METHOD, PASSWORD, REPLY_5
    }

    private String text = "";
    private String said = "";
    private int port;
    private boolean inSocks5; // the client has sent its greeting and not yet its request
    private Due due = Due.NOTHING;
    private @Nullable ProxyAnswer answer; // the last one, until more comes

    /// One that goes on from here by itself.
    public Prologue copy() {
        Prologue other = new Prologue();
        other.text = text;
        other.said = said;
        other.port = port;
        other.inSocks5 = inSocks5;
        other.due = due;
        return other;
    }

    public boolean begun() {
        return !text.isEmpty();
    }

    /// Everything that the client asked of proxies, in words.
    String text() {
        return text;
    }

    /// The port that it named as the destination, 0 if it named none.
    public int port() {
        return port;
    }

    // ---- the client ----

    /// Is what comes next from the client read here, whatever it looks like?
    public boolean expects(byte first) {
        return inSocks5 && (first == 5 || first == 1);
    }

    /// Bytes that the client's message at the start of what is left takes, 0 if it is no prologue, or [#WAIT].
    public int fromClient(FirstBytes.Kind kind, byte[] bytes, int start, int available) {
        if (inSocks5) {
            return bytes[start] == 1 ? password(bytes, start, available) : socks5Request(bytes, start, available);
        }
        return switch (kind) {
            case PROXY_V1 -> lineEnd(bytes, start, available, "\r\n");
            case PROXY_V2 -> available < 16 ? WAIT : whole(16 + u16(bytes, start + 14), available);
            case SOCKS4 -> socks4(bytes, start, available);
            case SOCKS5 -> available < 2 ? WAIT : whole(2 + (bytes[start + 1] & 0xff), available);
            case HTTP_REQUEST -> starts(bytes, start, available, "CONNECT ") ? lineEnd(bytes, start, available, "\r\n\r\n") : NONE;
            default -> NONE;
        };
    }

    /// Takes the client's message of that length and answers what it says, in words.
    public String take(FirstBytes.Kind kind, byte[] bytes, int start, int length) {
        boolean request = inSocks5 && bytes[start] == 5;
        if (inSocks5 && !request) {
            return "SOCKS 5: the client gives a user name and a password";
        }
        said = inSocks5 ? "SOCKS 5 to " + socks5Target(bytes, start, length) : says(kind, bytes, start, length);
        text = text.isEmpty() ? said : text.contains(said) ? text : text + "; " + said;
        int named = inSocks5 ? u16(bytes, start + length - 2) : port(kind, bytes, start, length);
        port = named != 0 ? named : port;
        due = switch (kind) {
            case HTTP_REQUEST -> Due.STATUS;
            case SOCKS4 -> Due.REPLY_4;
            case SOCKS5 -> inSocks5 ? due : Due.METHOD;
            default -> due;
        };
        inSocks5 = kind == FirstBytes.Kind.SOCKS5 && !inSocks5;
        return said;
    }

    // ---- the proxy ----

    /// Bytes that the proxy's answer takes, 0 if what comes is none or ends the matter, or [#WAIT]. What it says is in [#answer]
    /// then.
    public int fromProxy(byte[] bytes, int start, int available) {
        answer = null;
        return switch (due) {
            case NOTHING -> NONE;
            case STATUS -> status(bytes, start, available);
            case REPLY_4 -> available < 8 ? wait(bytes[start] == 0) : bytes[start] == 0 ? reply4(bytes[start + 1] & 0xff) : NONE;
            case METHOD -> available < 2 ? wait(bytes[start] == 5) : bytes[start] == 5 ? method(bytes[start + 1] & 0xff) : NONE;
            case PASSWORD -> available < 2 ? wait(bytes[start] == 1) : bytes[start] == 1 ? verified(bytes[start + 1] & 0xff) : NONE;
            case REPLY_5 -> reply5(bytes, start, available);
        };
    }

    /// What the proxy has just answered; `null` if nothing.
    public @Nullable ProxyAnswer answer() {
        return answer;
    }

    private static int wait(boolean fits) {
        return fits ? WAIT : NONE;
    }

    private int told(int length, int code, boolean no, Due next, String words) {
        answer = new ProxyAnswer(words, code, no);
        due = next;
        return length;
    }

    /// RFC 9110 9.3.6, 15.5.8: any 2xx opens the tunnel; after a 407 the client may ask again on the same connection.
    private int status(byte[] bytes, int start, int available) {
        if (!starts(bytes, start, Math.min(available, 7), "HTTP/1.".substring(0, Math.min(available, 7)))) {
            return NONE;
        }
        int head = lineEnd(bytes, start, available, "\r\n\r\n");
        if (head <= 0) {
            return head;
        }
        String line = line(bytes, start, head);
        int code = line.length() < 12 ? 0 : digits(line.substring(9, 12));
        String words = code <= 0 ? Identity.TEXT.of(line) : line.substring(0, 12) + (line.length() > 13 ? " " : "")
                + Identity.WORD.of(line.substring(12).strip());
        if (code == AUTHENTICATION_REQUIRED) {
            int body = contentLength(bytes, start, head);
            told(0, code, true, Due.STATUS, words);
            return body < 0 ? NONE : whole(head + body, available);
        }
        boolean opens = code >= 200 && code < 300;
        return told(opens ? head : NONE, code, !opens, opens ? Due.NOTHING : Due.STATUS, words);
    }

    private static int contentLength(byte[] bytes, int start, int head) {
        for (String field : Printable.ascii(bytes, start, head).split("\\.\\.")) {
            int colon = field.indexOf(':');
            if (colon > 0 && field.substring(0, colon).equalsIgnoreCase("Content-Length")) {
                return digits(field.substring(colon + 1).strip());
            }
        }
        return -1;
    }

    /// -1 where it is no number of up to four digits.
    private static int digits(String text) {
        return text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : -1;
    }

    private int reply4(int code) {
        boolean granted = code == 0x5a;
        return told(granted ? 8 : NONE, code, !granted, granted ? Due.NOTHING : Due.REPLY_4, "SOCKS 4 reply " + code + ", "
                + switch (code) {
                    case 0x5a -> "granted";
                    case 0x5b -> "rejected or failed";
                    case 0x5c -> "the client runs no identd";
                    case 0x5d -> "identd names another user";
                    default -> "unknown";
                });
    }

    private int method(int code) {
        if (code == NO_METHOD) {
            return told(NONE, code, true, Due.METHOD, "SOCKS 5: none of the client's ways to sign in is accepted (method 255)");
        }
        return told(2, code, false, code == BY_PASSWORD ? Due.PASSWORD : Due.REPLY_5, "SOCKS 5: " + switch (code) {
            case 0 -> "no sign-in is needed";
            case 1 -> "the proxy wants GSSAPI";
            case BY_PASSWORD -> "the proxy wants a user name and a password";
            default -> "the proxy wants sign-in method " + code;
        });
    }

    /// RFC 1929 2.
    private int verified(int code) {
        return told(code == 0 ? 2 : NONE, code, code != 0, code == 0 ? Due.REPLY_5 : Due.PASSWORD,
                code == 0 ? "SOCKS 5: signed in" : "SOCKS 5: the user name or the password is refused (status " + code + ")");
    }

    /// RFC 1928 6.
    private int reply5(byte[] bytes, int start, int available) {
        int length = bytes[start] != 5 ? NONE : socks5Address(bytes, start, available);
        if (length <= 0) {
            return length;
        }
        int code = bytes[start + 1] & 0xff;
        return told(code == 0 ? length : NONE, code, code != 0, code == 0 ? Due.NOTHING : Due.REPLY_5, "SOCKS 5 reply " + code + ", "
                + switch (code) {
                    case 0 -> "granted";
                    case 1 -> "general failure";
                    case 2 -> "not allowed by the rules";
                    case 3 -> "network unreachable";
                    case 4 -> "host unreachable";
                    case 5 -> "connection refused";
                    case 6 -> "TTL expired";
                    case 7 -> "command not supported";
                    case 8 -> "address type not supported";
                    default -> "unknown";
                });
    }

    // ---- lengths ----

    private static int socks4(byte[] bytes, int start, int available) {
        int end = 8;
        while (end < available && bytes[start + end] != 0) {
            end++;
        }
        if (end >= available) {
            return whole(end + 1, available);
        }
        if (bytes[start + 4] == 0 && bytes[start + 5] == 0 && bytes[start + 6] == 0 && bytes[start + 7] != 0) {
            end++;
            while (end < available && bytes[start + end] != 0) {
                end++; // 4a: a name follows
            }
        }
        return whole(end + 1, available);
    }

    /// RFC 1929 2: a version, a user name and a password, each behind its length.
    private static int password(byte[] bytes, int start, int available) {
        if (available < 2) {
            return WAIT;
        }
        int name = 2 + (bytes[start + 1] & 0xff);
        return available <= name ? WAIT : whole(name + 1 + (bytes[start + name] & 0xff), available);
    }

    private static int socks5Request(byte[] bytes, int start, int available) {
        return bytes[start] != 5 ? NONE : socks5Address(bytes, start, available);
    }

    private static int socks5Address(byte[] bytes, int start, int available) {
        if (available < 5) {
            return WAIT;
        }
        return switch (bytes[start + 3]) {
            case 1 -> whole(10, available);
            case 3 -> whole(7 + (bytes[start + 4] & 0xff), available);
            case 4 -> whole(22, available);
            default -> NONE;
        };
    }

    private static int whole(int length, int available) {
        return length > LONGEST ? NONE : length <= available ? length : WAIT;
    }

    private static int lineEnd(byte[] bytes, int start, int available, String end) {
        for (int i = 0; i + end.length() <= Math.min(available, LONGEST); i++) {
            if (starts(bytes, start + i, available - i, end)) {
                return i + end.length();
            }
        }
        return available < LONGEST ? WAIT : NONE;
    }

    private static boolean starts(byte[] bytes, int start, int available, String text) {
        if (available < text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (bytes[start + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    // ---- words ----

    private static String says(FirstBytes.Kind kind, byte[] bytes, int start, int length) {
        return switch (kind) {
            case PROXY_V1 -> "PROXY header: PROXY " + addresses(line(bytes, start, length));
            case PROXY_V2 -> "PROXY header, version 2" + (local(kind, bytes, start) ? ", LOCAL" : "");
            case SOCKS4 -> "SOCKS 4 to " + HOST.of((bytes[start + 4] & 0xff) + "." + (bytes[start + 5] & 0xff) + "." + (bytes[start
                    + 6] & 0xff)
                    + "." + (bytes[start + 7] & 0xff)) + ":" + u16(bytes, start + 2);
            case SOCKS5 -> "SOCKS 5";
            case HTTP_REQUEST -> "HTTP proxy: " + connect(line(bytes, start, length));
            default -> "";
        };
    }

    private static String addresses(String line) {
        Matcher named = ADDRESSES.matcher(line);
        return named.matches() ? named.group(1) + " " + HOST.of(named.group(2)) + " " + HOST.of(named.group(3)) + named.group(4)
                : Identity.TEXT.of(line.substring("PROXY ".length()));
    }

    private static String connect(String line) {
        Matcher named = CONNECT.matcher(line);
        return named.matches() ? "CONNECT " + HOST.of(named.group(1)) + named.group(2) : Identity.TEXT.of(line);
    }

    /// The host that it asks for where that is a name, and whatever else is no address; empty without such.
    static String target(FirstBytes.Kind kind, byte[] bytes, int start, int length) {
        return switch (kind) {
            case PROXY_V1 -> ADDRESSES.matcher(line(bytes, start, length)).matches() ? ""
                    : line(bytes, start, length).replaceFirst("^PROXY *", "");
            case SOCKS5 -> length < 7 || bytes[start + 2] != 0 || bytes[start + 3] != 3 ? ""
                    : Printable.ascii(bytes, start + 5, bytes[start + 4] & 0xff);
            case HTTP_REQUEST -> {
                Matcher named = CONNECT.matcher(line(bytes, start, length));
                yield named.matches() ? named.group(1) : "";
            }
            default -> "";
        };
    }

    /// PROXY protocol 2.2: the connection is the proxy's own.
    static boolean local(FirstBytes.Kind kind, byte[] bytes, int start) {
        return kind == FirstBytes.Kind.PROXY_V2 && (bytes[start + 12] & 0xf) == 0;
    }

    private static int port(FirstBytes.Kind kind, byte[] bytes, int start, int length) {
        return switch (kind) {
            case PROXY_V1 -> number(line(bytes, start, length), ' ');
            case PROXY_V2 -> proxy2(bytes, start, length);
            case SOCKS4 -> u16(bytes, start + 2);
            case HTTP_REQUEST -> number(line(bytes, start, length).replaceFirst(" HTTP/.*", ""), ':');
            default -> 0;
        };
    }

    /// PROXY protocol 2.2: family and protocol, length, then both addresses and both ports.
    private static int proxy2(byte[] bytes, int start, int length) {
        int at = switch (bytes[start + 13] & 0xf0) {
            case 0x10 -> 16 + 4 + 4 + 2;
            case 0x20 -> 16 + 16 + 16 + 2;
            default -> length;
        };
        return at + 2 <= length ? u16(bytes, start + at) : 0;
    }

    /// The digits behind the last `separator`, 0 if there are none or too many.
    private static int number(String text, char separator) {
        int value = 0;
        for (int i = text.lastIndexOf(separator) + 1; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9 || value > 6553) {
                return 0;
            }
            value = value * 10 + digit;
        }
        return value <= 0xffff ? value : 0;
    }

    private static String socks5Target(byte[] bytes, int start, int length) {
        int port = u16(bytes, start + length - 2);
        return switch (bytes[start + 3]) {
            case 1 -> HOST.of((bytes[start + 4] & 0xff) + "." + (bytes[start + 5] & 0xff) + "." + (bytes[start + 6] & 0xff) + "."
                    + (bytes[start + 7] & 0xff)) + ":" + port;
            case 3 -> HOST.of(Printable.ascii(bytes, start + 5, bytes[start + 4] & 0xff)) + ":" + port;
            default -> "port " + port;
        };
    }

    private static String line(byte[] bytes, int start, int length) {
        int end = 0;
        while (end < length && end < 120 && bytes[start + end] != '\r') {
            end++;
        }
        return Printable.ascii(bytes, start, end);
    }
}

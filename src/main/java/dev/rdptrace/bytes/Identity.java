package dev.rdptrace.bytes;

import java.util.function.BiFunction;

/// What tells a stranger who somebody is, or where: whoever puts a name of the wire into a sentence or a field says by [#of] what it
/// names. So a report for strangers can put a placeholder in its place, and no reader of a sentence has to guess where a name stands.
///
/// A name stands between two control characters that are letters in no code page of Windows, where a name read byte by byte might have
/// them, and leave a Latin-1 text as small as it is; [#shown] takes them away again.
public enum Identity {
    /// An address, or the name of a machine or a domain as a host is called.
    HOST("host"),
    /// Any other name: of a domain, a certificate, a directory.
    NAME("name"),
    USER("user"),
    COOKIE("cookie"),
    /// A hardware address.
    CARD("card"),
    /// The fingerprint or the number of a certificate.
    DIGEST("digest"),
    /// A Community ID, which can be worked out from addresses.
    FLOW("flow"),
    /// What a log somewhere knows a connection by.
    ID("id"),
    /// A file, or an interface.
    CAPTURE("capture"),
    /// Words of a peer.
    TEXT("text"),
    /// A word of which most peers say one out of a few: a method, a channel, a scheme.
    WORD("name"),
    /// First bytes of who does not speak the protocol.
    EXCERPT("bytes");

    private static final char BEGIN = '\u0090';
    private static final char END = '\u0081';
    /// Behind [#BEGIN]: that of [#HOST], the others follow.
    private static final char KIND = 'A';
    private static final char REPLACEMENT = '\ufffd';
    private static final Identity[] KINDS = values();

    private final String title;

    Identity(String title) {
        this.title = title;
    }

    /// The word of its placeholders.
    public String title() {
        return title;
    }

    /// `name` for a sentence or a field; nothing where it is empty.
    public String of(String name) {
        if (name.isEmpty()) {
            return name;
        }
        String bare = shown(name).replace(BEGIN, REPLACEMENT).replace(END, REPLACEMENT);
        return new StringBuilder(bare.length() + 3).append(BEGIN).append(kind()).append(bare).append(END).toString();
    }

    private char kind() {
        return (char) (KIND + ordinal());
    }

    /// `DOMAIN\name` or `name@realm`, each part for itself.
    public static String account(String text) {
        int slash = text.lastIndexOf('\\');
        int at = text.lastIndexOf('@');
        return slash >= 0 ? NAME.of(text.substring(0, slash)) + "\\" + USER.of(text.substring(slash + 1))
                : at > 0 ? USER.of(text.substring(0, at)) + "@" + NAME.of(text.substring(at + 1)) : USER.of(text);
    }

    /// A service principal name, `TERMSRV/host:port` or `service/host@REALM`, or a plain name.
    public static String service(String text) {
        int slash = text.indexOf('/');
        int realm = text.indexOf('@', slash + 1);
        int end = realm < 0 ? text.length() : realm;
        int port = text.indexOf(':', slash + 1);
        int name = port < 0 || port != text.lastIndexOf(':') ? end : Math.min(port, end);
        return (slash < 0 ? "" : WORD.of(text.substring(0, slash)) + "/") + HOST.of(text.substring(slash + 1, name))
                + text.substring(name, end) + (realm < 0 ? "" : "@" + NAME.of(text.substring(realm + 1)));
    }

    /// Writes a name: what stands in a text from one place to another.
    private interface Writer {
        void write(StringBuilder out, Identity kind, String text, int from, int to);
    }

    /// The text as those read it who may read all.
    public static String shown(String text) {
        return written(text, (out, _, marked, from, to) -> out.append(marked, from, to));
    }

    /// The text with what `by` makes of each kind of name and the name. What was cut off in the middle ends with the text.
    public static String replaced(String text, BiFunction<Identity, String, String> by) {
        return written(text, (out, kind, marked, from, to) -> out.append(by.apply(kind, marked.substring(from, to))));
    }

    private static String written(String text, Writer names) {
        int begin = text.indexOf(BEGIN);
        if (begin < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        int from = 0;
        for (; begin >= 0; begin = text.indexOf(BEGIN, from)) {
            int found = text.indexOf(END, begin);
            int end = found < 0 ? text.length() : found;
            int kind = begin + 1 < end ? text.charAt(begin + 1) - KIND : -1;
            out.append(text, from, begin);
            names.write(out, 0 <= kind && kind < KINDS.length ? KINDS[kind] : TEXT, text, Math.min(begin + 2, end), end);
            from = Math.min(end + 1, text.length());
        }
        return out.append(text, from, text.length()).toString();
    }

    static boolean isMark(int character) {
        return character == BEGIN || character == END;
    }
}

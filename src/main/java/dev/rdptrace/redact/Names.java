package dev.rdptrace.redact;

import dev.rdptrace.diagnosis.Scanners;
import dev.rdptrace.session.GatewayName;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Other names of the same length, the same for the same one. A name is taken word by word, so that hosts of one domain stay hosts of one
/// domain; what stands between words stays. As with [Addresses], a word becomes what follows from the order in which words were met.
final class Names {
    /// Each takes a hundred bytes.
    static final int MOST = 1 << 19;
    private static final String BETWEEN = " .:-/\\@=,;()[]<>\"'*$&?!+#%|\t\r\n_";
    /// Of protocols and their implementations.
    private static final Set<String> PUBLIC = Set.of("cookie", "mstshash", "msts", "tsv", "terminal", "services", "plugin", "duca",
            "mcdn", "mstsc", "rdpdr", "rdpsnd", "cliprdr", "drdynvc", "snddbg", "rdpinpt", "rdpgfx", "rail",
            "encomsp", "remdesk", "termsrv", "krbtgt", "http", "h2", "connect", "get", "post", "head", "options", "host", "proxy",
            "tcp4", "tcp6", "unknown", "smtp", "esmtp", "ftp", "ssh", "rfb", "sip", "rtsp", "rdg_out_data", "rdg_in_data", "rpc_in_data",
            "rpc_out_data", "ok", "content", "length", "connection", "close", "server", "tcp", "udp", "ldap", "kerberos", "arpa", "in",
            "addr", "local", "microsoft", "corporation", "a02");

    private final Map<String, String> known = new HashMap<>();
    private final Map<Integer, Integer> counts = new HashMap<>(); // by length, and by whether there are digits only
    private boolean full;

    /// More were met than can be told apart.
    boolean full() {
        return full;
    }

    /// Is it a word that everybody uses? What scanners write in place of a user's name is, and what gateways are called and known by.
    static boolean isPublic(String word) {
        byte[] bytes = word.getBytes(StandardCharsets.ISO_8859_1);
        return PUBLIC.contains(word.toLowerCase(Locale.ROOT)) || Scanners.isName(word) || GatewayName.isWord(bytes, 0, bytes.length);
    }

    /// Replaces the words in `text`, of characters of one byte.
    byte[] bytes(byte[] text, int from, int length) {
        return words(new String(text, from, length, StandardCharsets.ISO_8859_1)).getBytes(StandardCharsets.ISO_8859_1);
    }

    /// Replaces the words in `text`, of characters of two bytes.
    byte[] wide(byte[] text, int from, int length, boolean bigEndian) {
        Charset charset = bigEndian ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE;
        byte[] to = words(new String(text, from, length & ~1, charset)).getBytes(charset);
        return to.length == length ? to : Arrays.copyOf(to, length);
    }

    /// Which words stay although they are not public.
    interface Kept {
        boolean word(int from, int end);
    }

    private String words(String text) {
        return words(text, (_, _) -> false);
    }

    String words(String text, Kept kept) {
        StringBuilder to = new StringBuilder(text.length());
        for (int at = 0; at < text.length();) {
            int end = at;
            while (end < text.length() && isOfWord(text.charAt(end))) {
                end++;
            }
            if (end > at) {
                String word = text.substring(at, end);
                to.append(isPublic(word) || kept.word(at, end) ? word : word(word));
                at = end;
            } else {
                to.append(text.charAt(at) < ' ' && BETWEEN.indexOf(text.charAt(at)) < 0 ? '\0' : text.charAt(at));
                at++;
            }
        }
        return to.toString();
    }

    private static boolean isOfWord(char c) {
        return c >= ' ' && BETWEEN.indexOf(c) < 0;
    }

    private String word(String word) {
        full |= known.size() >= MOST;
        String to = full ? "n".repeat(word.length()) : known.computeIfAbsent(word.toLowerCase(Locale.ROOT), this::next);
        return word.equals(word.toUpperCase(Locale.ROOT)) ? to.toUpperCase(Locale.ROOT) : to;
    }

    private String next(String word) {
        boolean digits = word.chars().allMatch(c -> c >= '0' && c <= '9');
        String to;
        do {
            int number = counts.merge(digits ? -word.length() : word.length(), 1, Integer::sum) - 1;
            String text = (digits ? "0" : "n").repeat(word.length()) + (digits ? Integer.toString(number) : letters(number));
            to = text.substring(text.length() - word.length());
        } while (isPublic(to));
        return to;
    }

    /// At least one letter: `a` to `z` without what it is filled with, then two, and so on.
    private static String letters(int number) {
        StringBuilder text = new StringBuilder();
        for (int left = number + 1; left > 0; left = (left - 1) / 25) {
            int digit = (left - 1) % 25;
            text.insert(0, (char) ('a' + digit + (digit >= 'n' - 'a' ? 1 : 0)));
        }
        return text.toString();
    }
}

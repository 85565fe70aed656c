package dev.rdptrace.decrypt;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Secrets in the key log format that browsers, OpenSSL, GnuTLS, FreeRDP and Wireshark share (SSLKEYLOGFILE).
///
/// One secret a line: a label, the client random (or another name for the connection), the secret, in hex. Lines that
/// mean nothing are counted and skipped. A log that is still growing can be appended to.
public final class KeyLog {
    /// More secrets than this are dropped.
    public static final int MOST_SECRETS = 1_000_000;
    private static final int LONGEST_LINE = 4096;

    /// What a secret is for, as the log calls it.
    public enum Label {
        /// The master secret of TLS 1.0 to 1.2.
        CLIENT_RANDOM,
        /// A premaster secret, named by the client random.
        PMS_CLIENT_RANDOM,
        CLIENT_EARLY_TRAFFIC_SECRET,
        CLIENT_HANDSHAKE_TRAFFIC_SECRET,
        SERVER_HANDSHAKE_TRAFFIC_SECRET,
        CLIENT_TRAFFIC_SECRET_0,
        SERVER_TRAFFIC_SECRET_0,
        /// A premaster secret, named by the first eight bytes of its encrypted form.
        RSA,
        /// A master secret, named by the session id: `RSA Session-ID:… Master-Key:…`.
        SESSION_ID
    }

    private record Name(Label label, String hex) {}

    private final Map<Name, byte[]> secrets = new HashMap<>();
    private final StringBuilder unfinished = new StringBuilder();
    private long changes;

    /// A complete text: a file, or a Decryption Secrets Block.
    public void add(byte[] text) {
        for (String line : lines(new String(text, StandardCharsets.ISO_8859_1))) {
            line(line);
        }
    }

    /// The next bytes of a log that is being written. A last line without its end counts already if it is whole, and is
    /// read again when the rest comes.
    public void append(byte[] bytes) {
        unfinished.append(new String(bytes, StandardCharsets.ISO_8859_1));
        int end = Math.max(unfinished.lastIndexOf("\n"), unfinished.lastIndexOf("\r"));
        if (end >= 0) {
            String whole = unfinished.substring(0, end);
            unfinished.delete(0, end + 1);
            lines(whole).forEach(this::line);
        }
        if (unfinished.length() > LONGEST_LINE) {
            unfinished.setLength(0);
        } else if (!unfinished.isEmpty()) {
            line(unfinished.toString());
        }
    }

    private static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        text.lines().forEach(lines::add);
        return lines;
    }

    private void line(String line) {
        if (line.isBlank() || line.charAt(0) == '#') {
            return;
        }
        String[] words = line.length() > LONGEST_LINE ? new String[0] : line.strip().split("[ \t]+");
        if (words.length != 3) {
            return;
        }
        if (words[0].equals("RSA") && words[1].startsWith("Session-ID:") && words[2].startsWith("Master-Key:")) {
            put(Label.SESSION_ID, words[1].substring(11), words[2].substring(11));
            return;
        }
        for (Label label : Label.values()) {
            if (label.name().equals(words[0]) && label != Label.SESSION_ID) {
                put(label, words[1], words[2]);
                return;
            }
        }
        // Exporter secrets and the like: right, but of no use here.
    }

    private void put(Label label, String name, String secret) {
        byte[] bytes = hex(secret);
        boolean sound = (hex(name).length > 0 || name.isEmpty()) && fits(label, name.length() / 2, bytes.length);
        if (sound && secrets.size() < MOST_SECRETS) {
            secrets.put(new Name(label, name.toLowerCase(Locale.ROOT)), bytes);
            changes++;
        }
    }

    private static boolean fits(Label label, int nameLength, int secretLength) {
        return switch (label) {
            case CLIENT_RANDOM -> nameLength == 32 && secretLength == 48;
            case PMS_CLIENT_RANDOM -> nameLength == 32 && secretLength > 0;
            case CLIENT_EARLY_TRAFFIC_SECRET, CLIENT_HANDSHAKE_TRAFFIC_SECRET, SERVER_HANDSHAKE_TRAFFIC_SECRET,
                    CLIENT_TRAFFIC_SECRET_0, SERVER_TRAFFIC_SECRET_0 ->
                    nameLength == 32 && (secretLength == 32 || secretLength == 48);
            case RSA -> nameLength == 8 && secretLength == 48;
            case SESSION_ID -> nameLength > 0 && nameLength <= 32 && secretLength == 48;
        };
    }

    /// No bytes for what is not hex.
    private static byte[] hex(String text) {
        boolean isHex = text.length() % 2 == 0 && text.chars().allMatch(HexFormat::isHexDigit);
        return isHex ? HexFormat.of().parseHex(text) : new byte[0];
    }

    /// The secret, or no bytes.
    byte[] secret(Label label, byte[] name) {
        byte[] secret = secrets.get(new Name(label, HexFormat.of().formatHex(name)));
        return secret == null ? new byte[0] : secret;
    }

    /// Is there any secret for a connection with this client random?
    public boolean knows(byte[] clientRandom) {
        String hex = HexFormat.of().formatHex(clientRandom);
        for (Label label : Label.values()) {
            if (secrets.containsKey(new Name(label, hex))) {
                return true;
            }
        }
        return false;
    }

    /// Secrets held.
    public int size() {
        return secrets.size();
    }

    /// Grows whenever a secret is added; tells whether it is worth asking again.
    long changes() {
        return changes;
    }
}

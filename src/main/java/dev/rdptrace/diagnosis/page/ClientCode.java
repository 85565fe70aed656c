package dev.rdptrace.diagnosis.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One number that a client may show for a diagnosis, and how sure the connection between the two is.
///
/// @param family     which client shows it
/// @param main       the code; for [Family#MSTSC] the disconnect reason, −1 where only the extended code matters
/// @param extended   the extended disconnect reason, −1 where there is none to name
/// @param confidence `A` documented for this very condition, `B` documented code whose meaning fits,
///                   `C` often reported, `D` a guess
public record ClientCode(Family family, int main, int extended, char confidence) {

    private static final Pattern RANGE = Pattern.compile("ext (0x[0-9A-F]{1,4})-(0x[0-9A-F]{1,4}) ([A-D])");

    /// The programs that speak in numbers.
    public enum Family {
        /// The Windows client and everything built on its control.
        MSTSC(""),
        /// FreeRDP and the programs built on it.
        FREERDP("FreeRDP "),
        /// The Mac, iOS and Android clients of Microsoft.
        MAC("Mac "),
        /// Azure Virtual Desktop diagnostics.
        AVD("AVD ");

        private final String prefix;

        Family(String prefix) {
            this.prefix = prefix;
        }
    }

    /// Reads the `codes:` line of a page: `0x904/0x7 C; ext 0x9 A; ext 0x1111-0x1126 A; FreeRDP 0x20008 C; Mac 0x2104 C`.
    /// An entry that cannot be read is left out.
    public static List<ClientCode> list(String line) {
        List<ClientCode> codes = new ArrayList<>();
        for (String entry : line.split(";")) {
            Matcher range = RANGE.matcher(entry.strip());
            if (range.matches()) {
                for (int code = number(range.group(1)); code <= number(range.group(2)); code++) {
                    codes.add(new ClientCode(Family.MSTSC, -1, code, range.group(3).charAt(0)));
                }
            } else if (!entry.isBlank()) {
                one(entry.strip()).ifPresent(codes::add);
            }
        }
        return List.copyOf(codes);
    }

    /// As people write them, each once, with runs of extended codes in one: `0x3, ext 0x1111 to 0x1126`.
    public static String words(List<ClientCode> codes) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < codes.size(); i++) {
            int end = i;
            while (end + 1 < codes.size() && codes.get(i).main() < 0 && codes.get(end + 1).main() < 0
                    && codes.get(end + 1).extended() == codes.get(end).extended() + 1) {
                end++;
            }
            String word = codes.get(i) + (end - i < 2 ? "" : " to " + hex(codes.get(end).extended()));
            if (!words.contains(word)) {
                words.add(word);
            }
            i = end - i < 2 ? i : end;
        }
        return String.join(", ", words);
    }

    /// Whether this code is what a client shows that showed `main` and `extended`, each −1 where there is none.
    boolean fits(int shownMain, int shownExtended) {
        return main < 0 ? shownExtended >= 0 && extended == shownExtended
                : main == shownMain && (extended < 0 || shownExtended < 0 || extended == shownExtended);
    }

    static Optional<ClientCode> one(String entry) {
        int space = entry.lastIndexOf(' ');
        if (space < 0 || space != entry.length() - 2) {
            return Optional.empty();
        }
        char confidence = entry.charAt(entry.length() - 1);
        if (confidence < 'A' || 'D' < confidence) {
            return Optional.empty();
        }
        String rest = entry.substring(0, space).strip();
        Family family = Family.MSTSC;
        for (Family candidate : Family.values()) {
            if (!candidate.prefix.isEmpty() && rest.startsWith(candidate.prefix)) {
                family = candidate;
                rest = rest.substring(candidate.prefix.length()).strip();
            }
        }
        if (rest.startsWith("ext ")) {
            int extended = number(rest.substring(4));
            return extended < 0 ? Optional.empty() : Optional.of(new ClientCode(family, -1, extended, confidence));
        }
        int slash = rest.indexOf('/');
        int main = number(slash < 0 ? rest : rest.substring(0, slash));
        int extended = slash < 0 ? -1 : number(rest.substring(slash + 1));
        boolean readable = main >= 0 && (slash < 0 || extended >= 0);
        return readable ? Optional.of(new ClientCode(family, main, extended, confidence)) : Optional.empty();
    }

    /// `0x904` or `2308` as a number, −1 when it is neither.
    static int number(String text) {
        String digits = text.strip().toLowerCase(Locale.ROOT);
        try {
            return digits.startsWith("0x") ? Integer.parseInt(digits.substring(2), 16) : Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static String hex(int code) {
        return "0x" + Integer.toHexString(code).toUpperCase(Locale.ROOT);
    }

    /// As people write it: `0x904/0x7`, `ext 0x9`, `FreeRDP 0x20008`.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(family.prefix);
        if (main < 0) {
            text.append("ext ");
        } else {
            text.append(hex(main));
            if (extended >= 0) {
                text.append('/');
            }
        }
        if (extended >= 0) {
            text.append(hex(extended));
        }
        return text.toString();
    }
}

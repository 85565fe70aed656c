package dev.rdptrace.diagnosis.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// One number that a client may show for a diagnosis, and how sure the connection between the two is.
///
/// @param family     which client shows it
/// @param main       the code; for [Family#MSTSC] the disconnect reason, −1 where only the extended code matters
/// @param extended   the extended disconnect reason, −1 where there is none to name
/// @param confidence `A` documented for this very condition, `B` documented code whose meaning fits,
///                   `C` often reported, `D` a guess
public record ClientCode(Family family, int main, int extended, char confidence) {

    /// The programs that speak in numbers.
    public enum Family {
        /// The Windows client and everything built on its control.
        MSTSC(""),
        /// FreeRDP and the programs built on it.
        FREERDP("FreeRDP "),
        /// The Mac, iOS and Android clients of Microsoft.
        MAC("Mac ");

        private final String prefix;

        Family(String prefix) {
            this.prefix = prefix;
        }

        /// Of a row of the table: `mstsc-main`, `mstsc-ext`, `freerdp` or `mac`.
        static Family of(String row) {
            return row.startsWith("mstsc") ? MSTSC : valueOf(row.toUpperCase(Locale.ROOT));
        }
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

    /// With the confidence of each: `0x904 C, ext 0x9 A`.
    public static String graded(List<ClientCode> codes) {
        return codes.stream().map(code -> code + " " + code.confidence()).distinct().collect(Collectors.joining(", "));
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

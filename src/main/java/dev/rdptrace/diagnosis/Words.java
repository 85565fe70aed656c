package dev.rdptrace.diagnosis;

import java.util.Locale;

/// Numbers as people read them.
public final class Words {
    private Words() {}

    /// Three significant digits at most, no trailing zeros.
    public static String number(double value) {
        String text = String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : value >= 1 ? "%.2f" : "%.3f", value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }

    /// `12 ms`, `3.4 s`, `2.5 min`, `3 h`, `12 days`
    public static String duration(double seconds) {
        if (seconds < 1) {
            return number(seconds * 1000) + " ms";
        }
        if (seconds < 120) {
            return number(seconds) + " s";
        }
        double minutes = seconds / 60;
        if (minutes < 120) {
            return number(minutes) + " min";
        }
        return minutes < 48 * 60 ? number(minutes / 60) + " h" : number(minutes / 60 / 24) + " days";
    }

    /// `1 packet`, `3 packets`
    public static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}

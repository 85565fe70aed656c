package dev.rdptrace.diagnosis;

import java.util.Locale;

/// Numbers as people read them.
public final class Quantities {
    private static final long[] SCALES = {1, 10, 100, 1000};
    private static final double MOST_UNITS = 1e9;

    private Quantities() {}

    /// Three significant digits at most, no trailing zeros.
    public static String number(double value) {
        int decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
        long scale = SCALES[decimals];
        double units = value * scale;
        boolean tie = Math.abs(units - Math.floor(units) - 0.5) < 1e-6; // what is rounded then shows only in the exact decimals
        if (value < 0 || units > MOST_UNITS || Double.isNaN(value) || tie) {
            return slowly(value, decimals);
        }
        long rounded = Math.round(units);
        while (decimals > 0 && rounded % 10 == 0) {
            rounded /= 10;
            decimals--;
        }
        String digits = Long.toString(rounded);
        if (decimals == 0) {
            return digits;
        }
        String padded = "0".repeat(Math.max(0, decimals + 1 - digits.length())) + digits;
        return padded.substring(0, padded.length() - decimals) + "." + padded.substring(padded.length() - decimals);
    }

    private static String slowly(double value, int decimals) {
        String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
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

package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Side;
import java.util.Locale;

/// Where the fault lies, or who closed, as far as a capture shows.
public enum Culprit {
    CLIENT,
    SERVER,
    PATH,
    GATEWAY,
    NONE,
    NOBODY,
    UNKNOWN;

    private final String word = name().toLowerCase(Locale.ROOT);

    public static Culprit of(Side side) {
        return switch (side) {
            case CLIENT -> CLIENT;
            case SERVER -> SERVER;
        };
    }

    @Override
    public String toString() {
        return word;
    }
}

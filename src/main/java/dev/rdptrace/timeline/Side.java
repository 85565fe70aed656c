package dev.rdptrace.timeline;

import java.util.Locale;

/// One end of a connection.
public enum Side {
    CLIENT,
    SERVER;

    private final String word = name().toLowerCase(Locale.ROOT);

    public Side other() {
        return this == CLIENT ? SERVER : CLIENT;
    }

    /// `client` or `server`, as people and reports write it.
    @Override
    public String toString() {
        return word;
    }
}

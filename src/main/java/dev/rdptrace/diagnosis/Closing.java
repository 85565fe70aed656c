package dev.rdptrace.diagnosis;

import java.util.Locale;

/// How a connection was closed.
public enum Closing {
    FIN,
    RST,
    ALERT,
    PDU,
    SILENCE,
    ICMP,
    NONE;

    private final String word = name().toLowerCase(Locale.ROOT);

    @Override
    public String toString() {
        return word;
    }
}

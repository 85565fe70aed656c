package dev.rdptrace.diagnosis;

import java.util.Locale;

/// How a connection was closed.
public enum How {
    FIN,
    RST,
    ALERT,
    PDU,
    SILENCE,
    ICMP,
    NONE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

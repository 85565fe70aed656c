package dev.rdptrace.timeline;

import java.util.Locale;

/// The phases of a connection, in the order of [MS-RDPBCGR] 1.3.1.1. A connection *ends* in one of them: the phase
/// whose next step did not come.
public enum Phase {
    NAME("name resolution"),
    TCP("TCP connection"),
    X224("X.224 negotiation"),
    TLS("TLS handshake"),
    CREDSSP("CredSSP (NLA) authentication"),
    RDSTLS("RDSTLS authentication"),
    AAD("Entra ID authentication"),
    MCS("MCS connection and channels"),
    SECURITY("RDP security exchange"),
    INFO("client info"),
    LICENSING("licensing"),
    ACTIVATION("capability exchange and activation"),
    SESSION("session"),
    UDP("UDP side transport"),
    GATEWAY("gateway or proxy");

    private final String title;
    private final String word = name().toLowerCase(Locale.ROOT);

    Phase(String title) {
        this.title = title;
    }

    /// As people call it.
    public String title() {
        return title;
    }

    /// As reports spell it: `x224`.
    @Override
    public String toString() {
        return word;
    }
}

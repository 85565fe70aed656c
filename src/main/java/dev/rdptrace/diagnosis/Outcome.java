package dev.rdptrace.diagnosis;

import static dev.rdptrace.diagnosis.Signature.UNDETERMINED;

/// What became of an attempt or an incident.
public enum Outcome {
    ESTABLISHED("established"),
    FAILED("failed"),
    INTERRUPTED("interrupted"),
    ABANDONED("abandoned"),
    PROBE("probe"),
    NOT_RDP("not-rdp"),
    UNDETERMINED("undetermined");

    private final String word;

    Outcome(String word) {
        this.word = word;
    }

    /// Somebody was kept from a session, or lost one.
    public boolean isTrouble() {
        return this == FAILED || this == INTERRUPTED;
    }

    @Override
    public String toString() {
        return word;
    }
}

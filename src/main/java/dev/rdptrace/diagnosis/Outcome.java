package dev.rdptrace.diagnosis;

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

    @Override
    public String toString() {
        return word;
    }
}

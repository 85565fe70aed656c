package dev.rdptrace.tui;

/// What the line at the bottom asks for.
enum Question {
    SEARCH("/"),
    SAVE("Save as (pcapng, annotated): "),
    SAVE_REDACTED("Save as (pcapng, redacted): ");

    private final String says;

    Question(String says) {
        this.says = says;
    }

    @Override
    public String toString() {
        return says;
    }
}

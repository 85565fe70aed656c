package dev.rdptrace.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/// What the exit code says; scripts rely on the numbers.
public enum Exit {
    /// The input was analysed, whatever was found in it.
    ANALYSED(0, "analysed, whatever was found"),
    /// Analysed, and an outcome that `--fail-on` names was among the incidents.
    FAIL_ON_HIT(1, "analysed, and an outcome that --fail-on names is among the incidents"),
    /// The command line cannot be understood, or an output cannot be written.
    USAGE(2, "the command line cannot be understood, or a file cannot be written"),
    /// An input cannot be opened or is not a capture. A file that merely ends early is not meant.
    INPUT_UNREADABLE(3, "an input cannot be read"),
    /// The interface cannot be captured on; the message says what would allow it.
    CAPTURE_IMPOSSIBLE(4, "capture not possible"),
    /// The input was read to its end and holds no RDP.
    NO_RDP(5, "no RDP found"),
    /// A mistake in this program.
    INTERNAL(70, "a mistake in this program"),
    /// The host or container has too little memory for it; the start script says the same of a Java runtime that cannot start.
    NO_MEMORY(71, "too little memory, or the Java runtime cannot start"),
    /// Ctrl-C before the input was read to its end; SIGTERM makes it 143, as a shell reports it.
    STOPPED(130, "stopped before the input was read to its end (143 by SIGTERM)"),
    /// The reader of our output went away: what a shell reports for a program ended by SIGPIPE.
    PIPE_CLOSED(141, "who read the output went away");

    private final int code;
    private final String says;

    Exit(int code, String says) {
        this.code = code;
        this.says = says;
    }

    /// What the numbers mean, for people.
    static Map<String, String> codes() {
        Map<String, String> codes = new LinkedHashMap<>();
        for (Exit exit : values()) {
            codes.put(Integer.toString(exit.code), exit.says);
        }
        return codes;
    }

    /// What the shell sees.
    public int code() {
        return code;
    }
}

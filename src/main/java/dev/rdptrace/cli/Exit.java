package dev.rdptrace.cli;

/// What the exit code says; scripts rely on the numbers.
public enum Exit {
    /// The input was analysed, whatever was found in it.
    ANALYSED(0),
    /// Analysed, and an outcome that `--fail-on` names was among the incidents.
    FAIL_ON_HIT(1),
    /// The command line cannot be understood, or an output cannot be written.
    USAGE(2),
    /// An input cannot be opened or is not a capture. A file that merely ends early is not meant.
    INPUT_UNREADABLE(3),
    /// The interface cannot be captured on; the message says what would allow it.
    CAPTURE_IMPOSSIBLE(4),
    /// The input was read to its end and holds no RDP.
    NO_RDP(5),
    /// A mistake in this program.
    INTERNAL(70),
    /// The host or container has too little memory for it; the start script says the same of a Java runtime that cannot start.
    NO_MEMORY(71),
    /// Ctrl-C before the input was read to its end; SIGTERM makes it 143, as a shell reports it.
    STOPPED(130),
    /// The reader of our output went away: what a shell reports for a program ended by SIGPIPE.
    PIPE_CLOSED(141);

    private final int code;

    Exit(int code) {
        this.code = code;
    }

    /// What the shell sees.
    public int code() {
        return code;
    }
}

package dev.rdptrace.cli;

import java.util.List;

/// A command ends here, for a reason the user can do something about. The message is one line; what
/// may help is said in more.
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Exit exit;
    private final transient List<String> advice;

    public Failure(Exit exit, String message) {
        this(exit, message, List.of());
    }

    Failure(Exit exit, String message, List<String> advice) {
        super(message, null, false, false);
        this.exit = exit;
        this.advice = List.copyOf(advice);
    }

    /// Lines below the message.
    List<String> advice() {
        return advice;
    }

    public Exit exit() {
        return exit;
    }
}

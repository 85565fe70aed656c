package dev.rdptrace.cli;

/// A command ends here, for a reason the user can do something about. The message is one line.
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Exit exit;

    public Failure(Exit exit, String message) {
        super(message, null, false, false);
        this.exit = exit;
    }

    public Exit exit() {
        return exit;
    }
}

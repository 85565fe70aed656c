package dev.rdptrace.bytes;

/// What exceptions of others say.
public final class Errors {

    private Errors() {}

    /// The message, or the name of its kind where it has none.
    public static String message(Throwable wrong) {
        String said = wrong.getMessage();
        return said != null ? said : wrong.getClass().getSimpleName();
    }
}

package dev.rdptrace.cli;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Ctrl-C asks for the end, it does not take the report away.
///
/// The JVM runs a shutdown hook when it is asked to end. The hook raises the flag, waits for the main thread to print
/// what there is, and ends the process with the exit code of the command; where it did not come to its end, with that of the
/// signal, which only the JVM knows: 130 for SIGINT, 143 for SIGTERM.
final class Interruption implements BooleanSupplier {
    /// A pipe from which nothing comes cannot be left by a flag.
    private static final long PATIENCE_MILLIS = TimeUnit.SECONDS.toMillis(5);
    /// Who has seen the flag may have a thousand open connections to judge; systemd kills after 90 seconds.
    private static final long FAREWELL_MILLIS = TimeUnit.SECONDS.toMillis(60);

    private final BooleanSupplier reading;
    private final Thread hook = new Thread(this::wind);
    private final Thread main = Thread.currentThread();
    private volatile boolean asked;
    private volatile boolean heard;
    private volatile int code = Exit.STOPPED.code();

    private Interruption(BooleanSupplier reading) {
        this.reading = reading;
    }

    /// @param reading a pager has the terminal, and Ctrl-C is for it
    static Interruption watch(BooleanSupplier reading) {
        Interruption interruption = new Interruption(reading);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    @Override
    public boolean getAsBoolean() {
        heard |= asked;
        return asked;
    }

    /// The main thread is done; with Ctrl-C or without, the process ends with `code`.
    void end(int code) {
        this.code = code;
        if (asked) {
            return;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyEnding) {
            return;
        }
        System.exit(code);
    }

    private void wind() {
        asked = true;
        try {
            do {
                main.join(PATIENCE_MILLIS);
            } while (main.isAlive() && reading.getAsBoolean());
            if (heard) {
                main.join(FAREWELL_MILLIS);
            }
        } catch (InterruptedException again) {
            Thread.currentThread().interrupt();
        }
        if (code != Exit.STOPPED.code()) {
            Runtime.getRuntime().halt(code);
        }
    }
}

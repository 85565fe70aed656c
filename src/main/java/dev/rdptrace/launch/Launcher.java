package dev.rdptrace.launch;

import java.lang.reflect.InvocationTargetException;

/**
 * Starts the program where Java is new enough, and says what is needed where it is not.
 *
 * <p>The distribution carries its own runtime; this is for those who run the jar with their own.
 */
public final class Launcher {
    private static final int NEEDED = 25;

    /** {@code EX_UNAVAILABLE} of BSD's sysexits: something the program needs is not there. */
    private static final int UNAVAILABLE = 69;

    private Launcher() {}

    public static void main(String[] arguments) throws Throwable {
        String found = System.getProperty("java.specification.version");
        if (feature(found) < NEEDED) {
            System.err.println("rdptrace needs Java " + NEEDED + ", found " + found + " at " + System.getProperty("java.home"));
            System.exit(UNAVAILABLE);
        }
        try {
            Class.forName("picocli.CommandLine");
        } catch (ClassNotFoundException alone) {
            System.err.println("rdptrace: this jar needs the libraries beside it; start bin/rdptrace of the folder rdptrace instead");
            System.exit(UNAVAILABLE);
        }
        try {
            Class.forName("dev.rdptrace.cli.Main").getMethod("main", String[].class).invoke(null, (Object) arguments);
        } catch (InvocationTargetException broken) {
            throw broken.getCause();
        }
    }

    /** Java 8 calls itself 1.8, everything newer by its number. */
    private static int feature(String specification) {
        return specification.startsWith("1.") ? 8 : Integer.parseInt(specification);
    }
}

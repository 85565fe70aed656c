package dev.rdptrace.diagnosis;

import java.util.Locale;
import java.util.Set;

/// Programs that ask for no session, known by what they write into the field for the user's name.
public final class Scanners {
    private static final Set<String> NAMES = Set.of("nmap", "hello", "test", "masscan", "zgrab");

    private Scanners() {}

    /// Only together with a connection that asks nothing more: people have such names, too.
    public static boolean isName(String cookieName) {
        return NAMES.contains(cookieName.toLowerCase(Locale.ROOT));
    }
}

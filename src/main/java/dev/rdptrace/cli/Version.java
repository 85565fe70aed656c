package dev.rdptrace.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/// The version of this program, as the build wrote it.
public final class Version implements IVersionProvider {
    /// Set by the start script.
    private static final String BUILD = "rdptrace.build";

    /// `0.1.0`.
    public static String number() {
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version");
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /// `rdptrace 0.1.0 (2a2735e, 2026-11-30)`: with the commit and its day, where the build knew them.
    static String line() {
        String build = System.getProperty(BUILD, "");
        return "rdptrace " + number() + (build.isEmpty() ? "" : " (" + build + ")");
    }

    /// The commit it was built of, `2a2735e`; `2a2735e+` where not all of it was committed, empty where the build did not know.
    static String revision() {
        return System.getProperty(BUILD, "").replaceFirst(",.*", "");
    }

    @Override
    public String[] getVersion() {
        return new String[] {line()};
    }
}

package dev.rdptrace.live;

import dev.rdptrace.bytes.Errors;
import java.util.ArrayList;
import java.util.List;

/// What works here and what does not, found out by trying.
public final class Doctor {
    private Doctor() {}

    /// @param works what was tried
    /// @param what it was: `libpcap through java.lang.foreign`
    /// @param detail how it went, one line
    public record Check(boolean works, String what, String detail) {}

    /// Both readers: can they be loaded, and can they open an interface?
    public static List<Check> readers() {
        List<Check> checks = new ArrayList<>();
        String name = tryOn();
        check(checks, "reader libpcap", LiveOptions.Choice.LIBPCAP, name);
        check(checks, "reader pcap4j", LiveOptions.Choice.PCAP4J, name);
        return List.copyOf(checks);
    }

    private static void check(List<Check> checks, String what, LiveOptions.Choice choice, String name) {
        LiveOptions usual = LiveOptions.on(List.of(name));
        LiveOptions options = new LiveOptions(usual.interfaces(), "", usual.snapLength(), 2 << 20, false, choice, 0);
        try (LiveSource source = LiveSource.open(options, _ -> {})) {
            checks.add(new Check(true, what, source.reader() + "; opened " + name));
        } catch (LiveException refused) {
            checks.add(new Check(false, what, Errors.message(refused)));
        }
    }

    /// An interface that is up, the loopback rather than none.
    private static String tryOn() {
        try {
            List<Interfaces.Interface> all = Interfaces.list();
            for (Interfaces.Interface one : all) {
                if (one.isUp() && !one.name().equals("any")) {
                    return one.name();
                }
            }
        } catch (LiveException unknown) {
            return "lo";
        }
        return "lo";
    }
}

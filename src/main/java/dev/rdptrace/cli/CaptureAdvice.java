package dev.rdptrace.cli;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.live.LiveException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What to do when a capture is not possible: one message, and lines to copy.
final class CaptureAdvice {
    private static final List<Path> DUMPCAP = List.of(Path.of("/usr/bin/dumpcap"), Path.of("/usr/local/bin/dumpcap"),
            Path.of("/usr/sbin/dumpcap"));

    private CaptureAdvice() {}

    /// @param arguments of the command that failed, for lines that repeat it: `live -i eth0`
    static Failure failure(LiveException impossible, String arguments, List<String> interfaces) {
        return new Failure(Exit.CAPTURE_IMPOSSIBLE, Errors.message(impossible), advice(impossible.reason(), arguments, interfaces));
    }

    private static List<String> advice(LiveException.Reason reason, String arguments, List<String> interfaces) {
        return switch (reason) {
            case NO_LIBRARY -> library();
            case NO_RIGHTS -> rights(arguments, interfaces);
            case NO_SUCH_INTERFACE -> List.of("These can be captured on:", "  rdptrace interfaces");
            case INTERFACE_DOWN, BAD_FILTER, OTHER -> List.of();
        };
    }

    static List<String> library() {
        String system = System.getProperty("os.name", "");
        if (system.startsWith("Windows")) {
            List<String> lines = new ArrayList<>(List.of("Install Npcap from https://npcap.com, or capture without it:"));
            lines.addAll(pktmon("rdptrace rdp.pcapng"));
            return List.copyOf(lines);
        }
        return List.of("Any of these installs it:", "  sudo apt-get install libpcap0.8", "  sudo dnf install libpcap");
    }

    /// What Windows has without any installation, in a command line of an administrator.
    ///
    /// @param then what is done with the capture
    static List<String> pktmon(String then) {
        return List.of("  pktmon start --capture --comp nics --pkt-size 0 --file-name rdp.etl", "  pktmon stop",
                "  pktmon etl2pcap rdp.etl --out rdp.pcapng", "  " + then);
    }

    /// The ways to the rights, those first that need nothing to be installed or changed.
    static List<String> rights(String arguments, List<String> interfaces) {
        if (System.getProperty("os.name", "").startsWith("Windows")) {
            return List.of("Start it from a command line that was opened with \"Run as administrator\".");
        }
        String wanted = interfaces.isEmpty() ? "any" : interfaces.getFirst();
        List<String> lines = new ArrayList<>();
        lines.add("Any of these gives it, the first two without touching the system:");
        lines.add("  sudo rdptrace " + arguments);
        lines.add("  sudo setpriv --reuid \"$(id -u)\" --regid \"$(id -g)\" --init-groups --inh-caps +net_raw,+net_admin"
                + " --ambient-caps +net_raw,+net_admin rdptrace " + arguments);
        if (DUMPCAP.stream().anyMatch(Files::isExecutable)) {
            lines.add("  dumpcap -q -i " + wanted + " -w - | rdptrace live -r -");
        } else if (DUMPCAP.stream().anyMatch(Files::exists)) {
            lines.add("  sudo usermod -aG wireshark \"$USER\"   # log in again, then: dumpcap -q -i " + wanted
                    + " -w - | rdptrace live -r -");
        } else {
            lines.add("  sudo tcpdump -U -i " + wanted + " -w - | rdptrace live -r -");
        }
        lines.add("Giving capabilities to the java program itself with setcap does not work: it then finds its libraries no more.");
        return List.copyOf(lines);
    }
}

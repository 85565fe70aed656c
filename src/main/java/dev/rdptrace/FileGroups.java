package dev.rdptrace;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Files of one command line that have nothing to do with each other, and sets of files into which one recording was cut. Only files whose
/// names differ in digits are looked at, and only those that follow each other on the same interface are joined.
public final class FileGroups {
    /// A file of a set begins with the packet behind the last one of the file before it.
    private static final long SEAM_NANOS = 2_000_000_000L;
    /// Where the names themselves say that it is a set, no packet may have come for a while.
    private static final long PAUSE_NANOS = 600_000_000_000L;
    /// As dumpcap and tcpdump name the files of a set: `x_00001_20261123082738.pcapng`, `x.pcap1`.
    private static final Pattern ROTATED = Pattern.compile(".*(_\\d{5}_\\d{14}\\..*|\\.p?cap(ng)?\\d+)");

    /// What a file holds of a recording.
    ///
    /// @param first time of its earliest frame, and `last` of its latest, nanoseconds since 1970
    /// @param networks its interfaces
    public record Stretch(String file, long first, long last, List<String> networks) {
        /// Of the only file that these facts are about.
        public static Stretch of(CaptureFacts facts) {
            CaptureFacts.FileFacts one = facts.files().getFirst();
            return new Stretch(one.path(), one.firstNanos(), one.lastNanos(), facts.interfaces().stream().map(FileGroups::network)
                    .toList());
        }

        /// Of a file that cannot be read: whoever judges it says what is wrong with it.
        public static Stretch unreadable(String file) {
            return new Stretch(file, Long.MIN_VALUE / 2, Long.MIN_VALUE / 2, List.of(file));
        }

        boolean leadsTo(Stretch next) {
            long most = ROTATED.matcher(file).matches() && ROTATED.matcher(next.file).matches() ? PAUSE_NANOS : SEAM_NANOS;
            return networks.equals(next.networks) && next.first - last >= -SEAM_NANOS && next.first - last <= most;
        }
    }

    /// Also the files of a ring buffer (`trace.pcap0`, `trace.pcap1`) and compressed ones.
    private static final Pattern CAPTURE_NAME =
            Pattern.compile(".*\\.(pcap|pcapng|cap|ntar|snoop|dmp)\\d*(\\.(gz|zst|lz4|xz))?");

    private FileGroups() {}

    /// Is this the name of a capture file, as those in a folder are known?
    public static boolean isCapture(String name) {
        return CAPTURE_NAME.matcher(name.toLowerCase(Locale.ROOT)).matches();
    }

    /// The recordings that `files` make, each with its files in order of time, in the order in which the first of each was named.
    public static List<List<String>> recordings(List<String> files) {
        return recordings(files, FileGroups::stretch);
    }

    /// The same of files that somebody has read already.
    ///
    /// @param read asked for files only that may belong together
    public static List<List<String>> recordings(List<String> files, Function<String, Stretch> read) {
        Map<String, List<String>> families = new LinkedHashMap<>();
        files.forEach(file -> families.computeIfAbsent(family(file), _ -> new ArrayList<>()).add(file));
        List<List<String>> recordings = new ArrayList<>();
        for (List<String> family : families.values()) {
            if (family.size() == 1) {
                recordings.add(family);
            } else {
                join(family.stream().map(read), recordings);
            }
        }
        return recordings;
    }

    private static void join(Stream<Stretch> family, List<List<String>> recordings) {
        List<Stretch> stretches = new ArrayList<>(family.toList());
        stretches.sort(Comparator.comparingLong(Stretch::first));
        Stretch before = null;
        for (Stretch next : stretches) {
            if (before != null && before.leadsTo(next)) {
                recordings.getLast().add(next.file);
            } else {
                recordings.add(new ArrayList<>(List.of(next.file)));
            }
            before = next;
        }
    }

    private static Stretch stretch(String file) {
        try (PacketSource source = Captures.open(List.of(file), InputStream.nullInputStream())) {
            Frame frame = new Frame();
            while (source.next(frame)) {
                // only its time is asked for
            }
            return Stretch.of(source.facts());
        } catch (IOException unreadable) {
            return Stretch.unreadable(file);
        }
    }

    private static String network(InterfaceFacts network) {
        return network.linkType() + " " + network.name() + " " + network.snapLength();
    }

    private static String family(String path) {
        int folder = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1;
        return path.substring(0, folder) + path.substring(folder).replaceAll("[0-9]+", "");
    }
}

package dev.rdptrace;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.net.Verdict;
import java.io.Serializable;

/// What is known of a file that was read, beside the packets that were kept of it.
///
/// @param path as the user gave it
/// @param unreadable why nothing could be read of it, empty where it could
/// @param facts what the file says about itself
/// @param frames all
/// @param leftOut frames that were left out, by [Verdict] in its order
/// @param firstNanos by interface, [Long#MAX_VALUE] where no frame came by it
/// @param lastNanos by interface, [Long#MIN_VALUE] where no frame came by it
/// @param latestNanos of the file
/// @param cleared what TLS carries was left out, which is right where nothing opens it
/// @param whole why packets must not be left out of it after all, empty where they may
public record FileFindings(String path, String unreadable, CaptureFacts facts, long frames, long[] leftOut, long[] firstNanos,
        long[] lastNanos, long latestNanos, boolean cleared, String whole) implements Serializable {

    public static FileFindings unreadable(String path, String why) {
        return new FileFindings(path, why, Analyzer.NO_FACTS, 0, new long[Verdict.values().length], new long[0], new long[0],
                Long.MIN_VALUE, false, "");
    }

    public boolean readable() {
        return unreadable.isEmpty();
    }

    FileGroups.Stretch stretch() {
        return readable() ? FileGroups.Stretch.of(facts) : FileGroups.Stretch.unreadable(path);
    }
}

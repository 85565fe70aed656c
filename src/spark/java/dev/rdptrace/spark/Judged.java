package dev.rdptrace.spark;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What comes of judging a recording: one of its tries, a connection that another recording holds too and whose try is told when that
/// was heard, or why it could not be judged by what was kept of it.
///
/// @param row a try
/// @param seen a connection
/// @param missing by the place of a file in the recording, flows of which more is needed, and whether all they carry is
/// @param whole why its files themselves must be read
/// @param failed why it cannot be read at all
record Judged(int recording, @Nullable ArchivedTry row, @Nullable Seen seen, HashMap<Integer, Map<Long, Boolean>> missing, String whole,
        String failed) implements Serializable {

    static Judged row(int recording, ArchivedTry row) {
        return new Judged(recording, row, null, new HashMap<>(), "", "");
    }

    static Judged seen(Seen one) {
        return new Judged(one.recording(), null, one, new HashMap<>(), "", "");
    }

    /// It has come to no end.
    boolean open() {
        return row == null && seen == null;
    }

    static Judged missing(int recording, Map<Integer, Map<Long, Boolean>> flows) {
        return new Judged(recording, null, null, new HashMap<>(flows), "", "");
    }

    static Judged whole(int recording, String why) {
        return new Judged(recording, null, null, new HashMap<>(), why, "");
    }

    static Judged failed(int recording, String why) {
        return new Judged(recording, null, null, new HashMap<>(), "", why);
    }
}

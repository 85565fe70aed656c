package dev.rdptrace.watch;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Tells like verdicts one by one as long as they are few, and counts the others of a minute.
public final class Repeats {
    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final int most;
    private final Consumer<String> notices;
    private final Map<String, Integer> ofThisMinute = new TreeMap<>();
    private long began;
    private long counted;

    /// @param most of a kind in a minute
    /// @param notices one line for each kind of which there were more
    public Repeats(int most, Consumer<String> notices, long now) {
        this.most = most;
        this.notices = notices;
        began = now;
    }

    /// Is the next one of this kind to be told?
    ///
    /// @param kind of a bounded number
    public boolean tells(String kind) {
        boolean few = ofThisMinute.merge(kind, 1, Integer::sum) <= most;
        counted += few ? 0 : 1;
        return few;
    }

    /// Says what was only counted, once a minute is over.
    public void look(long now) {
        if (now - began >= MINUTE_NANOS) {
            began = now;
            end();
        }
    }

    /// Says it now.
    public void end() {
        ofThisMinute.forEach((kind, count) -> {
            if (count > most) {
                notices.accept(count - most + " more of [" + kind + "] within a minute were counted and not told");
            }
        });
        ofThisMinute.clear();
    }

    /// All that were not told.
    public long counted() {
        return counted;
    }
}

package dev.rdptrace.session;

import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.TlsFacts.AlertSeen;
import dev.rdptrace.wire.tls.Alert;
import java.util.ArrayList;
import java.util.List;

/// The alerts of one connection: in the clear, opened with keys, or known by their size alone.
final class TlsAlerts {
    private static final int LIMIT = 8;
    /// An alert of TLS 1.3: two bytes, the inner type and the tag.
    private static final int SEALED_13 = 19;

    private final EventLog story;
    private final SizeReader sizes;
    private List<AlertSeen> seen = List.of();

    TlsAlerts(EventLog story, SizeReader sizes) {
        this.story = story;
        this.sizes = sizes;
    }

    /// Nothing else that is sealed by TLS 1.3 is so short.
    static boolean isSealed13(int length) {
        return length == SEALED_13;
    }

    /// @param afterFinished the handshake is complete
    void inTheClear(Moment at, Side from, Alert alert, boolean afterFinished) {
        add(new AlertSeen(at, from, alert.level(), alert.code(), !afterFinished), Phase.TLS);
    }

    void sealed(Moment at, Side from, boolean afterFinished) {
        add(new AlertSeen(at, from, -1, -1, !afterFinished), afterFinished ? Phase.CREDSSP : Phase.TLS);
        if (afterFinished) {
            sizes.accept(new SizedRecord(at, from, 2, 2, true));
        }
    }

    void opened(Moment at, Side from, Alert alert, boolean afterFinished) {
        inTheClear(at, from, alert, afterFinished);
        if (afterFinished) {
            sizes.follow(new SizedRecord(at, from, 2, 2, true));
        }
    }

    private void add(AlertSeen alert, Phase phase) {
        story.event(alert.at(), alert.from(), Kind.TLS_ALERT, phase, alert);
        if (seen.isEmpty()) {
            seen = new ArrayList<>(1);
        }
        if (seen.size() < LIMIT) {
            seen.add(alert);
        }
    }

    boolean anyFrom(Side side) {
        return seen.stream().anyMatch(alert -> alert.from() == side);
    }

    List<AlertSeen> all() {
        return List.copyOf(seen);
    }
}

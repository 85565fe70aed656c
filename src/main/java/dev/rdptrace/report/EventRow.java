package dev.rdptrace.report;

import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One line of the ladder: what happened, or how many things that do not matter.
///
/// @param event none where some are left out
/// @param at of the event; of the last one left out
/// @param deciding one of the packets that decided the verdict
/// @param left events left out here, 0 for an event
record EventRow(Optional<Event> event, Moment at, String says, boolean deciding, int left) {
    private static final int MOST = 8;
    private static final int FIRST = 3;

    /// As [Event#from], empty where events are left out.
    String from() {
        return event.map(Event::from).orElse("");
    }

    boolean is(Event.Kind kind) {
        return event.isPresent() && event.get().kind() == kind;
    }

    /// Everything that happened.
    static List<EventRow> all(JudgedAttempt diagnosis, List<Long> deciding) {
        return diagnosis.attempt().events().stream().map(event -> of(event, deciding)).toList();
    }

    /// What matters: of the phases that worked their result, of the last one everything that is no repetition.
    static List<EventRow> milestones(JudgedAttempt diagnosis, List<Long> deciding) {
        Attempt attempt = diagnosis.attempt();
        List<Event> events = attempt.events();
        Phase last = diagnosis.verdict().phase();
        List<EventRow> rungs = new ArrayList<>();
        int left = 0;
        for (int i = 0; i < events.size(); i++) {
            Event event = events.get(i);
            boolean decides = deciding.contains(event.at().frame());
            if (diagnosis.outcome() == Outcome.ESTABLISHED && !deciding.isEmpty() && event.at().frame() > deciding.getLast()) {
                break; // how both sides close after the good-bye
            }
            boolean passed = event.phase().compareTo(last) < 0 && brief(event.phase()) && !alarms(event.kind())
                    && followedBySamePhase(events, i);
            boolean repeated = event.what() instanceof Happening.Syn(var times) && times > 0
                    || event.kind() == Event.Kind.TCP_RETRANSMISSION;
            if (passed && !repeated) {
                continue;
            }
            if (repeated && !decides) {
                left++;
                continue;
            }
            if (left > 0) {
                rungs.add(leftOut(left, event.at(), "repeated"));
                left = 0;
            }
            rungs.add(of(event, deciding));
        }
        if (left > 0 && diagnosis.outcome() != Outcome.ESTABLISHED) {
            rungs.add(leftOut(left, attempt.last(), "repeated"));
        }
        return shortened(rungs);
    }

    private static EventRow of(Event event, List<Long> deciding) {
        return new EventRow(Optional.of(event), event.at(), EventText.of(event).says(), deciding.contains(event.at().frame()), 0);
    }

    private static EventRow leftOut(int count, Moment before, String what) {
        return new EventRow(Optional.empty(), before, "… " + count + " " + what, false, count);
    }

    private static List<EventRow> shortened(List<EventRow> rungs) {
        if (rungs.size() <= MOST) {
            return rungs;
        }
        int skipped = 0;
        while (skipped <= rungs.size() - MOST && !rungs.get(FIRST + skipped).deciding()) {
            skipped++;
        }
        if (skipped < 2) {
            return rungs;
        }
        List<EventRow> few = new ArrayList<>(rungs.subList(0, FIRST));
        few.add(leftOut(skipped, rungs.get(FIRST + skipped - 1).at(), "more, -v shows them"));
        few.addAll(rungs.subList(FIRST + skipped, rungs.size()));
        return few;
    }

    private static boolean followedBySamePhase(List<Event> events, int index) {
        for (int i = index + 1; i < events.size(); i++) {
            if (events.get(i).phase() == events.get(index).phase() && !alarms(events.get(i).kind())) {
                return true;
            }
        }
        return false;
    }

    /// Phases whose single messages say little once they worked.
    private static boolean brief(Phase phase) {
        return switch (phase) {
            case TCP, CREDSSP, RDSTLS, AAD, MCS, SECURITY, INFO, LICENSING, ACTIVATION -> true;
            case NAME, X224, TLS, SESSION, UDP, GATEWAY -> false;
        };
    }

    private static boolean alarms(Event.Kind kind) {
        return switch (kind) {
            case TCP_RST, TCP_GAP, TCP_ZERO_WINDOW, ICMP, TLS_ALERT, ERROR_INFO, DISCONNECT, UNEXPECTED, SILENCE -> true;
            case TCP_SYN, TCP_SYN_ACK, TCP_ESTABLISHED, TCP_FIN, TCP_RETRANSMISSION, FIRST_BYTES, X224, TLS_HELLO, TLS_HANDSHAKE,
                    TLS_DONE, CREDSSP, RDSTLS, AAD, MCS, SECURITY, LICENSE, SHARE, GATEWAY, UDP -> false;
        };
    }
}

package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Receipts;
import dev.rdptrace.timeline.ResetFacts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What whoever ended a connection had received by then. A FIN, a reset with ACK and every message say so by their
/// acknowledgement number (RFC 9293 3.4). A close is an answer to nothing that its sender had not received.
///
/// @param attempt the connection without the steps that had not reached the one who ended it
/// @param crossed those steps, in the order of the protocol
/// @param doubtful the last message of the other side had time enough to arrive, and yet the close does not acknowledge it
record Knowledge(Attempt attempt, List<Step> crossed, boolean doubtful) {
    /// A reset without ACK does not say what it answers; sooner than this part of a round trip it cannot answer a packet.
    private static final double HALF_WAY = 0.6;
    /// So many round trips are time enough for a packet that was not sent again.
    private static final double AMPLE = 8;

    Knowledge {
        crossed = List.copyOf(crossed);
    }

    static Knowledge of(Attempt seen, Ending ending) {
        Attempt attempt = sessionUnheard(seen) ? without(seen, List.of(Step.FONT_MAP)) : seen;
        Side closer = ending.byServer() ? Side.SERVER : ending.byClient() ? Side.CLIENT : null;
        if (closer == null || attempt.tcp().oneDirection()) {
            return new Knowledge(attempt, List.of(), false);
        }
        boolean doubtful = false;
        List<Step> crossed = new ArrayList<>();
        for (Map.Entry<Step, Moment> taken : attempt.steps().entrySet()) {
            Moment at = taken.getValue();
            if (!sent(attempt, closer.other(), taken.getKey(), at) || received(attempt, ending, closer, at)) {
                continue;
            }
            if (closer == Side.SERVER && hadTime(attempt, ending, at)) {
                doubtful = true;
            } else {
                crossed.add(taken.getKey());
            }
        }
        if (crossed.isEmpty()) {
            return new Knowledge(attempt, crossed, doubtful);
        }
        crossed.sort(null);
        return new Knowledge(without(attempt, crossed), crossed, doubtful);
    }

    private static Attempt without(Attempt attempt, List<Step> steps) {
        Map<Step, Moment> known = new EnumMap<>(attempt.steps());
        steps.forEach(known::remove);
        return attempt.withSteps(Collections.unmodifiableMap(known));
    }

    /// The server said that the session begins, or something before that, again and again, and the client never acknowledged it: for
    /// the client there was no session.
    private static boolean sessionUnheard(Attempt attempt) {
        return attempt.sessionUp() && attempt.tcp().server().loss().unacknowledged().stream()
                .anyMatch(lost -> lost.inVain() && lost.first().frame() <= attempt.at(Step.FONT_MAP).frame());
    }

    /// Sent once, long before, on a quick path: it has arrived, though the close does not say so, unless it was the one packet lost.
    private static boolean hadTime(Attempt attempt, Ending ending, Moment at) {
        double roundTrip = attempt.tcp().rttNanos() / 1e9;
        boolean again = attempt.tcp().client().loss().unacknowledged().stream()
                .anyMatch(lost -> lost.first().frame() == at.frame() && lost.transmissions() > 1);
        return roundTrip > 0 && !again && ending.at().secondsSince(at) >= AMPLE * roundTrip;
    }

    /// Was the packet that completed `step` one of `side`?
    private static boolean sent(Attempt attempt, Side side, Step step, Moment at) {
        if (step == Step.SYN || step == Step.SYN_ACK || step == Step.ESTABLISHED) {
            return false;
        }
        boolean own = attempt.tcp().half(side).receipts().holds(at.frame());
        return own || step.from() == side && !attempt.tcp().half(side.other()).receipts().holds(at.frame());
    }

    private static boolean received(Attempt attempt, Ending ending, Side closer, Moment at) {
        long by = attempt.tcp().half(closer.other()).receipts().of(at.frame());
        if (by == Receipts.UNKNOWN) {
            return at.frame() < ending.at().frame();
        }
        if (by <= ending.at().frame()) {
            return true;
        }
        Optional<ResetFacts> reset = ending.how() == Closing.RST ? ending.reset().map(Attribution::reset) : Optional.empty();
        if (reset.isEmpty()) {
            return false;
        }
        if (reset.get().header().hasAck()) {
            return at.frame() < ending.at().frame() && (reset.get().before().firstUncovered() == 0 || reset.get().before()
                    .firstUncovered() > at.frame());
        }
        double roundTrip = Math.max(0, attempt.tcp().rttNanos() / 1e9);
        return ending.at().secondsSince(at) >= roundTrip * HALF_WAY;
    }
}

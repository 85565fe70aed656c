package dev.rdptrace.diagnosis.rules;

import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.util.Optional;

/// A question of the client that the server answered late although nothing had to be sent twice.
record SlowStep(Step question, Step answer, double seconds) {

    private static final Step[][] PAIRS = {{Step.REQUEST, Step.CONFIRM}, {Step.CLIENT_HELLO, Step.SERVER_HELLO},
            {Step.TOKEN, Step.CHALLENGE},
            {Step.AUTHENTICATE, Step.ACCEPTED}, {Step.AUTHENTICATE, Step.REFUSED}, {Step.CONNECT_INITIAL, Step.CONNECT_RESPONSE},
            {Step.CLIENT_INFO, Step.LICENSE}, {Step.CLIENT_INFO, Step.DEMAND_ACTIVE}};

    static Optional<SlowStep> longest(Case c) {
        SlowStep longest = null;
        double rtt = Math.max(0, c.attempt().tcp().rttNanos() / 1e9);
        boolean lossy = c.attempt().tcp().half(Side.SERVER).traffic().lossRepairs()
                + c.attempt().tcp().half(Side.SERVER).traffic().retransmissions() > 2;
        for (Step[] pair : PAIRS) {
            Moment question = c.at(pair[0]);
            Moment answer = c.at(pair[1]);
            if (question.seen() && answer.seen()) {
                double seconds = answer.secondsSince(question) - rtt;
                if (seconds > Limits.SLOW_ANSWER_SECONDS && !lossy && (longest == null || seconds > longest.seconds())) {
                    longest = new SlowStep(pair[0], pair[1], seconds);
                }
            }
        }
        return Optional.ofNullable(longest);
    }
}

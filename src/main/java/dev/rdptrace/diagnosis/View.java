package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;

/// What one capture makes of a connection, as far as it matters where another capture holds it too.
///
/// @param verdict on the connection
/// @param phase that it had come to
/// @param connected TCP's handshake was seen to its end
/// @param up the session was
/// @param clientHello seen
/// @param serverHello when it came, by the clock of that capture
public record View(Finding verdict, Phase phase, boolean connected, boolean up, boolean clientHello, Moment serverHello) {

    public static View of(JudgedAttempt judged) {
        Attempt attempt = judged.attempt();
        return new View(judged.verdict(), attempt.phase(), attempt.reached(Step.ESTABLISHED), attempt.sessionUp(),
                attempt.reached(Step.CLIENT_HELLO), attempt.at(Step.SERVER_HELLO));
    }
}

package dev.rdptrace.diagnosis;

import dev.rdptrace.bytes.Printable;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.wire.field.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a rule found: one sentence, and the fields of a verdict.
///
/// @param signature what was found
/// @param outcome what it makes of the attempt
/// @param says one sentence for people, without a full stop; made safe to show
/// @param frames the deciding packets
/// @param reason the code with which a peer gave it
public record Finding(Signature signature, Outcome outcome, String says, Phase phase, Culprit side, Confidence confidence, Culprit closedBy,
        Closing how, List<Long> frames, Optional<Code> reason) {

    public Finding {
        says = Printable.sentence(says);
        frames = List.copyOf(frames);
    }

    public Finding(Signature signature, Outcome outcome, String says, Phase phase, Culprit side, Confidence confidence, Culprit closedBy,
            Closing how, List<Long> frames) {
        this(signature, outcome, says, phase, side, confidence, closedBy, how, frames, Optional.empty());
    }

    public String id() {
        return signature.id();
    }

    public boolean is(Signature other) {
        return signature.equals(other);
    }

    public Finding with(Outcome other) {
        return new Finding(signature, other, says, phase, side, confidence, closedBy, how, frames, reason);
    }

    public Finding with(Phase other) {
        return new Finding(signature, outcome, says, other, side, confidence, closedBy, how, frames, reason);
    }

    public Finding with(Confidence other) {
        return new Finding(signature, outcome, says, phase, side, other, closedBy, how, frames, reason);
    }

    public Finding saying(String other) {
        return new Finding(signature, outcome, other, phase, side, confidence, closedBy, how, frames, reason);
    }

    public Finding blaming(Culprit other) {
        return new Finding(signature, outcome, says, phase, other, confidence, closedBy, how, frames, reason);
    }

    public Finding closed(Culprit by, Closing manner) {
        return new Finding(signature, outcome, says, phase, side, confidence, by, manner, frames, reason);
    }

    public Finding because(Code code) {
        return new Finding(signature, outcome, says, phase, side, confidence, closedBy, how, frames, Optional.of(code));
    }

    /// Adds deciding packets; moments never seen are left out.
    public Finding at(Moment... moments) {
        List<Long> all = new ArrayList<>(frames);
        for (Moment moment : moments) {
            if (moment.seen() && !all.contains(moment.frame())) {
                all.add(moment.frame());
            }
        }
        all.sort(null);
        return new Finding(signature, outcome, says, phase, side, confidence, closedBy, how, all, reason);
    }
}

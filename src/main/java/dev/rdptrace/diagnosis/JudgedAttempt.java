package dev.rdptrace.diagnosis;

import dev.rdptrace.bytes.Printable;
import dev.rdptrace.timeline.Attempt;
import java.util.List;

/// One attempt with its verdict.
///
/// @param verdict the headline
/// @param runnersUp what else was found, best first, and what separated it
/// @param unclear rules that the capture could not decide
/// @param warnings true, worth knowing, not the cause
/// @param fitness what the capture cannot prove
/// @param lastGood the last step that worked, in words, with its frame; frame 0 if none did
/// @param firstMissing the step that did not come
public record JudgedAttempt(Attempt attempt, Ending ending, Finding verdict, List<RunnerUp> runnersUp, List<Unknown> unclear,
        List<Warning> warnings, List<Fitness> fitness, Milestone lastGood, Missing firstMissing) {

    public record RunnerUp(Signature signature, String says, String because) {
        public RunnerUp {
            says = Printable.sentence(says);
            because = Printable.sentence(because);
        }

        public String id() {
            return signature.id();
        }

        public boolean is(Signature other) {
            return signature.equals(other);
        }
    }

    public record Warning(Signature signature, String says, List<Long> frames) {
        public Warning {
            says = Printable.sentence(says);
        }

        public String id() {
            return signature.id();
        }

        public boolean is(Signature other) {
            return signature.equals(other);
        }
    }

    /// A question that this capture does not answer.
    ///
    /// @param rule what could have been found; `headers` where packets end before their headers do
    public record Unknown(String rule, String because) {
        public Unknown {
            because = Printable.sentence(because);
        }

        @Override
        public String toString() {
            return rule + ": " + because;
        }
    }

    /// @param frame 0 if there is none
    public record Milestone(long frame, String says) {}

    /// @param from empty if nothing is missing
    public record Missing(String from, String says, double waitedSeconds) {}

    public Outcome outcome() {
        return verdict.outcome();
    }
}

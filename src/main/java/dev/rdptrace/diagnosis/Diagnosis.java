package dev.rdptrace.diagnosis;

import dev.rdptrace.bytes.Printable;
import dev.rdptrace.timeline.Attempt;
import java.util.List;

/// One attempt with its verdict.
///
/// @param verdict the headline
/// @param runnersUp what else was found, best first, and what separated it
/// @param unclear rules that the capture could not decide: id and reason
/// @param warnings true, worth knowing, not the cause
/// @param fitness what the capture cannot prove
/// @param lastGood the last step that worked, in words, with its frame; frame 0 if none did
/// @param firstMissing the step that did not come
public record Diagnosis(Attempt attempt, Ending ending, Finding verdict, List<RunnerUp> runnersUp, List<String> unclear,
        List<Warning> warnings, List<Fitness> fitness, Milestone lastGood, Missing firstMissing) {

    public record RunnerUp(String id, String says, String because) {
        public RunnerUp {
            says = Printable.sentence(says);
            because = Printable.sentence(because);
        }
    }

    public record Warning(String id, String says, List<Long> frames) {
        public Warning {
            says = Printable.sentence(says);
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

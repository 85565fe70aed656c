package dev.rdptrace.diagnosis;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.JudgedAttempt.Milestone;
import dev.rdptrace.diagnosis.JudgedAttempt.Missing;
import dev.rdptrace.diagnosis.JudgedAttempt.RunnerUp;
import dev.rdptrace.diagnosis.JudgedAttempt.Unknown;
import dev.rdptrace.diagnosis.JudgedAttempt.Warning;
import dev.rdptrace.diagnosis.rules.Rules;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Asks every rule and ranks what they found.
public final class Judge {

    private Judge() {}

    public static JudgedAttempt judge(Attempt attempt, Surroundings surroundings) {
        Case c = new Case(attempt, surroundings);
        List<Ranked> heard = new ArrayList<>();
        List<Unknown> unclear = new ArrayList<>();
        for (Rule<Case> rule : Rules.ATTEMPT) {
            switch (rule.check().apply(c)) {
                case Answer.Found(var finding) -> heard.add(new Ranked(rule, humble(rule, finding)));
                case Answer.Unclear(var because) -> unclear.add(new Unknown(rule.name().id(), because));
                case Answer.Clear _,Answer.Noted _ -> {}
            }
        }
        List<Fitness> fitness = Fitness.of(c);
        boolean unfit = fitness.stream().anyMatch(Fitness::decisive);
        if (unfit) {
            heard.removeIf(h -> h.rule().weight() != Rule.Weight.MESSAGE && h.finding().outcome() != Outcome.ESTABLISHED
                    || h.finding().outcome() == Outcome.ESTABLISHED && attempt.midStart());
        }
        if (surroundings.headersCut()) {
            heard.removeIf(h -> h.rule().weight() == Rule.Weight.ABSENCE);
            unclear.add(new Unknown("headers", "packets are cut before their headers end, an answer may be among them"));
        }
        if (attempt.midStart() && attempt.x224().request().isEmpty() && attempt.x224().confirm().isEmpty()) {
            heard.clear();
        }
        List<Ranked> ranked = Ranked.inOrder(heard);
        Finding verdict = ranked.isEmpty() ? undetermined(c, fitness, unclear) : crossing(c, doubted(c, ranked.getFirst().finding()));
        verdict = withWordsOfReset(c, verdict);
        List<RunnerUp> runnersUp = new ArrayList<>();
        for (int i = 1; i < ranked.size() && runnersUp.size() < 4; i++) {
            Ranked other = ranked.get(i);
            if (!other.finding().is(verdict.signature())) {
                runnersUp.add(new RunnerUp(other.finding().signature(), other.finding().says(), ranked.getFirst().because(other)));
            }
        }
        return new JudgedAttempt(attempt, c.ending(), verdict, List.copyOf(runnersUp), List.copyOf(unclear), warnings(c.asSeen(), verdict),
                List.copyOf(fitness), lastGood(c), firstMissing(c, verdict));
    }

    /// That something did not come is seen at one place only; whose doing it is, is inferred.
    private static Finding humble(Rule<Case> rule, Finding finding) {
        boolean absence = rule.weight() == Rule.Weight.ABSENCE && finding.confidence() == Confidence.SEEN;
        return absence ? finding.with(Confidence.STRONGLY_SUGGESTED) : finding;
    }

    /// One sign alone says that the reset is not the end's own: too little to call it forged, too much to be sure. So is a bare one: a
    /// program's has an ACK, and without it systems answer for a connection that they do not know (RFC 9293 3.5.2, 3.10.7.1).
    private static Finding doubted(Case c, Finding verdict) {
        boolean own = verdict.how() == Closing.RST && c.ending().how() == Closing.RST && verdict.closedBy() == c.ending().by();
        if (!own || verdict.confidence() != Confidence.SEEN) {
            return verdict;
        }
        Attribution judged = c.ending().reset().orElseThrow();
        boolean bare = !judged.reset().header().hasAck() && c.connected() && !judged.reset().afterOwnFin() && !judged.reset()
                .afterPeerFin();
        if (!judged.undecided() && !bare) {
            return verdict;
        }
        return verdict.saying(verdict.says() + (judged.undecided() ? "; one sign speaks against the " + verdict.closedBy()
                + " itself having sent the reset: " + judged.signs().getFirst()
                : "; the reset has no ACK, as the " + verdict.closedBy()
                        + "'s system writes it where it does not know the connection any more, whoever ended it there"))
                .with(Confidence.STRONGLY_SUGGESTED);
    }

    /// What was on its way when the connection was ended had no part in it, and a close that does not acknowledge what it seems
    /// to answer may have another reason.
    private static Finding crossing(Case c, Finding verdict) {
        boolean theEnd = verdict.closedBy() == c.ending().by() && verdict.how() == c.ending().how() && !c.ending().nobody();
        if (theEnd && c.closeDoubtful() && verdict.confidence() == Confidence.SEEN) {
            return verdict.saying(verdict.says() + "; the close does not acknowledge the client's last message, so that may have been lost")
                    .with(Confidence.STRONGLY_SUGGESTED);
        }
        return theEnd && !c.crossed().isEmpty() ? verdict.saying(verdict.says() + "; the " + verdict.closedBy() + " had not received the "
                + (c.ending().byServer() ? "client" : "server") + "'s " + c.crossed().getFirst().says() + " by then") : verdict;
    }

    /// Who resets and says why knows it best.
    private static Finding withWordsOfReset(Case c, Finding verdict) {
        String words = c.ending().how() == Closing.RST ? c.ending().reset().map(reset -> reset.reset().header().text()).orElse("") : "";
        return words.isEmpty() || verdict.outcome() == Outcome.PROBE ? verdict
                : verdict.saying(verdict.says() + "; the reset itself says \"" + Identity.TEXT.of(words) + "\"").at(c.ending().at());
    }

    private static Finding undetermined(Case c, List<Fitness> fitness, List<Unknown> unclear) {
        String why = fitness.stream().filter(Fitness::decisive).map(Fitness::says).findFirst()
                .or(() -> c.cutOff() ? Optional.of("the capture ends before the connection does: "
                        + c.attempt().furthest().map(Step::says).orElse("nothing") + " was the last step seen") : Optional.empty())
                .or(() -> unclear.stream().findFirst().map(Unknown::because))
                .orElse("how it ended fits no known pattern");
        return new Finding(Signature.UNDETERMINED, Outcome.UNDETERMINED, "this capture cannot tell: " + why, midst(c),
                c.attempt().midStart() ? Culprit.NONE : Culprit.UNKNOWN, Confidence.CANNOT_TELL, c.ending().by(), c.ending().how(),
                List.of()).at(c.lastStep(), c.ending().at());
    }

    /// The phase of an attempt that cannot be judged: that much traffic is a session, whatever was not seen before it.
    private static Phase midst(Case c) {
        boolean traffic = c.server().payloadBytes() >= Limits.SESSION_TRAFFIC && c.client().payloadBytes() >= Limits.SESSION_TRAFFIC / 10;
        boolean inLogon = c.reached(Step.TOKEN) && !c.reached(Step.CREDENTIALS) && c.attempt().phase() == Phase.CREDSSP;
        boolean unseen = c.attempt().midStart() && c.attempt().steps().isEmpty();
        return traffic && !inLogon || unseen ? Phase.SESSION : c.attempt().phase();
    }

    private static Milestone lastGood(Case c) {
        Step last = null;
        for (Step step : c.attempt().steps().keySet()) {
            boolean refused = step == Step.REFUSED || step == Step.CONFIRM && c.failure().isPresent();
            if (!refused && (last == null || step.compareTo(last) > 0)) {
                last = step;
            }
        }
        return last == null ? new Milestone(0, "nothing") : new Milestone(c.at(last).frame(), last.says());
    }

    private static Missing firstMissing(Case c, Finding verdict) {
        if (c.attempt().sessionUp() || c.withGateway() && c.reached(Step.TLS_DONE) || verdict.outcome() == Outcome.NOT_RDP
                || verdict.outcome() == Outcome.PROBE) {
            return new Missing("", "", 0);
        }
        return NextStep.next(c).map(step -> new Missing(step.from().toString(), step.says(), round(c.waited(c.lastStep()))))
                .orElse(new Missing("", "", 0));
    }

    private static List<Warning> warnings(Case c, Finding verdict) {
        return asides(Rules.BESIDE_ATTEMPT, new Aside(c, verdict), verdict);
    }

    /// What rules note beside a verdict, which is no warning itself.
    static <S> List<Warning> asides(List<Rule<S>> rules, S asked, Finding verdict) {
        List<Warning> all = new ArrayList<>();
        for (Rule<S> rule : rules) {
            if (rule.check().apply(asked) instanceof Answer.Noted(var warnings)) {
                for (Warning warning : warnings) {
                    if (!verdict.is(warning.signature())) {
                        all.add(warning);
                    }
                }
            }
        }
        return all;
    }

    private static double round(double seconds) {
        return Math.round(seconds * 1e6) / 1e6;
    }
}

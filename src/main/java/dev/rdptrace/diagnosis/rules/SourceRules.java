package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.CapacityRules.TCP_BURST_BACKLOG_OVERFLOW;
import static dev.rdptrace.diagnosis.rules.OpeningRules.SCAN_NEG_PROBE;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_CR_BLACKHOLE;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYNACK_LOST;
import static dev.rdptrace.diagnosis.rules.TcpRules.TCP_SYN_NO_RESPONSE;

import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Fitness;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.JudgedTry;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.diagnosis.Sources.Guessing;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Companions.Sweep;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Connections that are no user's try: scans, guessed passwords, and bursts that fill the server's queue.
public final class SourceRules {
    public static final Signature BRUTEFORCE_NLA = signature("bruteforce-nla", in(Phase.CREDSSP), by(Culprit.NONE));
    public static final Signature BRUTEFORCE_NONLA = signature("bruteforce-nonla", in(Phase.INFO), by(Culprit.NONE));

    /// Ports that do not answer are asked once more.
    private static final long SWEEP_NANOS = 5_000_000_000L;

    private SourceRules() {}

    static List<Rule<JudgedTry>> all() {
        return List.of(
                rule(Weight.PATH, SourceRules::swept, SCAN_NEG_PROBE),
                rule(Weight.SHAPE, SourceRules::guessing, BRUTEFORCE_NLA)
                        .outranking(BRUTEFORCE_NONLA, SCAN_NEG_PROBE, TCP_BURST_BACKLOG_OVERFLOW,
                                Signature.UNDETERMINED),
                rule(Weight.SHAPE, SourceRules::guessingWithoutNla, BRUTEFORCE_NONLA).outranking(SCAN_NEG_PROBE, TCP_BURST_BACKLOG_OVERFLOW,
                        Signature.UNDETERMINED),
                rule(Weight.SHAPE, SourceRules::scanning, SCAN_NEG_PROBE).outranking(TCP_BURST_BACKLOG_OVERFLOW, Signature.UNDETERMINED),
                rule(Weight.SHAPE, SourceRules::backlog, TCP_BURST_BACKLOG_OVERFLOW, Signature.UNDETERMINED),
                rule(Weight.ABSENCE, SourceRules::guessingElsewhere, BRUTEFORCE_NLA, BRUTEFORCE_NONLA));
    }

    /// Many connections at once, of which the server takes some and lets the others starve.
    private static Answer backlog(JudgedTry tried) {
        List<JudgedAttempt> attempts = tried.attempts();
        if (attempts.size() < Limits.SCANS) {
            return CLEAR;
        }
        List<JudgedAttempt> starved = new ArrayList<>();
        int taken = 0;
        int open = 0;
        for (JudgedAttempt d : attempts) {
            Signature signature = d.verdict().signature();
            if (signature.equals(TCP_CR_BLACKHOLE) || signature.equals(TCP_SYN_NO_RESPONSE)
                    || signature.equals(TCP_SYNACK_LOST)) {
                starved.add(d);
            } else if (d.attempt().tcp().synAck().seen() || d.attempt().tcp().server().lastAcknowledgement().seen()) {
                taken++;
            }
            open += d.outcome() == Outcome.UNDETERMINED ? 1 : 0;
        }
        if (starved.isEmpty() || tried.secondsBetween() >= 1) {
            return CLEAR;
        }
        Finding first = starved.getFirst().verdict();
        if (starved.size() < 2 || taken < 1) {
            return open == 0 ? CLEAR : new Found(new Finding(Signature.UNDETERMINED, Outcome.UNDETERMINED, "this capture cannot tell: "
                    + Quantities.count(attempts.size(), "connection") + " came at once, " + starved.size()
                    + " got no answer, and what became of "
                    + open + " is not in it; the server's queue may be full, or packets are lost", first.phase(), Culprit.UNKNOWN,
                    Confidence.CANNOT_TELL, Culprit.NOBODY, Closing.SILENCE, first.frames()));
        }
        return new Found(new Finding(TCP_BURST_BACKLOG_OVERFLOW, Outcome.FAILED, "the server took " + taken + " of "
                + Quantities.count(attempts.size(), "connection") + " that came at once, and left " + starved.size()
                + " unanswered: its queue for new connections is full",
                first.phase(), Culprit.SERVER, Confidence.STRONGLY_SUGGESTED, Culprit.NOBODY, Closing.SILENCE, first.frames()));
    }

    private static Answer guessing(JudgedTry tried) {
        List<JudgedAttempt> attempts = tried.attempts();
        if (attempts.size() < Limits.SCANS) {
            return CLEAR;
        }
        int refused = 0;
        int opened = 0;
        Set<String> names = new HashSet<>();
        for (JudgedAttempt d : attempts) {
            if (d.verdict().phase() == Phase.CREDSSP && d.outcome() == Outcome.FAILED) {
                refused++;
            }
            opened += d.attempt().sessionUp() ? 1 : 0;
            d.attempt().x224().request().ifPresent(cr -> names.add(cr.cookieName()));
        }
        boolean quick = tried.secondsBetween() < Limits.QUICK_SECONDS;
        if (refused < Limits.GUESSES || opened * 5 > refused || !quick && names.size() < 3) {
            return CLEAR;
        }
        JudgedAttempt first = attempts.getFirst();
        return new Found(new Finding(BRUTEFORCE_NLA, Outcome.PROBE, "password guessing: " + refused + " logons refused, one every "
                + Quantities.duration(tried.secondsBetween()) + (names.size() > 1 ? ", under " + names.size() + " names" : "")
                + (opened > 0 ? "; " + Quantities.count(opened, "logon") + " succeeded" : ""), Phase.CREDSSP, Culprit.CLIENT,
                Confidence.STRONGLY_SUGGESTED, first.verdict().closedBy(), first.verdict().how(), first.verdict().frames()));
    }

    /// One of many ports that the client asked for within seconds, and nothing was said there.
    private static Answer swept(JudgedTry tried) {
        List<JudgedAttempt> attempts = tried.attempts();
        Attempt first = attempts.getFirst().attempt();
        boolean hollow = attempts.stream().allMatch(d -> d.attempt().tcp().client().payloadBytes() == 0);
        Optional<Sweep> sweep = tried.surroundings().byHost().sweeps(first.client().address()).stream()
                .filter(one -> one.server().equals(first.server().address())
                        && attempts.stream().allMatch(d -> d.attempt().first().nanos() >= one.fromNanos() - SWEEP_NANOS
                                && d.attempt().first().nanos() <= one.toNanos() + SWEEP_NANOS))
                .findFirst();
        if (!hollow || sweep.isEmpty()) {
            return CLEAR;
        }
        Finding own = attempts.getFirst().verdict();
        return new Found(new Finding(SCAN_NEG_PROBE, Outcome.PROBE, "a port scan: " + first.client().markedAddress() + " asked for "
                + sweep.get().ports()
                + " ports of this host or more within " + Quantities.duration((sweep.get().toNanos() - sweep.get().fromNanos()) / 1e9),
                Phase.TCP, Culprit.NONE,
                Confidence.STRONGLY_SUGGESTED, own.closedBy(), own.how(), own.frames()));
    }

    /// Guessing that only the other tries of the same address give away: what this one shows by itself goes before.
    private static Answer guessingElsewhere(JudgedTry tried) {
        List<JudgedAttempt> attempts = tried.attempts();
        Optional<Guessing> guessing = Optional.empty();
        for (JudgedAttempt d : attempts) {
            Optional<Guessing> found = tried.surroundings().sources().guessing(d.attempt());
            if (found.isEmpty() && d.attempt().sessionUp()) {
                return CLEAR;
            }
            guessing = guessing.isPresent() ? guessing : found;
        }
        if (guessing.isEmpty()) {
            return CLEAR;
        }
        Guessing g = guessing.get();
        JudgedAttempt first = attempts.getFirst();
        String says = "password guessing" + (g.overNla() ? ": " : " without NLA: ") + Quantities.count(g.logons(), g.overNla()
                ? "refused logon" : "short session")
                + " of " + first.attempt().client().markedAddress() + (g.together() ? " begun in one instant" : ", one every "
                        + Quantities.duration(g.seconds()))
                + (g.hosts() > 1 ? ", at " + g.hosts() + " hosts" : "") + (g.names() > 1 ? ", under " + g.names() + " names" : "")
                + (g.opened() > 0 ? "; " + Quantities.count(g.opened(), "logon") + " succeeded" : "");
        return new Found(new Finding(g.overNla() ? BRUTEFORCE_NLA : BRUTEFORCE_NONLA, Outcome.PROBE, says,
                g.overNla() ? Phase.CREDSSP : first.verdict().phase(), Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                first.verdict().closedBy(),
                first.verdict().how(), first.verdict().frames()));
    }

    /// Many short sessions under many names, each left by the client within seconds.
    private static Answer guessingWithoutNla(JudgedTry tried) {
        List<JudgedAttempt> attempts = tried.attempts();
        if (attempts.size() < Limits.SCANS) {
            return CLEAR;
        }
        Set<String> names = new HashSet<>();
        int brief = 0;
        for (JudgedAttempt d : attempts) {
            Attempt attempt = d.attempt();
            double lasted = attempt.last().secondsSince(attempt.first());
            boolean withoutNla = !attempt.reached(Step.TOKEN) && attempt.reached(Step.CLIENT_INFO);
            if (withoutNla && lasted < Limits.BRIEF_SECONDS) {
                brief++;
            }
            attempt.x224().request().ifPresent(cr -> names.add(cr.cookieName()));
        }
        boolean many = brief >= Limits.GUESSES && brief * 10 >= attempts.size() * 8;
        if (!many || names.size() < 3 && (brief < 2 * Limits.GUESSES || tried.secondsBetween() > 2)) {
            return CLEAR;
        }
        JudgedAttempt first = attempts.getFirst();
        return new Found(new Finding(BRUTEFORCE_NONLA, Outcome.PROBE, "password guessing without NLA: "
                + Quantities.count(brief, "short session")
                + (names.size() > 1 ? " under " + names.size() + " names" : ""), first.verdict().phase(), Culprit.CLIENT,
                Confidence.STRONGLY_SUGGESTED, first.verdict().closedBy(), first.verdict().how(), first.verdict().frames()));
    }

    private static Answer scanning(JudgedTry tried) {
        List<JudgedAttempt> attempts = tried.attempts();
        if (attempts.size() < Limits.SCANS) {
            return CLEAR;
        }
        int shallow = 0;
        for (JudgedAttempt d : attempts) {
            boolean beyond = d.attempt().reached(Step.AUTHENTICATE) || d.attempt().reached(Step.CLIENT_INFO)
                    || d.outcome() == Outcome.UNDETERMINED && d.fitness().stream().anyMatch(Fitness::decisive);
            boolean real = d.outcome() == Outcome.FAILED && (d.verdict().side() == Culprit.PATH || d.verdict().phase() == Phase.TCP);
            if (!beyond && !real && d.attempt().tcp().syn().seen()) {
                shallow++;
            }
        }
        boolean varied = attempts.stream().map(d -> shape(d.attempt())).distinct().count() >= Limits.SCANS
                || attempts.stream().filter(d -> d.outcome() == Outcome.PROBE || d.outcome() == Outcome.ABANDONED)
                        .count() * 2 >= attempts.size()
                || attempts.size() >= 3 * Limits.SCANS;
        boolean sure = attempts.stream().filter(d -> d.outcome() == Outcome.UNDETERMINED).count() * 4 <= attempts.size();
        if (!sure || shallow < attempts.size() || tried.secondsBetween() > Limits.QUICK_SECONDS || !varied) {
            return CLEAR;
        }
        JudgedAttempt first = attempts.getFirst();
        return new Found(new Finding(SCAN_NEG_PROBE, Outcome.PROBE, "a scanner: " + Quantities.count(attempts.size(), "connection")
                + " within " + Quantities.duration(tried.secondsBetween() * attempts.size()) + ", none of which tries to log on",
                first.verdict().phase(), Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED, first.verdict().closedBy(), first.verdict().how(),
                first.verdict().frames()));
    }

    /// What the client asked for and offered; a user's client asks the same way every time.
    private static String shape(Attempt attempt) {
        return attempt.x224().request().map(cr -> cr.requestedProtocols() + cr.cookieName()).orElse("")
                + attempt.tls().clientHello().map(hello -> hello.offeredVersions() + " " + hello.cipherSuites()).orElse("");
    }
}

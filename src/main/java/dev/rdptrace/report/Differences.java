package dev.rdptrace.report;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is different between a try that worked and one that did not, in the order of the journey, and what is the same.
///
/// @param parting where they go different ways
/// @param others what else is different
/// @param same what is the same, as far as both tell
public record Differences(Incident good, Incident bad, Parting parting, List<Difference> others, List<Difference> same) {
    /// A step that takes so much longer is worth a word.
    private static final long SLOWER_NANOS = 300_000_000L;
    private static final int TIMES_SLOWER = 3;

    /// @param layer that it belongs to
    /// @param what is compared
    /// @param good what the one that worked says, and
    /// @param bad the other
    /// @param kind what sort of thing it is
    /// @param goodFrame where it is to be seen, 0 where no packet shows it
    public record Difference(Phase layer, String what, String good, String bad, Trait.Kind kind, long goodFrame, long badFrame) {}

    /// @param layer in which they part
    /// @param what one did and the other did not
    /// @param last step that both took
    /// @param goodFrame of what the one did or went on with, 0 for nothing
    /// @param badFrames of what the other did, or that decided about it
    public record Parting(Phase layer, String what, Optional<Step> last, String good, long goodFrame, String bad, List<Long> badFrames) {}

    static Differences of(Incident good, Incident bad) {
        Attempt worked = good.headline().attempt().withHost();
        Attempt failed = bad.headline().attempt().withHost();
        List<Difference> others = new ArrayList<>();
        List<Difference> same = new ArrayList<>();
        for (Trait trait : Trait.ALL) {
            Trait.Value one = trait.of(worked);
            Trait.Value other = trait.of(failed);
            if (one.known() && other.known()) {
                boolean equal = one.says().equals(other.says()) || trait.near(one, other);
                (equal ? same : others).add(new Difference(trait.layer(), trait.what(), one.says(), other.says(), trait.kind(),
                        one.frame(), other.frame()));
            }
        }
        others.addAll(slower(worked, failed));
        others.sort(Comparator.comparing(Difference::layer)); // stable
        Parting parting = parting(worked, failed, bad);
        Optional<Difference> deed = others.stream().filter(one -> one.kind() == Trait.Kind.DEED && !isBehind(one, parting)).findFirst();
        others.removeIf(one -> deed.isPresent() && deed.get() == one);
        return new Differences(good, bad, deed.map(one -> new Parting(one.layer(), one.what(), parting.last(), one.good(), one.goodFrame(),
                one.bad(), one.badFrame() > 0 ? List.of(one.badFrame()) : parting.badFrames())).orElse(parting), List.copyOf(others),
                List.copyOf(same));
    }

    private static boolean isBehind(Difference one, Parting parting) {
        return one.layer().compareTo(parting.layer()) > 0;
    }

    /// How they were set up otherwise before they parted: each may be why.
    public List<Difference> before() {
        return others.stream().filter(one -> one.kind() == Trait.Kind.SETTING && !isBehind(one, parting)).toList();
    }

    /// The first step that only the one that worked took. What ended the other may stand before it, as a certificate that was refused
    /// when TLS was complete, or a logon that the one did without.
    private static Parting parting(Attempt worked, Attempt failed, Incident bad) {
        Optional<Step> furthest = failed.furthest();
        Optional<Step> last = furthest.filter(worked::reached).or(() -> common(worked, failed));
        Optional<Step> next = worked.steps().keySet().stream().filter(step -> furthest.isEmpty() || step.compareTo(furthest.get()) > 0)
                .min(Comparator.naturalOrder());
        String instead = Wording.says(bad.verdict());
        List<Long> frames = bad.verdict().frames();
        if (next.isEmpty()) {
            return new Parting(bad.verdict().phase(), "how it ends", last, "comes no further either", 0, instead, frames);
        }
        Moment at = worked.at(next.get());
        String goes = worked.events().stream().filter(event -> event.at().frame() == at.frame() && event.kind() != Event.Kind.TCP_GAP)
                .findFirst().map(EventText::says).orElse(next.get().says());
        Phase broke = bad.verdict().phase();
        return bad.outcome().isTrouble() && (broke == Phase.GATEWAY || broke.compareTo(next.get().phase()) < 0)
                ? new Parting(broke, "how it ends", last, "goes on: " + goes, at.frame(), instead, frames)
                : new Parting(next.get().phase(), next.get().says(), last, goes, at.frame(), instead, frames);
    }

    private static Optional<Step> common(Attempt worked, Attempt failed) {
        return worked.steps().keySet().stream().filter(failed::reached).max(Comparator.naturalOrder());
    }

    /// Steps that both took, and that took the one much longer than the other since the step before.
    private static List<Difference> slower(Attempt worked, Attempt failed) {
        List<Difference> all = new ArrayList<>();
        Map<Phase, Boolean> told = new EnumMap<>(Phase.class);
        Step before = null;
        for (Step step : Step.values()) {
            if (!worked.reached(step) || !failed.reached(step)) {
                continue;
            }
            if (before != null && !told.containsKey(step.phase())) {
                long one = worked.at(step).nanos() - worked.at(before).nanos();
                long other = failed.at(step).nanos() - failed.at(before).nanos();
                boolean much = Math.abs(one - other) > SLOWER_NANOS && Math.max(one, other) > TIMES_SLOWER * Math.min(one, other);
                if (much && Math.min(one, other) >= 0) {
                    told.put(step.phase(), true);
                    all.add(new Difference(step.phase(), "wait for: " + step.says(), Quantities.duration(one / 1e9),
                            Quantities.duration(other / 1e9), Trait.Kind.MEASURE, worked.at(step).frame(), failed.at(step).frame()));
                }
            }
            before = step;
        }
        return all;
    }

    /// The tries of two reports that are to be compared: of the bad one the first, which is the worst, of the good one the most alike
    /// that worked.
    public static Optional<Differences> between(List<Incident> good, List<Incident> bad) {
        if (good.isEmpty() || bad.isEmpty()) {
            return Optional.empty();
        }
        Incident failed = bad.getFirst();
        return good.stream().map(one -> of(one, failed)).max(Comparator.<Differences>comparingInt(one -> likeness(one.good, failed))
                .thenComparingInt(one -> one.same.size()));
    }

    private static int likeness(Incident one, Incident other) {
        boolean sameServer = one.server().equals(other.server());
        boolean sameHost = one.server().host().equals(other.server().host());
        boolean sameKind = one.headline().attempt().gateway() == other.headline().attempt().gateway();
        return (one.outcome() == Outcome.ESTABLISHED ? 16 : 0) + (sameKind ? 8 : 0) + (sameServer ? 4 : sameHost ? 2 : 0)
                + (one.client().host().equals(other.client().host()) ? 1 : 0);
    }
}

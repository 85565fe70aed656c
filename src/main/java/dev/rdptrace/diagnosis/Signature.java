package dev.rdptrace.diagnosis;

import dev.rdptrace.timeline.Phase;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// One diagnosis that can be made: its name and where it can stand. It is declared beside the rule that finds it; its page for people,
/// `pages/ID.md`, takes phase and side from here.
///
/// @param id as reports, pages and `rdptrace explain` call it: words with hyphens
/// @param phases where the handshake stands when it is found; empty where the phase says nothing
/// @param sides whose fault it is, the usual one first; several where the packets decide
public record Signature(String id, Set<Phase> phases, Set<Culprit> sides) {
    /// No rule found anything, or the capture is not fit to tell.
    public static final Signature UNDETERMINED = signature("undetermined", anyPhase(), by(Culprit.UNKNOWN, Culprit.NONE));

    public static Signature signature(String id, Set<Phase> phases, Set<Culprit> sides) {
        return new Signature(id, phases, sides);
    }

    public static Set<Phase> in(Phase first, Phase... others) {
        return Collections.unmodifiableSet(EnumSet.of(first, others));
    }

    public static Set<Phase> anyPhase() {
        return Set.of();
    }

    public static Set<Culprit> by(Culprit first, Culprit... others) {
        Set<Culprit> all = new LinkedHashSet<>();
        all.add(first);
        all.addAll(List.of(others));
        return Collections.unmodifiableSet(all);
    }

    /// Whether it can stand in `phase`.
    public boolean shows(Phase phase) {
        return phases.isEmpty() || phases.contains(phase);
    }

    /// `tls, credssp`, or `any`.
    public String phaseWords() {
        return phases.isEmpty() ? "any" : phases.stream().map(Phase::toString).collect(Collectors.joining(", "));
    }

    /// `server, path`.
    public String sideWords() {
        return sides.stream().map(Culprit::toString).collect(Collectors.joining(", "));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Signature signature && id.equals(signature.id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return id;
    }
}

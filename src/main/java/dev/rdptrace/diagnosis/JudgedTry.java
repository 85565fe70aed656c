package dev.rdptrace.diagnosis;

import dev.rdptrace.incident.Tries;
import dev.rdptrace.incident.Try;
import dev.rdptrace.timeline.Attempt;
import java.util.ArrayList;
import java.util.List;

/// The judged connections of one try.
///
/// @param one the try with every connection, also those that are another one seen again
/// @param attempts judged, each once, however many sides of an address translation the capture shows
public record JudgedTry(Try one, List<JudgedAttempt> attempts, Surroundings surroundings) {
    private static final int LATEST = 4;

    static JudgedTry of(Try one, List<JudgedAttempt> all, Surroundings surroundings) {
        return new JudgedTry(one, withoutTwins(all), surroundings);
    }

    private static List<JudgedAttempt> withoutTwins(List<JudgedAttempt> attempts) {
        if (attempts.size() == 1) {
            return attempts;
        }
        List<JudgedAttempt> apart = new ArrayList<>();
        for (JudgedAttempt d : attempts) {
            boolean again = apart.stream().skip(Math.max(0, apart.size() - LATEST))
                    .anyMatch(other -> Tries.twins(other.attempt(), d.attempt()));
            if (!again) {
                apart.add(d);
            }
        }
        return apart;
    }

    public Attempt first() {
        return attempts.getFirst().attempt();
    }

    public Attempt last() {
        return attempts.getLast().attempt();
    }

    /// Several addresses were turned to: the client was sent on, or turned from one family of addresses to the other.
    public boolean severalServers() {
        return !first().server().address().equals(last().server().address());
    }

    public boolean otherFamily() {
        return first().server().isIpv4() != last().server().isIpv4();
    }

    /// From one beginning to the next, on average.
    public double secondsBetween() {
        return last().first().secondsSince(first().first()) / Math.max(1, attempts.size() - 1);
    }
}

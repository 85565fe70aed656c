package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.sim.Played;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.timeline.HalfFacts;
import dev.rdptrace.timeline.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Of nobody it is said that he was silent while bytes of his came.
class SilenceTest {
    private static final Pattern CLAIM =
            Pattern.compile(
                    "the (server|client)\\b[^.;:]*? (?:said|sent|answered) nothing (?:\\w+ )?for (\\d[\\d.]*) (ms|s|min|h|days)\\b");
    private static final Map<String, Double> SECONDS = Map.of("ms", 1e-3, "s", 1.0, "min", 60.0, "h", 3600.0, "days", 86_400.0);
    /// Of a number on the screen.
    private static final double ROUNDED = 1.02;

    @Test
    void whoIsSaidToHaveBeenSilentWas() {
        List<String> wrong = new ArrayList<>();
        int[] claims = {0};
        Stream.concat(Samples.names().stream().map(name -> Samples.tape(name).analyze()), Played.seeds(3000)).forEach(analysis -> {
            long end = analysis.capture().files().stream().mapToLong(FileFacts::lastNanos).max().orElse(0);
            for (Incident incident : analysis.incidents()) {
                claims[0] += check(incident, end, wrong);
            }
        });
        assertThat(wrong).isEmpty();
        assertThat(claims[0]).isGreaterThan(50);
    }

    private static int check(Incident incident, long captureEnd, List<String> wrong) {
        String says = Identity.shown(incident.verdict().says());
        Matcher claim = CLAIM.matcher(says);
        if (!claim.find()) {
            return 0;
        }
        HalfFacts silent = incident.headline().attempt().tcp().half(claim.group(1).equals("server") ? Side.SERVER : Side.CLIENT);
        long end = Math.max(captureEnd, incident.headline().attempt().last().nanos());
        double quiet = (end - silent.lastPayload().nanos()) / 1e9;
        double claimed = Double.parseDouble(claim.group(2)) * SECONDS.get(claim.group(3));
        if (silent.lastPayload().seen() && claimed > quiet * ROUNDED) {
            wrong.add(says + " [" + incident.verdict().id() + "]: quiet for " + quiet + " s at the end");
        }
        return 1;
    }
}

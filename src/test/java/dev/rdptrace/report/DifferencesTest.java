package dev.rdptrace.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.report.Differences.Difference;
import dev.rdptrace.report.Differences.Parting;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// A try that worked beside one that did not.
class DifferencesTest {
    private static final Pattern ANSWER = Pattern.compile("outcome\\s+`(failed|interrupted)`[^.]*?phase\\s+`(\\w+)`");

    @Test
    void theFirstDifferenceIsWhereTheJourneyBegins() {
        Differences differences = between("success-nla-tls13", "nla-required");
        assertThat(differences.parting()).isEqualTo(new Parting(Phase.X224, "answer to the request", Optional.of(Step.CONFIRM),
                "a Connection Confirm", 8, "failure 5 HYBRID_REQUIRED_BY_SERVER", List.of(8L)));
        assertThat(differences.before()).containsExactly(new Difference(Phase.X224, "protocols requested", "SSL+HYBRID", "SSL",
                Trait.Kind.SETTING, 6, 6));
        assertThat(differences.same()).extracting(Difference::what).contains("TCP options of the client", "routing");
    }

    @Test
    void whereNothingButTheEndIsDifferentThePartingIsTheFirst() {
        Differences differences = between("success-nla-tls13", "nla-wrong-password");
        assertThat(differences.before()).isEmpty();
        assertThat(differences.parting().layer()).isEqualTo(Phase.CREDSSP);
        assertThat(differences.parting().badFrames()).containsExactly(18L, 19L);
    }

    /// The one went on without the logon that the other did not come through.
    @Test
    void aStepThatTheGoodOneNeverTookIsTheFirstWhereTheBadOneBrokeThere() {
        assertThat(between("success-tls-xrdp", "nla-wrong-password").parting().layer()).isEqualTo(Phase.CREDSSP);
        Parting behind = between("success-nla-tls13", "certificate-refused").parting();
        assertThat(behind.layer()).isEqualTo(Phase.TLS);
        assertThat(behind.what()).isEqualTo("how it ends");
        assertThat(behind.good()).startsWith("goes on: ");
    }

    @Test
    void whatVariesByItselfIsNeverTheFirst() {
        Differences differences = between("success-nla-tls13", "pmtu-black-hole");
        assertThat(differences.others()).filteredOn(one -> one.kind() == Trait.Kind.MEASURE).extracting(Difference::what)
                .contains("lost for good");
        assertThat(differences.before()).noneMatch(one -> one.kind() == Trait.Kind.MEASURE);
    }

    @Test
    void aTryComparedWithItselfIsTheSame() {
        for (Path sample : Samples.all()) {
            List<Incident> all = Samples.report(sample).incidents();
            Differences differences = Differences.between(all, all).orElseThrow();
            assertThat(differences.others()).as("%s", sample).isEmpty();
            assertThat(differences.parting().what()).isEqualTo("how it ends");
        }
    }

    /// Of each broken sample with the good one that is most like it.
    @Test
    void theLayerOfTheCauseIsNamedFirst() throws IOException {
        List<Incident> good = new ArrayList<>();
        Map<String, Incident> bad = new TreeMap<>();
        Map<String, String> truth = new TreeMap<>();
        for (Path sample : Samples.all()) {
            Incident worst = Samples.report(sample).incidents().getFirst();
            Matcher answer = ANSWER.matcher(Files.readString(sample.resolve("about.md")).replace('\n', ' '));
            if (worst.outcome() == Outcome.ESTABLISHED) {
                good.add(worst);
            } else if (answer.find()) {
                bad.put(sample.getFileName().toString(), worst);
                truth.put(sample.getFileName().toString(), answer.group(2));
            }
        }
        List<String> wrong = new ArrayList<>();
        bad.forEach((name, incident) -> {
            Differences nearest = Differences.between(good, List.of(incident)).orElseThrow();
            if (!nearest.parting().layer().toString().equals(truth.get(name))) {
                wrong.add(name + ": " + nearest.parting().layer() + ", " + nearest.parting().what());
            }
        });
        assertThat(bad.size()).isGreaterThan(25);
        assertThat(wrong).as("of %d", bad.size()).isEmpty();
    }

    private static Differences between(String good, String bad) {
        return Differences
                .between(Samples.report(Path.of("samples", good)).incidents(), Samples.report(Path.of("samples", bad)).incidents())
                .orElseThrow();
    }
}

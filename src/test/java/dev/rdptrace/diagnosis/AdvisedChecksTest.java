package dev.rdptrace.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.AdvisedChecks.Held;
import dev.rdptrace.diagnosis.AdvisedChecks.State;
import dev.rdptrace.diagnosis.rules.Catalog;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import dev.rdptrace.testkit.Samples;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What articles advise for a code that says little, held against what packets show.
class AdvisedChecksTest {
    /// The checks that articles about 0x904 and 0x7 name.
    private static final List<String> OF_ARTICLES =
            List.of("MTU", "address of the RD Gateway", "AllowEncryptionOracle", "KB4490628", "KB4474419", "/sec:nla",
                    "Hyper-V", "group policy on the security layer", "certificate of the listener", "MaxOutstandingConnections",
                    "Windows Update", "Store app",
                    "restarting the server", "automatically detect");

    @Test
    void everyCheckOfTheArticlesIsJudged() {
        for (String named : OF_ARTICLES) {
            assertThat(AdvisedChecks.all()).as(named).anyMatch(check -> check.check().contains(named));
        }
        assertThat(AdvisedChecks.all()).allSatisfy(check -> {
            assertThat(Catalog.ids()).containsAll(check.confirms()).containsAll(check.possible());
            assertThat(check.because()).isNotEmpty();
            assertThat(check.otherwise()).isIn(State.UNDECIDED, State.UNSEEN, State.FOLKLORE);
        });
    }

    @Test
    void aResetAtTheClientHelloExcludesWhatCameBeforeAndWhatHadNotBegun() {
        assertThat(held("reset-on-clienthello", "certificate of the listener").state()).isEqualTo(State.POSSIBLE);
        assertThat(held("reset-on-clienthello", "AllowEncryptionOracle").says()).contains("excluded, NLA had not begun when it ended");
        assertThat(held("reset-on-clienthello", "address of the RD Gateway").frames()).hasSize(1);
        assertThat(held("reset-on-clienthello", "group policy").state()).isEqualTo(State.EXCLUDED);
        assertThat(held("reset-on-clienthello", "firewall").state()).isEqualTo(State.EXCLUDED);
        assertThat(held("reset-on-clienthello", "Windows Update").says()).contains("not visible in packets");
        assertThat(held("reset-on-clienthello", "Hyper-V").says()).contains("folklore");
    }

    @Test
    void whatWasFoundIsConfirmed() {
        assertThat(held("pmtu-black-hole", "MTU").state()).isEqualTo(State.CONFIRMED);
        assertThat(held("nla-wrong-password", "password").state()).isIn(State.CONFIRMED, State.POSSIBLE);
        assertThat(held("nla-wrong-password", "certificate of the listener").state()).isEqualTo(State.EXCLUDED);
        assertThat(held("nla-wrong-password", "AllowEncryptionOracle").state()).isNotEqualTo(State.EXCLUDED);
    }

    /// Nothing that is about the verdict itself is ever excluded.
    @Test
    void noSampleExcludesItsOwnCause() {
        for (Path sample : Samples.all()) {
            for (Incident incident : Samples.report(sample).incidents()) {
                List<Held> all = AdvisedChecks.of(incident);
                assertThat(all).as(sample.toString())
                        .hasSize(incident.outcome() == Outcome.FAILED || incident.outcome() == Outcome.INTERRUPTED
                                ? AdvisedChecks.all().size() : 0);
                for (int i = 0; i < all.size(); i++) {
                    AdvisedChecks check = AdvisedChecks.all().get(i);
                    boolean own = check.confirms().contains(incident.verdict().id()) || check.possible().contains(incident.verdict().id());
                    assertThat(own && all.get(i).state() == State.EXCLUDED).as(sample + " " + all.get(i).says()).isFalse();
                    assertThat(all.get(i).state() != State.EXCLUDED || all.get(i).because().contains("full size")
                            || !all.get(i).frames().isEmpty())
                            .as(sample + " " + all.get(i).says() + " by which packet").isTrue();
                    assertThat(all.get(i).state() == State.EXCLUDED && all.get(i).because().startsWith("NLA had not begun")
                            && incident.verdict().id().startsWith("credssp")).as(sample + " " + all.get(i).says()).isFalse();
                }
            }
        }
    }

    /// For the code of the articles each check is named with what this capture says of it; for one that says enough, none is.
    @Test
    void aReportOnTheCodeOfTheArticlesNamesEveryCheck() {
        for (int verbosity : new int[] {0, 1}) {
            String text = text("0x904/0x7", verbosity);
            AdvisedChecks.all().forEach(check -> assertThat(text).contains(check.check()));
            for (State state : List.of(State.POSSIBLE, State.EXCLUDED, State.UNDECIDED, State.UNSEEN, State.FOLKLORE)) {
                assertThat(text).contains(verbosity == 0 ? "- " + state + ": " : ": " + state + ", ");
            }
        }
        assertThat(text("0xC000006D", 1)).doesNotContain("What articles advise");
    }

    private static String text(String code, int verbosity) {
        Style style = new Style(false, verbosity, false, false, Style.Clock.RELATIVE, ZoneOffset.UTC);
        Report report = Samples.report(Path.of("reset-on-clienthello")).comparedWith(Optional.of(code));
        return TextReport.text(report, style).replaceAll("\\s+", " ");
    }

    private static Held held(String sample, String check) {
        return AdvisedChecks.of(Samples.report(Path.of(sample)).incidents().getFirst()).stream()
                .filter(held -> held.check().contains(check)).findFirst()
                .orElseThrow();
    }
}

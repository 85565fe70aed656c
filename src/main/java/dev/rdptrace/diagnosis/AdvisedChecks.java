package dev.rdptrace.diagnosis;

import dev.rdptrace.bytes.Printable;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.AuthenticationFacts.Mechanism;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.field.Table;
import dev.rdptrace.wire.tls.TlsVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// What articles advise to check when a client shows a code that says little, and what packets say of it: `tables/checks.tsv`.
///
/// @param check    what is to be looked at or changed
/// @param confirms diagnoses that say: this it was
/// @param possible diagnoses that have it among their causes
/// @param excludes what shows that it was not
/// @param otherwise what it is where none of these speaks
/// @param because  what is left to say then
public record AdvisedChecks(String check, List<String> confirms, List<String> possible, List<Exclusion> excludes, State otherwise,
        String because) {
    private static final List<AdvisedChecks> ALL = Table.rows("checks.tsv").stream().map(AdvisedChecks::of).toList();
    private static final int MOST = 4;

    /// What shows that it was not.
    private enum Exclusion {
        CONNECTED("TCP connected"),
        CONFIRMED("the server answered the request with its choice"),
        DIRECT("the client spoke RDP to the server itself, not to a gateway"),
        NO_TLS("TLS had not begun when it ended"),
        TLS_DONE("the TLS handshake completed"),
        MODERN("the client offers TLS 1.2 or later"),
        BEFORE_NLA("NLA had not begun when it ended"),
        ACCEPTED("the server accepted the logon"),
        BEFORE_SESSION("it broke before the session was asked for"),
        FULL_SIZE("packets of full size arrived");

        private final String says;

        Exclusion(String says) {
            this.says = says;
        }

        static Exclusion of(String cell) {
            return valueOf(cell.toUpperCase(Locale.ROOT).replace('-', '_'));
        }

        /// The packet that shows it: the last of the try where that something is missing shows it; empty where nothing does.
        Optional<Moment> shownBy(JudgedAttempt headline, Finding verdict) {
            Phase phase = verdict.phase();
            Attempt attempt = headline.attempt();
            return switch (this) {
                case CONNECTED -> at(attempt, Step.ESTABLISHED, phase.compareTo(Phase.TCP) > 0);
                case CONFIRMED -> at(attempt, Step.CONFIRM, phase.compareTo(Phase.X224) > 0);
                case DIRECT -> at(attempt, Step.REQUEST, !attempt.gateway());
                case NO_TLS -> absent(headline, Step.CLIENT_HELLO, phase.compareTo(Phase.TLS) < 0);
                case TLS_DONE -> at(attempt, Step.TLS_DONE, phase.compareTo(Phase.TLS) > 0);
                case MODERN -> at(attempt, Step.CLIENT_HELLO,
                        attempt.tls().clientHello().filter(hello -> hello.highestVersion().code() >= TlsVersion.TLS_1_2).isPresent());
                case BEFORE_NLA -> absent(headline, Step.TOKEN, phase.compareTo(Phase.CREDSSP) < 0
                        && attempt.authentication().mechanism() == Mechanism.NONE);
                case ACCEPTED -> at(attempt, Step.ACCEPTED, phase.compareTo(Phase.CREDSSP) > 0);
                case BEFORE_SESSION -> absent(headline, Step.CONNECT_INITIAL, phase.compareTo(Phase.MCS) < 0);
                case FULL_SIZE -> Exclusions.fullSize(attempt) ? Optional.of(Moment.NEVER) : Optional.empty();
            };
        }

        private static Optional<Moment> at(Attempt attempt, Step step, boolean holds) {
            return holds && attempt.reached(step) ? Optional.of(attempt.at(step)) : Optional.empty();
        }

        private static Optional<Moment> absent(JudgedAttempt headline, Step step, boolean holds) {
            Attempt attempt = headline.attempt();
            Moment end = headline.ending().at().seen() ? headline.ending().at() : attempt.last();
            return holds && !attempt.reached(step) && !attempt.midStart() && !attempt.gateway() ? Optional.of(end) : Optional.empty();
        }
    }

    /// One check against one capture.
    ///
    /// @param state what this capture says
    public record Held(String check, State state, String because, List<Long> frames) {
        /// In a sentence.
        public String says() {
            return check + ": " + state + ", " + because;
        }
    }

    public enum State {
        CONFIRMED("confirmed"),
        POSSIBLE("possible"),
        EXCLUDED("excluded"),
        UNDECIDED("not decided by this capture"),
        UNSEEN("not visible in packets"),
        FOLKLORE("folklore");

        private final String words;

        State(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    /// Every check, those that articles name first first.
    public static List<AdvisedChecks> all() {
        return ALL;
    }

    /// Every check against a try that failed; none for any other.
    public static List<Held> of(Incident incident) {
        boolean trouble = incident.outcome().isTrouble();
        return trouble ? ALL.stream().map(check -> check.held(incident)).toList() : List.of();
    }

    private Held held(Incident incident) {
        Finding verdict = incident.verdict();
        if (confirms.contains(verdict.id())) {
            return new Held(check, State.CONFIRMED, "it is about what was found [" + verdict.id() + "]", verdict.frames());
        }
        if (possible.contains(verdict.id())) {
            return new Held(check, State.POSSIBLE, "it is one of the causes of what was found [" + verdict.id() + "]", verdict.frames());
        }
        for (Exclusion exclusion : excludes) {
            Optional<Moment> shown = exclusion.shownBy(incident.headline(), verdict);
            if (shown.isPresent()) {
                return new Held(check, State.EXCLUDED, exclusion.says, shown.filter(Moment::seen).map(Moment::frame).stream().toList());
            }
        }
        return new Held(check, otherwise, because, List.of());
    }

    /// Without a capture.
    public String says() {
        List<String> parts = new ArrayList<>();
        if (!confirms.isEmpty()) {
            parts.add("confirmed by " + confirms.stream().limit(MOST).collect(Collectors.joining(", "))
                    + (confirms.size() > MOST ? " and their like" : ""));
        }
        if (!excludes.isEmpty()) {
            parts.add("excluded where " + excludes.stream().map(exclusion -> exclusion.says).collect(Collectors.joining(", or ")));
        }
        parts.add((otherwise == State.UNDECIDED ? "" : otherwise + ": ") + because);
        return Printable.sentence(check) + ": " + String.join("; ", parts);
    }

    /// `check, diagnoses (those with ? only have it among their causes), exclusions, state otherwise, what is left to say`
    private static AdvisedChecks of(String[] cells) {
        List<String> ids = split(cells[1]);
        return new AdvisedChecks(cells[0], ids.stream().filter(id -> !id.endsWith("?")).toList(),
                ids.stream().filter(id -> id.endsWith("?")).map(id -> id.substring(0, id.length() - 1)).toList(),
                split(cells[2]).stream().map(Exclusion::of).toList(), State.valueOf(cells[3].toUpperCase(Locale.ROOT)), cells[4]);
    }

    private static List<String> split(String cell) {
        return Arrays.stream(cell.split(" ")).filter(word -> !word.isEmpty()).toList();
    }
}

package dev.rdptrace.cli;

import dev.rdptrace.Analysis;
import dev.rdptrace.Analyzer;
import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.FileFacts;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.DerivedSource;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.redact.Redaction;
import dev.rdptrace.report.Report;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/// A copy of a capture without names and contents, that is judged as the capture is, or is not there.
final class RedactedCopy {
    /// As often as times may run backwards before packets are read in their order.
    private static final int MOST_BACKWARDS = 2;

    private final Console console;
    private final BooleanSupplier stop;

    RedactedCopy(Console console, BooleanSupplier stop) {
        this.console = console;
        this.stop = stop;
    }

    /// Writes the copy, and answers how it is judged. It appears only where it is judged as the capture is.
    Analysis write(List<String> files, Path copy, Analyzer.Options options, boolean keepSecrets) throws IOException {
        Set<Integer> ports = new HashSet<>(options.ports());
        options.gateways().forEach(gateway -> ports.add(gateway.port()));
        Analyzer.Opening opening = () -> Captures.open(files, InputStream.nullInputStream());
        Seen seen = new Seen();
        Analysis before = judge(() -> new Watched(opening.open(), seen, keepSecrets), options);
        Analysis[] after = new Analysis[1];
        Target.write(copy, out -> {
            try (PacketSource file = opening.open();
                    PacketSource source = seen.backwards > MOST_BACKWARDS ? Analyzer.sorted(file) : file;
                    BufferedOutputStream buffered = new BufferedOutputStream(out, 1 << 16)) {
                String given = new Redaction(ports, keepSecrets).write(source, buffered, "rdptrace " + Version.number(), stop);
                if (!given.isEmpty()) {
                    throw new Failure(Exit.USAGE, copy + " was not written: the capture holds " + given
                            + ", which cannot all be told apart; redact a part of it");
                }
            }
        }, written -> {
            after[0] = judge(() -> Captures.open(List.of(written.toString()), InputStream.nullInputStream()), options);
            compare(before, after[0], copy);
        });
        if (!before.capture().secrets().isEmpty()) {
            saySecrets(copy, opening, options, after[0], keepSecrets);
        }
        return after[0];
    }

    /// What is said of a copy that is known by another name than it was read by.
    static Report report(Analysis copy, String name) {
        Report report = copy.report(Version.number());
        CaptureFacts facts = report.capture();
        FileFacts file = facts.files().getFirst();
        CaptureFacts named = new CaptureFacts(List.of(new FileFacts(name, file.format(), file.packets(), file.bytes(), file.firstNanos(),
                file.lastNanos(), file.truncated())), facts.interfaces(), facts.secrets(), facts.names(), facts.notes());
        return new Report(report.version(), named, report.fitness(), report.counts(), report.incidents());
    }

    private Analysis judge(Analyzer.Opening opening, Analyzer.Options options) throws IOException {
        Analysis analysis = Analyzer.analyze(opening, options, stop);
        if (analysis.stopped().isPresent() || stop.getAsBoolean()) {
            throw new Failure(Exit.STOPPED, "stopped; nothing was written");
        }
        return analysis;
    }

    /// @throws Failure where the copy says something else
    private static void compare(Analysis before, Analysis after, Path copy) {
        String difference = difference(verdicts(before), verdicts(after));
        if (!difference.isEmpty()) {
            throw new Failure(Exit.USAGE, copy + " was not written: without names and contents the capture would be judged otherwise, as "
                    + difference);
        }
        if (before.frames() != after.frames()) {
            throw new Failure(Exit.USAGE, copy + " was not written: it holds " + after.frames() + " packets of " + before.frames());
        }
    }

    /// What is said of the copy in place of what is said of the capture; empty where both say the same.
    static String difference(List<String> before, List<String> after) {
        return before.equals(after) ? "" : after.stream().filter(verdict -> !before.contains(verdict)).findFirst().orElse("nothing")
                + " in place of " + before.stream().filter(verdict -> !after.contains(verdict)).findFirst().orElse("nothing");
    }

    private static List<String> verdicts(Analysis analysis) {
        return analysis.incidents().stream().map(incident -> {
            Finding verdict = incident.verdict();
            return verdict.id() + " (" + verdict.outcome() + ", " + verdict.phase() + ", " + verdict.side() + ", frames " + verdict.frames()
                    + ")";
        }).sorted().toList();
    }

    private void saySecrets(Path copy, Analyzer.Opening opening, Analyzer.Options options, Analysis after, boolean kept)
            throws IOException {
        if (kept) {
            console.say("rdptrace: " + copy
                    + " holds the TLS secrets of its capture: who has it can read the sessions, and the names in them");
        } else if (!verdicts(judge(opening, options)).equals(verdicts(after))) {
            console.say("rdptrace: the TLS secrets of the capture show more than " + copy
                    + " does, which has none of them; --keep-secrets keeps them and all that they open");
        }
    }

    /// How a capture was recorded.
    private static final class Seen {
        private long last = Long.MIN_VALUE;
        private int backwards;
    }

    /// A capture, maybe without the TLS secrets in it.
    private static final class Watched extends DerivedSource {
        private final Seen seen;
        private final boolean withSecrets;

        Watched(PacketSource source, Seen seen, boolean withSecrets) {
            super(source);
            this.seen = seen;
            this.withSecrets = withSecrets;
        }

        @Override
        public boolean next(Frame frame) throws IOException {
            boolean more = source.next(frame);
            seen.backwards += more && frame.nanos() != Frame.NO_TIME && frame.nanos() < seen.last ? 1 : 0;
            seen.last = more && frame.nanos() != Frame.NO_TIME ? frame.nanos() : seen.last;
            return more;
        }

        @Override
        public CaptureFacts facts() {
            CaptureFacts facts = source.facts();
            if (withSecrets) {
                return facts;
            }
            return new CaptureFacts(facts.files(), facts.interfaces(), List.of(), facts.names(), facts.notes());
        }
    }
}

package dev.rdptrace.cli;

import dev.rdptrace.bytes.Printable;
import dev.rdptrace.diagnosis.AdvisedChecks;
import dev.rdptrace.diagnosis.page.ClientCode;
import dev.rdptrace.diagnosis.page.ClientCodes;
import dev.rdptrace.diagnosis.page.ClientCodes.Entry;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Page.Names;
import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.diagnosis.rules.Catalog;
import dev.rdptrace.diagnosis.rules.CodeBook;
import dev.rdptrace.diagnosis.rules.CodeBook.Reading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `rdptrace explain ID|CODE|WORDS`: the page of a diagnosis, or what a number or a text that somebody showed can mean.
final class ExplainCommand implements Callable<Integer> {
    /// Lines that are longer are hard to read.
    private static final int WIDEST = 100;
    private static final String LETTERS = "A documented for this condition, B documented code that fits, C often reported, D a guess.";

    /// Of what is written with some words.
    private static final int MOST = 12;
    private static final Page RECORDING = Pages.of("undetermined");

    private final Console console;
    private final int width;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    ExplainCommand(Console console) {
        this.console = console;
        this.width = Math.min(console.columns(), WIDEST);
    }

    CommandSpec spec() {
        spec.usageMessage().description("what a diagnosis or a client's error code means and what to do");
        return spec.addPositional(PositionalParamSpec.builder()
                .paramLabel("ID|CODE|WORDS")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1..*")
                .completionCandidates(() -> Catalog.ids().iterator())
                .description("as in a report, or as a client or a log showed it: 0x904/0x7, 0xC000006D, SEC_E_LOGON_DENIED,"
                        + " alert 40, event 4625, internal error, ...")
                .build())
                .addOption(Option.help());
    }

    @Override
    public Integer call() {
        String subject = String.join(" ", spec.commandLine().getParseResult().matchedPositionalValue(0, List.<String>of())).strip();
        console.page(spec);
        Optional<Page> page = Pages.page(subject.toLowerCase(Locale.ROOT));
        if (page.isPresent()) {
            page(page.get());
            return Exit.ANALYSED.code();
        }
        CodeLookup known = CodeLookup.of(subject);
        if (known.nothing()) {
            throw new Failure(Exit.USAGE, "nothing known about " + (subject.isEmpty() ? "\"\"" : subject)
                    + (spec.parent().subcommands().containsKey(subject) ? "; did you mean rdptrace help " + subject + "?" : near(subject)));
        }
        known(subject, known);
        return Exit.ANALYSED.code();
    }

    /// The three that are nearest: words in common with an id or a meaning first, then the fewest letters to change.
    private static String near(String subject) {
        String text = subject.toLowerCase(Locale.ROOT);
        record Near(String name, int distance) {}
        List<Near> all = new ArrayList<>();
        Catalog.pages().forEach(page -> all.add(new Near(page.id(), distance(text, page.id(), page.title()))));
        ClientCodes.all().stream().filter(entry -> entry.family().startsWith("mstsc"))
                .forEach(entry -> all.add(new Near("\"" + entry.number() + "\"", distance(text, entry.number(), entry.meaning()))));
        CodeBook.names().forEach(name -> all.add(new Near(name, distance(text, name, ""))));
        return "; did you mean " + String.join(", ", all.stream().sorted(Comparator.comparingInt(Near::distance)).map(Near::name).distinct()
                .limit(3).toList()) + "? rdptrace signatures lists all diagnoses";
    }

    /// Letters to change from `text` to `name`; words that stand in `name` or `says` as well count for it.
    private static int distance(String text, String name, String says) {
        Set<String> inName = words(name);
        Set<String> said = words(says);
        int shared = 0;
        for (String word : words(text)) {
            int weight = word.length() < 3 ? 0 : inName.contains(word) ? 25 : said.contains(word) ? 10 : 0;
            shared += weight * word.length();
        }
        return letters(text, name.toLowerCase(Locale.ROOT)) - (name.toLowerCase(Locale.ROOT).startsWith(text) ? 200 : 0) - shared;
    }

    private static Set<String> words(String text) {
        return Set.copyOf(List.of(text.toLowerCase(Locale.ROOT).split("[^a-z0-9]+")));
    }

    /// Letters to change, to add and to leave out.
    static int letters(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }

    /// The text of the page, and where the diagnosis can stand.
    private static String withPlace(Page page) {
        String id = "id: " + page.id() + "\n";
        return Catalog.signature(page.id()).map(signature -> page.text().replace(id, id + "phase: " + signature.phaseWords() + "\nside: "
                + signature.sideWords() + "\n")).orElse(page.text());
    }

    /// The page as it is written, in lines of one width; the fields above its first heading stay as they are.
    private void page(Page page) {
        StringBuilder paragraph = new StringBuilder();
        boolean fields = true;
        for (String line : Names.GENERAL.fill(withPlace(page)).lines().toList()) {
            boolean heading = line.startsWith("#");
            boolean begins = heading || line.isBlank() || line.startsWith("- ");
            if (begins || fields) {
                flush(paragraph);
            }
            fields &= !line.startsWith("##");
            if (line.startsWith("# ")) {
                print("# ", page.title());
                print("First: ", Names.GENERAL.fill(page.first()));
            } else if (heading || line.isBlank()) {
                console.out().println(line);
            } else {
                paragraph.append(paragraph.isEmpty() ? "" : " ").append(line.strip());
            }
        }
        flush(paragraph);
        List<ClientCode> codes = ClientCodes.of(page.id());
        if (!codes.isEmpty()) {
            heading("## What clients show");
            print("- ", ClientCode.graded(codes));
            print("", LETTERS);
        }
    }

    private void flush(StringBuilder paragraph) {
        if (!paragraph.isEmpty()) {
            boolean bullet = paragraph.charAt(0) == '-';
            print(bullet ? "- " : "", bullet ? paragraph.substring(2) : paragraph.toString());
            paragraph.setLength(0);
        }
    }

    /// First what to do, then what the client means, then how to tell the causes apart; where it is written comes last.
    private void known(String subject, CodeLookup known) {
        List<String> usual = known.usual();
        List<String> others = known.others();
        print("# ", Printable.of(subject, WIDEST));
        print("First: ", first(subject, known));
        known.dialog().ifPresent(text -> print("The client says: ", "\"" + text + "\""));
        print("It means: ", known.meaning());
        if (usual.size() + others.size() > 1) {
            list("## Questions that tell the causes apart", Questions.of(usual));
        }
        if (!usual.isEmpty() || !others.isEmpty()) {
            heading("## What it can be" + (usual.size() < 2 ? "" : ", the most reported first"));
            for (int i = 0; i < usual.size(); i++) {
                Page page = Pages.of(usual.get(i));
                print((i + 1) + ". ", page.id() + ": " + page.title() + Catalog.signature(page.id())
                        .map(s -> " (phase " + s.phaseWords() + ", side " + s.sideWords() + ")").orElse(""));
                print("    Sign: ", page.sign());
                print("    Do first: ", Names.GENERAL.fill(page.first()));
            }
            if (!others.isEmpty()) {
                print("- ", (usual.isEmpty() ? "" : "less often: ") + String.join(", ", others));
            }
            print("", usual.size() + others.size() == 1 ? "" : "rdptrace explain ID tells more about each.");
        }
        if (known.fitsAlmostAll()) {
            list("## What articles advise for it, and what packets say", AdvisedChecks.all().stream().map(AdvisedChecks::says)
                    .toList());
        }
        if (usual.size() != 1) {
            heading("## How to record");
            RECORDING.todo().stream().filter(todo -> todo.startsWith("Capture: "))
                    .forEach(todo -> print("- ", Names.GENERAL.fill(todo.substring(9))));
        }
        written(known);
    }

    /// What the reader does before anything else.
    private static String first(String subject, CodeLookup known) {
        int causes = known.usual().size() + known.others().size();
        String advice = known.advice();
        if (causes == 1) {
            return advice.isEmpty() ? Names.GENERAL.fill(Pages.of(known.usual().getFirst()).todo().getFirst()) : advice;
        }
        String record = "record the failing try (below), then run rdptrace "
                + (ClientCodes.lookup(subject).isKnown() ? "--code \"" + Printable.of(subject, WIDEST) + "\" " : "")
                + "FILE";
        return !advice.isEmpty() ? advice : causes == 0 ? record + "; it says nothing about what happened on the wire, a capture will"
                : record + ": " + causes + " causes show it, and only packets tell them apart";
    }

    private void written(CodeLookup known) {
        List<String> lines = new ArrayList<>();
        for (Entry entry : known.entries()) {
            lines.add(entry.number() + (entry.name().equals("-") ? "" : " " + entry.name()) + " [" + entry.confidence() + "]: "
                    + entry.meaning() + " (" + entry.source() + ")");
        }
        for (Reading reading : known.readings()) {
            lines.add(reading.family() + " " + reading.number() + " " + reading.name() + ": " + reading.meaning() + " (" + reading.source()
                    + ")" + (reading.advice().isEmpty() ? "" : ". " + Names.GENERAL.fill(reading.advice())));
        }
        list("## Where it is written", lines.stream().limit(MOST).toList());
        if (lines.size() > MOST) {
            print("- ", "and " + (lines.size() - MOST) + " more with these words");
        }
        if (!known.entries().isEmpty()) {
            print("", LETTERS);
        }
    }

    private void list(String heading, List<String> items) {
        if (!items.isEmpty()) {
            heading(heading);
            items.forEach(item -> print("- ", item));
        }
    }

    private void heading(String heading) {
        console.out().println();
        console.out().println(heading);
    }

    /// Words, where a command in backticks is one word as long as it fits into a line.
    private static List<String> words(String text, int room) {
        List<String> words = new ArrayList<>();
        StringBuilder open = new StringBuilder();
        for (String word : text.split(" ")) {
            open.append(open.isEmpty() ? "" : " ").append(word);
            boolean inCommand = open.chars().filter(c -> c == '`').count() % 2 == 1;
            if (!inCommand) {
                words.add(open.toString());
                open.setLength(0);
            }
        }
        words.add(open.toString());
        return words.stream().flatMap(word -> word.length() <= room ? Stream.of(word) : Stream.of(word.split(" ")))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /// Wrapped under what follows `mark`.
    private void print(String mark, String text) {
        if (text.isEmpty()) {
            return;
        }
        StringBuilder line = new StringBuilder(mark);
        boolean empty = true;
        for (String word : words(text, width - mark.length())) {
            if (!empty && line.length() + 1 + word.length() > width) {
                console.out().println(line);
                line = new StringBuilder(" ".repeat(mark.length()));
                empty = true;
            }
            line.append(empty ? "" : " ").append(word);
            empty = false;
        }
        console.out().println(line);
    }
}

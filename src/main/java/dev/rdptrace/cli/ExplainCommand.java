package dev.rdptrace.cli;

import dev.rdptrace.diagnosis.page.ClientCodes;
import dev.rdptrace.diagnosis.page.ClientCodes.Answer;
import dev.rdptrace.diagnosis.page.ClientCodes.Entry;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Page.Names;
import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.diagnosis.rules.CodeBook;
import dev.rdptrace.diagnosis.rules.CodeBook.Family;
import dev.rdptrace.diagnosis.rules.CodeBook.Reading;
import java.io.PrintStream;
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

/// `rdptrace explain ID|CODE`: the page of a diagnosis, or what a client's number can mean.
final class ExplainCommand implements Callable<Integer> {
    private static final int WIDTH = 100;
    private static final String LETTERS = "A documented for this condition, B documented code that fits, C often reported, D a guess.";

    private static final int SOCKET_CLOSED = 0x904;
    private static final int SERVER_DENIED = 7;

    private final Console console;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    ExplainCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        spec.usageMessage().description("what a diagnosis or a client's error code means and what to do");
        return spec.addPositional(PositionalParamSpec.builder()
                        .paramLabel("ID|CODE")
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .arity("1..*")
                        .description("as in a report, or as a client or a log showed it: 0x904/0x7, 0xC000006D, SEC_E_LOGON_DENIED, alert 40, ...")
                        .build())
                .addOption(Option.help());
    }

    @Override
    public Integer call() {
        String subject = String.join(" ", spec.commandLine().getParseResult().matchedPositionalValue(0, List.<String>of())).strip();
        Optional<Page> page = Pages.page(subject.toLowerCase(Locale.ROOT));
        if (page.isPresent()) {
            page(page.get());
            return Exit.ANALYSED.code();
        }
        Answer answer = ClientCodes.lookup(subject);
        Answer extended = extendedAlone(answer);
        List<Reading> readings = CodeBook.find(subject).stream().filter(reading -> reading.family() != Family.ERROR_INFO || !extended.isKnown()).toList();
        if (readings.isEmpty() && !answer.isKnown() && !extended.isKnown()) {
            readings = CodeBook.anywhere(subject);
        }
        if (readings.isEmpty() && !answer.isKnown() && !extended.isKnown()) {
            throw new Failure(Exit.USAGE, "nothing known about " + (subject.isEmpty() ? "\"\"" : subject) + near(subject));
        }
        code(subject, answer, extended, readings);
        return Exit.ANALYSED.code();
    }

    /// What the number means as the second one of a dialog, where it was typed alone.
    private static Answer extendedAlone(Answer answer) {
        return answer.extended() >= 0 || answer.main() <= 0 ? new Answer(-1, -1, List.of()) : ClientCodes.lookup("ext " + answer.main());
    }

    /// The three that are nearest: words in common with an id or a meaning first, then the fewest letters to change.
    private static String near(String subject) {
        String text = subject.toLowerCase(Locale.ROOT);
        record Near(String name, int distance) {}
        List<Near> all = new ArrayList<>();
        Pages.all().forEach(page -> all.add(new Near(page.id(), distance(text, page.id(), page.title()))));
        ClientCodes.all().stream().filter(entry -> entry.family().startsWith("mstsc"))
                .forEach(entry -> all.add(new Near("\"" + numbers(entry) + "\"", distance(text, numbers(entry), entry.meaning()))));
        CodeBook.names().forEach(name -> all.add(new Near(name, distance(text, name, ""))));
        return "; did you mean " + String.join(", ", all.stream().sorted(Comparator.comparingInt(Near::distance)).map(Near::name).distinct().limit(3)
                .toList()) + "? rdptrace signatures lists all diagnoses";
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

    /// The page as it is written, in lines of one width; the fields above its first heading stay as they are.
    private void page(Page page) {
        StringBuilder paragraph = new StringBuilder();
        boolean fields = true;
        for (String line : Names.GENERAL.fill(page.text()).lines().toList()) {
            boolean heading = line.startsWith("#");
            boolean begins = heading || line.isBlank() || line.startsWith("- ");
            if (begins || fields) {
                flush(paragraph);
            }
            fields &= !line.startsWith("##");
            if (heading || line.isBlank()) {
                console.out().println(line);
            } else {
                paragraph.append(paragraph.isEmpty() ? "" : " ").append(line.strip());
            }
        }
        flush(paragraph);
        if (!page.codes().isEmpty()) {
            console.out().println();
            print("", "Codes that a client may show: " + LETTERS);
        }
    }

    private void flush(StringBuilder paragraph) {
        if (!paragraph.isEmpty()) {
            boolean bullet = paragraph.charAt(0) == '-';
            print(bullet ? "- " : "", bullet ? paragraph.substring(2) : paragraph.toString());
            paragraph.setLength(0);
        }
    }

    /// Documentation first and apart from what is only told; then the diagnoses, because a code alone is none.
    private void code(String subject, Answer answer, Answer extended, List<Reading> readings) {
        PrintStream out = console.out();
        out.println("# " + subject);
        lead(answer);
        boolean letters = answer.isKnown() || extended.isKnown();
        meanings("## Documented", answer.entries().stream().filter(entry -> entry.confidence() <= 'B').toList());
        meanings("## Reported, not documented", answer.entries().stream().filter(entry -> entry.confidence() > 'B').toList());
        meanings("## As the extended error code of a dialog", extended.entries());
        if (letters) {
            out.println();
            out.println(LETTERS);
        }
        readings(readings);
        List<String> usual = Stream.of(answer.usual(), extended.usual(), readings.stream().map(Reading::id).filter(id -> !id.isEmpty()).toList())
                .flatMap(List::stream).distinct().toList();
        List<String> others = answer.ids().stream().filter(id -> !usual.contains(id)).toList();
        out.println();
        if (usual.isEmpty() && others.isEmpty()) {
            print("", "It says nothing about what happened on the wire; a capture will.");
            return;
        }
        out.println("## What would produce it, and how it looks in a capture");
        for (String id : usual) {
            Pages.page(id).ifPresent(page -> {
                print("- ", id + ": " + page.title() + " (phase " + page.phase() + ", side " + page.side() + ")");
                page.wire().lines().filter(line -> !line.isBlank()).limit(2)
                        .forEach(line -> print("    ", line.startsWith("- ") ? line.substring(2) : line));
            });
        }
        if (!others.isEmpty()) {
            print("- ", (usual.isEmpty() ? "" : "less often: ") + String.join(", ", others));
        }
        out.println();
        boolean one = usual.size() + others.size() == 1;
        print("", one ? "rdptrace explain " + (usual.isEmpty() ? others : usual).getFirst() + " tells more."
                : "The code alone cannot tell them apart; a capture can" + (letters ? ": rdptrace --code \"" + subject + "\" FILE" : "")
                        + ". rdptrace explain ID tells more.");
    }

    /// The one pair that everybody sees says less than its words.
    private void lead(Answer answer) {
        if (answer.main() == SOCKET_CLOSED) {
            console.out().println();
            print("", "The connection was closed while the client waited for an answer. The code does not say by whom: the server and a device on"
                    + " the way look the same." + (answer.extended() == SERVER_DENIED ? " Before the session begins (MCS) the 7, \"denied\", is the"
                            + " client's own text; the server never said it." : ""));
        }
    }

    private void readings(List<Reading> readings) {
        if (readings.isEmpty()) {
            return;
        }
        console.out().println();
        console.out().println("## As a code of the protocols");
        for (Reading reading : readings) {
            print("- ", reading.family() + " " + reading.number() + " " + reading.name() + ": " + reading.meaning() + " (" + reading.family().source() + ")");
            if (!reading.advice().isEmpty()) {
                print("    ", reading.advice());
            }
        }
    }

    private void meanings(String heading, List<Entry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        console.out().println();
        console.out().println(heading);
        for (Entry entry : entries) {
            print("- ", numbers(entry) + (entry.name().equals("-") ? "" : " " + entry.name()) + " [" + entry.confidence() + "]: " + entry.meaning()
                    + " (" + entry.source() + ")");
        }
    }

    private static String numbers(Entry entry) {
        if (entry.family().equals("freerdp-exit")) {
            return "exit code " + entry.main() + " of xfreerdp";
        }
        String main = entry.main() < 0 ? "ext " : hex(entry.main());
        String extended = entry.extended() < 0 ? "" : (entry.main() < 0 ? "" : "/") + hex(entry.extended());
        String family = entry.family().startsWith("mstsc") ? "" : entry.family() + " ";
        return family + main + extended;
    }

    private static String hex(int code) {
        return "0x" + Integer.toHexString(code).toUpperCase(Locale.ROOT);
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
        return words.stream().flatMap(word -> word.length() <= room ? Stream.of(word) : Stream.of(word.split(" "))).filter(word -> !word.isEmpty())
                .toList();
    }

    /// Wrapped under what follows `mark`.
    private void print(String mark, String text) {
        StringBuilder line = new StringBuilder(mark);
        boolean empty = true;
        for (String word : words(text, WIDTH - mark.length())) {
            if (!empty && line.length() + 1 + word.length() > WIDTH) {
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

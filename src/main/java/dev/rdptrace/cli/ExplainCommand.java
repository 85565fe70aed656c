package dev.rdptrace.cli;

import dev.rdptrace.diagnosis.page.ClientCodes;
import dev.rdptrace.diagnosis.page.ClientCodes.Answer;
import dev.rdptrace.diagnosis.page.ClientCodes.Entry;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Page.Names;
import dev.rdptrace.diagnosis.page.Pages;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `rdptrace explain ID|CODE`: the page of a diagnosis, or what a client's number can mean.
final class ExplainCommand implements Callable<Integer> {
    private static final int WIDTH = 100;
    private static final String LETTERS = "A documented for this condition, B documented code that fits, C often reported, D a guess.";

    private final Console console;
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    ExplainCommand(Console console) {
        this.console = console;
    }

    CommandSpec spec() {
        spec.usageMessage().description("what a diagnosis or a client's error code means and what to do");
        return spec.addPositional(PositionalParamSpec.builder()
                        .paramLabel("ID|CODE")
                        .type(String.class)
                        .arity("1")
                        .description("as in a report, or as the client showed it: 0x904, 0x904/0x7, ...")
                        .build())
                .addOption(Option.help());
    }

    @Override
    public Integer call() {
        String subject = spec.commandLine().getParseResult().matchedPositionalValue(0, "");
        Optional<Page> page = Pages.page(subject.strip().toLowerCase(Locale.ROOT));
        if (page.isPresent()) {
            page(page.get());
            return Exit.ANALYSED.code();
        }
        Answer answer = ClientCodes.lookup(subject);
        if (!answer.isKnown()) {
            throw new Failure(Exit.USAGE, "nothing known about " + subject + near(subject));
        }
        code(subject, answer);
        return Exit.ANALYSED.code();
    }

    private static String near(String subject) {
        List<String> near = Pages.ids().stream().filter(id -> !subject.isBlank() && id.contains(subject.strip().toLowerCase(Locale.ROOT))).limit(6).toList();
        return near.isEmpty() ? "; rdptrace signatures lists what is" : "; did you mean " + String.join(", ", near) + "?";
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
    private void code(String subject, Answer answer) {
        PrintStream out = console.out();
        out.println("# " + subject);
        meanings("## Documented", answer.entries().stream().filter(entry -> entry.confidence() <= 'B').toList());
        meanings("## Reported, not documented", answer.entries().stream().filter(entry -> entry.confidence() > 'B').toList());
        out.println();
        out.println(LETTERS);
        if (answer.ids().isEmpty()) {
            out.println();
            print("", "It says nothing about what happened on the wire; a capture will.");
            return;
        }
        out.println();
        out.println("## What would produce it, and how it looks in a capture");
        for (String id : answer.ids()) {
            Pages.page(id).ifPresent(page -> {
                print("- ", id + ": " + page.title() + " (phase " + page.phase() + ", side " + page.side() + ")");
                page.wire().lines().filter(line -> !line.isBlank()).limit(2)
                        .forEach(line -> print("    ", line.startsWith("- ") ? line.substring(2) : line));
            });
        }
        out.println();
        print("", answer.ids().size() == 1 ? "rdptrace explain " + answer.ids().getFirst() + " tells more."
                : "The code alone cannot tell them apart; a capture can: rdptrace --code " + subject.replace(' ', '-') + " FILE. rdptrace explain ID tells more.");
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

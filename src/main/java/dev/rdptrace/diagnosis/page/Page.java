package dev.rdptrace.diagnosis.page;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What there is to say to people about one diagnosis, read from its Markdown page.
///
/// The texts may hold the placeholders `{server}`, `{client}`, `{time}` and `{port}`; [Names#fill] puts the names of
/// the case in. Texts keep the page's Markdown (backticks around commands and ids), without line breaks inside a
/// paragraph or bullet. A page with parts missing gives empty parts, never an error.
///
/// @param id      the diagnosis, the same as the file's name
/// @param title   what broke, in a few words
/// @param source  sections of the specifications, or `practice`
/// @param meaning what it means, one or more paragraphs separated by an empty line
/// @param wire    what exactly is seen, paragraphs or bullets, one a line
/// @param notThis look-alikes and how to tell them apart
/// @param todo    what to do, most likely first; each starts with the machine (`Server:`, `Path:`, …)
/// @param look    which log or command on which machine would confirm it
/// @param text    the whole page as written
public record Page(
        String id,
        String title,
        String source,
        String meaning,
        String wire,
        List<String> notThis,
        List<String> todo,
        List<String> look,
        String text) {

    static final String MEANING = "What it means";
    static final String WIRE = "On the wire";
    static final String NOT_THIS = "Not this if";
    static final String TO_DO = "What to do";
    static final String LOOK = "Where to look";
    /// Stands in advice that asks for a capture at the other end, in the place of these words.
    public static final String SECOND_CAPTURE = "{second capture}";

    /// Three points are none.
    private static final Pattern END_OF_SENTENCE = Pattern.compile("(?<!\\.)\\. ");

    /// Who is who in one case, to be put into a page's texts.
    ///
    /// @param time the moment of the failure as the report prints it
    public record Names(String server, String client, String time, String port) {
        /// For a page shown without a case.
        public static final Names GENERAL = new Names("SERVER", "CLIENT", "the time of the failure", "3389");

        /// `text` with every placeholder replaced.
        public String fill(String text) {
            return text.indexOf('{') < 0 ? text : text.replace("{server}", server)
                    .replace("{client}", client)
                    .replace("{time}", time)
                    .replace("{port}", port)
                    .replace(SECOND_CAPTURE, "second capture");
        }
    }

    /// The first sentence of [#meaning()].
    public String summary() {
        return firstSentence(meaning.lines().findFirst().orElse(""));
    }

    /// What to do before anything else: the first sentence of [#todo()].
    public String first() {
        return todo.isEmpty() ? "" : firstSentence(todo.getFirst());
    }

    private static String firstSentence(String text) {
        Matcher end = END_OF_SENTENCE.matcher(text);
        return end.find() ? text.substring(0, end.start() + 1) : text;
    }

    /// The one thing on the wire that decides for it: the first line of [#wire()].
    public String sign() {
        String line = wire.lines().findFirst().orElse("");
        return line.startsWith("- ") ? line.substring(2) : line;
    }

    /// Reads a page. Headings and fields it does not know are passed over; `id` stands in for a missing `id:` line.
    static Page parse(String id, String text) {
        String title = "";
        Map<String, String> fields = new HashMap<>();
        Map<String, List<String>> sections = new HashMap<>();
        List<String> section = null;
        for (String line : text.lines().toList()) {
            if (line.startsWith("## ")) {
                section = sections.computeIfAbsent(line.substring(3).strip(), _ -> new ArrayList<>());
            } else if (section != null) {
                append(section, line);
            } else if (line.startsWith("# ")) {
                title = line.substring(2).strip();
            } else if (line.indexOf(':') > 0) {
                int colon = line.indexOf(':');
                fields.put(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
            }
        }
        return new Page(
                fields.getOrDefault("id", id),
                title,
                fields.getOrDefault("source", ""),
                prose(sections, MEANING),
                prose(sections, WIRE),
                bullets(sections, NOT_THIS),
                bullets(sections, TO_DO),
                bullets(sections, LOOK),
                text);
    }

    /// A line that starts neither a bullet nor a paragraph belongs to what came before it.
    private static void append(List<String> section, String line) {
        String content = line.strip();
        boolean continues = !content.isEmpty()
                && !content.startsWith("- ")
                && !section.isEmpty()
                && !section.getLast().isEmpty();
        if (continues) {
            section.set(section.size() - 1, section.getLast() + ' ' + content);
        } else {
            section.add(content);
        }
    }

    private static String prose(Map<String, List<String>> sections, String heading) {
        return String.join("\n", sections.getOrDefault(heading, List.of())).strip();
    }

    private static List<String> bullets(Map<String, List<String>> sections, String heading) {
        return sections.getOrDefault(heading, List.of()).stream()
                .filter(line -> !line.isEmpty())
                .map(line -> line.startsWith("- ") ? line.substring(2).strip() : line)
                .toList();
    }
}

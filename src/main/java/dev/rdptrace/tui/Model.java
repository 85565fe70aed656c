package dev.rdptrace.tui;

import dev.rdptrace.evidence.Evidence.FrameBytes;
import dev.rdptrace.report.Ink;
import dev.rdptrace.report.Ladder;
import dev.rdptrace.report.Message;
import dev.rdptrace.report.Style;
import dev.rdptrace.report.TextReport;
import dev.rdptrace.report.TryRow;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What is shown, and what a key makes of it. It has no terminal, no files and no clock: the same keys give the same.
public final class Model {
    /// Of a screen.
    public static final int LEAST_WIDTH = 80;
    public static final int LEAST_HEIGHT = 24;
    /// The rest is counted.
    public static final int MOST_TRIES = 10_000;

    private static final int LONGEST_WORDS = 200;
    /// Rows of the ladder whose bytes are read together.
    private static final int NEAR = 200;

    /// What a screen is about.
    enum View {
        TRIES,
        LADDER,
        MESSAGE,
        REPORT,
        HELP
    }

    private final String title;
    private final boolean shared;
    private final boolean ascii;
    private final TryList list = new TryList(this);
    private final Pane ladder = new Pane();
    private final Pane text = new Pane();
    private final MessageView message;
    private final Map<Long, FrameBytes> bytes = new HashMap<>();
    private final Set<Long> asked = new HashSet<>();
    private List<Ladder.Rung> rungs = List.of();
    private List<Line> head = List.of();
    private View view = View.TRIES;
    private View behindHelp = View.TRIES;
    private String sought = "";
    private boolean everything;
    private @Nullable Question question; // null as a rule
    private String typed = "";
    private List<Integer> saved = List.of();
    private String status = "";
    private @Nullable ShownTry open; // null before one is
    private int width = LEAST_WIDTH;
    private int height = LEAST_HEIGHT;

    /// @param title what was read
    /// @param shared nothing that tells who somebody is; files are only saved redacted
    /// @param ascii the terminal shows no more than that
    public Model(String title, boolean shared, boolean ascii) {
        this.title = title;
        this.shared = shared;
        this.ascii = ascii;
        message = new MessageView(shared);
    }

    // ---- what happens ----

    /// More tries, numbered from 0 in the order in which they are added.
    ///
    /// @param notListed how many there are beside them, beyond [#MOST_TRIES]
    public void add(List<TryRow> more, int notListed) {
        list.add(more, notListed);
    }

    /// One more, with the next number, or one that is judged otherwise now.
    public void put(int number, TryRow row) {
        list.put(number, row);
        if (open != null && open.number() == number) {
            layOut();
        }
    }

    public void size(int columns, int lines) {
        width = columns;
        height = lines;
        if (!tooSmall()) {
            layOut();
        }
    }

    /// Answers [Wish.Open].
    public void opened(ShownTry one) {
        boolean other = open == null || open.number() != one.number();
        open = one;
        if (other) {
            ladder.begin();
            everything = false;
            bytes.clear();
            asked.clear();
        }
        view = View.LADDER;
        layOut();
        if (other) {
            ladder.goTo(IntStream.range(0, rungs.size()).filter(i -> rungs.get(i).ink() == Ink.BAD).findFirst().orElse(0));
        }
    }

    /// The try that is looked at.
    public ShownTry open() {
        return Objects.requireNonNull(open, "no try is on the screen");
    }

    /// Answers [Wish.Read]: frames by their numbers, those that could be read.
    public void bytes(Map<Long, FrameBytes> read) {
        bytes.putAll(read);
        message.begin();
        layOut();
    }

    /// Answers a wish in words, or tells what is going on; gone with the next key.
    public void say(String words) {
        status = words;
    }

    public Wish press(Key key) {
        status = "";
        if (key.name() == Key.Name.STOP) {
            return new Wish.Quit();
        }
        if (tooSmall()) {
            return is(key, 'q') ? new Wish.Quit() : Wish.NONE;
        }
        if (question != null) {
            return answer(key);
        }
        if (view == View.MESSAGE ? message.press(key) : pane().press(key)) {
            return Wish.NONE;
        }
        return switch (key.name()) {
            case F1 -> command('?');
            case F2 -> command('w');
            case F3 -> command('/');
            case F7 -> command('f');
            case F10 -> command('q');
            case ENTER, RIGHT -> enter();
            case ESCAPE, LEFT, BACKSPACE -> back(key);
            case CHARACTER -> command(key.character());
            case UP, DOWN, PAGE_UP, PAGE_DOWN, HOME, END, STOP, OTHER -> Wish.NONE;
        };
    }

    private static boolean is(Key key, int character) {
        return key.name() == Key.Name.CHARACTER && key.character() == character;
    }

    private Wish command(int character) {
        switch (character) {
            case '?' -> {
                behindHelp = view == View.HELP ? behindHelp : view;
                show(View.HELP);
            }
            case '/' -> ask(Question.SEARCH, view == View.TRIES ? list.search() : "");
            case 'n', 'N' -> next(character == 'n' ? 1 : -1);
            case 'q' -> {
                return view == View.TRIES ? new Wish.Quit() : back(Key.ESCAPE);
            }
            default -> {
                return view == View.TRIES ? inList(character) : inTry(character);
            }
        }
        return Wish.NONE;
    }

    private Wish inList(int character) {
        return list.command(character) || list.isEmpty() ? Wish.NONE : ofTry(character, list.number());
    }

    private Wish inTry(int character) {
        switch (character) {
            case 'd' -> {
                if (view == View.LADDER) {
                    show(View.REPORT);
                }
            }
            case 'v' -> {
                if (view == View.LADDER) {
                    everything = !everything;
                    layOut();
                }
            }
            case ']', '[' -> {
                int step = character == ']' ? 1 : -1;
                return view == View.MESSAGE ? message(beside(step)) : neighbour(step);
            }
            default -> {
                return view == View.HELP ? Wish.NONE : ofTry(character, open().number());
            }
        }
        return Wish.NONE;
    }

    /// What can be done with a try wherever it is shown.
    private Wish ofTry(int character, int number) {
        switch (character) {
            case 'y' -> {
                return copy(view == View.MESSAGE ? "frame.number == " + rungs.get(ladder.at()).frame() : list.row(number).filter());
            }
            case 'Y' -> {
                return copy(list.row(number).decidingFilter());
            }
            case 'w', 'R' -> {
                if (shared && character == 'w') {
                    say("With --share only a redacted copy is saved: R");
                } else {
                    ask(character == 'w' ? Question.SAVE : Question.SAVE_REDACTED, "rdptrace-" + list.row(number).time()
                            .replaceAll("[-:]", "").replace(' ', '-') + (character == 'w' ? ".pcapng" : "-redacted.pcapng"));
                    saved = view == View.TRIES && !list.chosen().isEmpty() ? List.copyOf(list.chosen()) : List.of(number);
                }
            }
            default -> {}
        }
        return Wish.NONE;
    }

    private Wish copy(String filter) {
        say(filter.isEmpty() ? "No packet is named that decided." : "To the clipboard, if the terminal lets it: " + filter);
        return filter.isEmpty() ? Wish.NONE : new Wish.Copy(filter);
    }

    private Wish enter() {
        if (view == View.TRIES && !list.isEmpty()) {
            return new Wish.Open(list.number());
        }
        return view == View.LADDER ? message(ladder.at()) : Wish.NONE;
    }

    /// The next row that a packet stands for.
    private int beside(int step) {
        int row = ladder.at() + step;
        while (0 <= row && row < rungs.size() && rungs.get(row).frame() == 0) {
            row += step;
        }
        return row;
    }

    /// Shows what a row of the ladder is about.
    private Wish message(int row) {
        if (row < 0 || rungs.size() <= row) {
            say("There are no more rows.");
            return Wish.NONE;
        }
        ladder.goTo(row);
        Ladder.Rung rung = rungs.get(row);
        if (rung.frame() == 0) {
            say("No packet stands for this row.");
            return Wish.NONE;
        }
        message.begin();
        show(View.MESSAGE);
        if (shared || bytes.containsKey(rung.frame()) || !asked.add(rung.frame())) {
            return Wish.NONE;
        }
        SortedMap<Long, List<String>> texts = new TreeMap<>();
        for (Ladder.Rung near : rungs.subList(Math.max(0, row - NEAR), Math.min(rungs.size(), row + NEAR))) {
            if (near.frame() > 0) {
                List<String> told = texts.computeIfAbsent(near.frame(), _ -> new ArrayList<>());
                near.event().ifPresent(event -> Message.of(event, open().disguise()).fields().forEach(field -> told.add(field.text())));
            }
        }
        asked.addAll(texts.keySet());
        return new Wish.Read(texts);
    }

    /// The next try, or the one before, of those that are listed.
    private Wish neighbour(int step) {
        if (view == View.HELP) {
            return Wish.NONE;
        }
        if (!list.step(step)) {
            say(step > 0 ? "This is the last one." : "This is the first one.");
            return Wish.NONE;
        }
        return new Wish.Open(list.number());
    }

    private Wish back(Key key) {
        switch (view) {
            case TRIES -> {
                if (key.name() != Key.Name.ESCAPE) {
                    return Wish.NONE;
                }
                if (!list.whole()) {
                    say("q quits.");
                }
            }
            case LADDER -> view = View.TRIES;
            case MESSAGE, REPORT -> show(View.LADDER);
            case HELP -> show(behindHelp);
        }
        return Wish.NONE;
    }

    // ---- words to look for ----

    private void ask(Question asked, String proposed) {
        question = asked;
        typed = proposed;
    }

    private Wish answer(Key key) {
        switch (key.name()) {
            case ESCAPE -> {
                typed = question == Question.SEARCH ? "" : typed;
                searchAsTyped();
                question = null;
            }
            case BACKSPACE -> {
                typed = typed.isEmpty() ? typed : typed.substring(0, typed.offsetByCodePoints(typed.length(), -1));
                searchAsTyped();
            }
            case CHARACTER -> {
                typed = typed.length() < LONGEST_WORDS ? typed + Character.toString(key.character()) : typed;
                searchAsTyped();
            }
            case ENTER -> {
                Question asked = question;
                question = null;
                if (asked != Question.SEARCH) {
                    return typed.isBlank() ? Wish.NONE : new Wish.Save(saved, typed.strip(), asked == Question.SAVE_REDACTED);
                }
                if (view != View.TRIES && !typed.isEmpty()) {
                    sought = typed;
                    next(0);
                }
            }
            case UP, DOWN, LEFT, RIGHT, PAGE_UP, PAGE_DOWN, HOME, END, F1, F2, F3, F7, F10, STOP, OTHER -> {}
        }
        return Wish.NONE;
    }

    private void searchAsTyped() {
        if (question == Question.SEARCH && view == View.TRIES) {
            list.search(typed);
        }
    }

    private void next(int step) {
        if (view != View.TRIES && !sought.isEmpty() && !pane().find(sought, pane().at() + step, step < 0 ? -1 : 1)) {
            say("\"" + sought + "\" is not here.");
        }
    }

    static String plain(String words) {
        return words.toLowerCase(Locale.ROOT);
    }

    // ---- what there is to see ----

    private void show(View next) {
        view = next;
        text.begin();
        layOut();
    }

    /// Makes lines as wide as the screen, where it shows a try.
    private void layOut() {
        list.pane().page(height - Painter.AROUND - 1);
        if (open != null) {
            Style style = style(everything, width - 2);
            Ladder picture = Ladder.of(open.incident(), style, open.disguise());
            rungs = picture.rungs();
            head = new ArrayList<>(lines(TextReport.head(open.report(), open.incident(), style, open.disguise())));
            int most = Math.max(2, height / 3);
            if (head.size() > most) {
                head.subList(most, head.size()).clear();
                head.set(most - 1, Line.of(Ink.PLAIN, head.getLast().text() + " …"));
            }
            head.add(Line.of(Ink.HEADING, picture.heading()));
            ladder.show(rungs.stream().map(rung -> rung.lines().stream().map(line -> Line.of(rung.ink(), line)).toList()).toList(), true);
            ladder.page(height - Painter.AROUND - head.size());
        }
        switch (view) {
            case REPORT -> text.show(rows(lines(TextReport.text(open().report().of(open().incident()), style(true, width),
                    open().disguise()))), false);
            case HELP -> text.show(rows(Painter.HELP.lines().map(line -> Line.of(Ink.PLAIN, line)).toList()), false);
            case MESSAGE -> message.show(open(), rungs.get(ladder.at()), bytes, width, height - Painter.AROUND);
            case TRIES, LADDER -> {}
        }
        text.page(height - Painter.AROUND);
    }

    private static Style style(boolean everything, int columns) {
        return new Style(true, everything ? 1 : 0, false, false, Style.Clock.RELATIVE, ZoneOffset.UTC, columns, false);
    }

    private static List<Line> lines(String report) {
        return report.lines().map(Line::read).toList();
    }

    private static List<List<Line>> rows(List<Line> lines) {
        return lines.stream().map(List::of).toList();
    }

    boolean tooSmall() {
        return width < LEAST_WIDTH || height < LEAST_HEIGHT;
    }

    Pane pane() {
        return switch (view) {
            case TRIES -> list.pane();
            case LADDER -> ladder;
            case MESSAGE -> message.fields();
            case REPORT, HELP -> text;
        };
    }

    View view() {
        return view;
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    boolean ascii() {
        return ascii;
    }

    TryList list() {
        return list;
    }

    /// Lines above those that move.
    List<Line> head() {
        return view == View.LADDER ? head : view == View.MESSAGE ? message.head() : List.of();
    }

    /// Lines below them.
    List<Line> below() {
        return view == View.MESSAGE ? message.bytes() : List.of();
    }

    String title() {
        return switch (view) {
            case TRIES -> "rdptrace  " + title;
            case LADDER, MESSAGE, REPORT -> list.row(open().number()).parties() + "  " + list.row(open().number()).time() + " UTC";
            case HELP -> "rdptrace  keys";
        };
    }

    /// At the right of the title.
    String counts() {
        return switch (view) {
            case TRIES -> list.counts();
            case LADDER, MESSAGE, REPORT -> list.place();
            case HELP -> "";
        };
    }

    /// What stands above the keys.
    String status() {
        if (question != null) {
            return question + Painter.end(typed, width - question.toString().length() - 1) + "_";
        }
        return !status.isEmpty() ? status : view == View.TRIES && !list.search().isEmpty() ? "/" + list.search() : "";
    }

    String keys() {
        return switch (view) {
            case TRIES -> "Enter ladder  / search  f failed  s sort  Space choose  w save  ? help  q quit";
            case LADDER -> "Enter message  v all  d report  ] [ other try  w save  y copy  ? help  Esc back";
            case MESSAGE -> "j k field  PageUp PageDown bytes  ] [ next, previous row  ? help  Esc back";
            case REPORT -> "/ search  n N next, previous  ] [ next, previous try  ? help  Esc back";
            case HELP -> "Esc back";
        };
    }

    boolean shared() {
        return shared;
    }
}

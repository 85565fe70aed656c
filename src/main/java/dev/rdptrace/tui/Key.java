package dev.rdptrace.tui;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What somebody pressed.
///
/// @param character of [Name#CHARACTER], else 0
public record Key(Name name, int character) {

    public enum Name {
        CHARACTER,
        ENTER,
        ESCAPE,
        BACKSPACE,
        UP,
        DOWN,
        LEFT,
        RIGHT,
        PAGE_UP,
        PAGE_DOWN,
        HOME,
        END,
        F1,
        F2,
        F3,
        F7,
        F10,
        /// Ctrl-C.
        STOP,
        /// One that means nothing here.
        OTHER
    }

    public static final Key ENTER = new Key(Name.ENTER, 0);
    public static final Key ESCAPE = new Key(Name.ESCAPE, 0);

    /// ECMA-48 5.4 control sequences, and those that begin with SS3.
    private static final Pattern SEQUENCE = Pattern.compile("\u001b(?:O([A-Za-z])|\\[([0-9;?<>=]*)[ -/]*([@-~]))");
    /// By their last letter, as xterm and its like send them.
    private static final Map<String, Name> LETTERS = Map.of("A", Name.UP, "B", Name.DOWN, "C", Name.RIGHT, "D", Name.LEFT, "H", Name.HOME,
            "F", Name.END, "P", Name.F1, "Q", Name.F2, "R", Name.F3);
    /// By the number before `~`.
    private static final Map<String, Name> NUMBERS = Map.ofEntries(Map.entry("1", Name.HOME), Map.entry("7", Name.HOME),
            Map.entry("4", Name.END), Map.entry("8", Name.END), Map.entry("5", Name.PAGE_UP), Map.entry("6", Name.PAGE_DOWN),
            Map.entry("11", Name.F1), Map.entry("12", Name.F2), Map.entry("13", Name.F3), Map.entry("18", Name.F7),
            Map.entry("21", Name.F10));

    public static Key of(int character) {
        return new Key(Name.CHARACTER, character);
    }

    /// The keys in what a terminal sent; an escape character with nothing behind it is the key.
    public static List<Key> read(String sent) {
        List<Key> keys = new ArrayList<>();
        Matcher sequence = SEQUENCE.matcher(sent);
        for (int i = 0; i < sent.length(); ) {
            if (sequence.region(i, sent.length()).lookingAt()) {
                keys.add(new Key(named(sequence), 0));
                i = sequence.end();
                continue;
            }
            int character = sent.codePointAt(i);
            i += Character.charCount(character);
            keys.add(switch (character) {
                case '\r', '\n' -> ENTER;
                case 0x1b -> ESCAPE;
                case '\b', 0x7f -> new Key(Name.BACKSPACE, 0);
                case 0x03 -> new Key(Name.STOP, 0);
                case 0x02 -> new Key(Name.PAGE_UP, 0);
                case 0x06 -> new Key(Name.PAGE_DOWN, 0);
                default -> character < ' ' ? new Key(Name.OTHER, 0) : of(character);
            });
        }
        return keys;
    }

    private static Name named(Matcher sequence) {
        if (sequence.group(1) != null) {
            return LETTERS.getOrDefault(sequence.group(1), Name.OTHER);
        }
        String number = sequence.group(2).replaceFirst(";.*", "");
        return sequence.group(3).equals("~") ? NUMBERS.getOrDefault(number, Name.OTHER)
                : LETTERS.getOrDefault(sequence.group(3), Name.OTHER);
    }
}

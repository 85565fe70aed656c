package dev.rdptrace.report;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.timeline.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What happened, in words and as a list of fields, safe to show.
public record Message(String says, String from, List<Field> fields) {
    private static final int MOST_FIELDS = 500;

    /// @param text as it stands in the message where a text does, else empty
    public record Field(String name, String value, String text) {}

    public static Message of(Event event, Disguise disguise) {
        List<Field> fields = new ArrayList<>();
        add(fields, "", EventText.details(event), disguise);
        return new Message(LineWriter.safe(EventText.of(event).says(), disguise), LineWriter.safe(EventText.from(event.from()), disguise),
                List.copyOf(fields));
    }

    private static void add(List<Field> to, String name, Object value, Disguise disguise) {
        if (to.size() == MOST_FIELDS) {
            return;
        }
        switch (value) {
            case Map<?, ?> map -> map.forEach((key, inner) -> add(to, name.isEmpty() ? key.toString() : name + "." + key, inner, disguise));
            case List<?> list when list.stream().noneMatch(Map.class::isInstance) -> to.add(new Field(name, LineWriter.safe(list.stream()
                    .map(String::valueOf).collect(Collectors.joining(", ")), disguise), ""));
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    add(to, name + "[" + i + "]", list.get(i), disguise);
                }
            }
            case String text -> to.add(new Field(name, LineWriter.safe(text, disguise), Identity.shown(text)));
            default -> to.add(new Field(name, value.toString(), ""));
        }
    }
}

package dev.rdptrace.report;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.timeline.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What a shared report still says of what its capture's peers said by name. Plain words are not looked for: sentences are made of them.
public final class Leaks {
    private static final Pattern NAMING = Pattern.compile("(?s).*[0-9.@\\\\-].*");
    /// Words of specifications.
    private static final Set<String> OURS = Set.of("curve", "extendedKeyUsages", "guid", "keyAlgorithm", "oid", "signatureAlgorithm");

    private Leaks() {}

    /// Texts of the wire that stand in it, each with where it was read.
    public static Map<String, String> of(Report report) {
        Map<String, String> said = new TreeMap<>();
        report.incidents().forEach(incident -> incident.attempts().forEach(diagnosis -> collect(diagnosis.attempt(), "", said)));
        Disguise disguise = Disguise.of(report);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            JsonReport.write(report, disguise, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String shared = out.toString(StandardCharsets.UTF_8);
        said.keySet().removeIf(text -> text.length() < 5 || !NAMING.matcher(text).matches()
                || disguise.shown(Identity.WORD.of(text)).equals(text)
                || !Pattern.compile("(?<![\\w.-])" + Pattern.quote(text) + "(?![\\w.-])", Pattern.CASE_INSENSITIVE).matcher(shared).find());
        return said;
    }

    private static void collect(Object value, String where, Map<String, String> said) {
        switch (value) {
            case Endpoint end -> said.put(end.address(), "address");
            case Optional<?> one -> one.ifPresent(inner -> collect(inner, where, said));
            case Collection<?> all -> all.forEach(inner -> collect(inner, where, said));
            case Map<?, ?> map -> map.values().forEach(inner -> collect(inner, where, said));
            case String text when !where.isEmpty() -> said.put(text, where);
            case Record record -> {
                boolean wire = record.getClass().getName().contains(".wire.");
                for (RecordComponent component : record.getClass().getRecordComponents()) {
                    boolean named = wire ? !OURS.contains(component.getName())
                            : List.of("sender", "user", "target", "from", "serverName").contains(component.getName());
                    collect(value(component.getAccessor(), record),
                            named ? record.getClass().getSimpleName() + "." + component.getName() : "", said);
                }
            }
            case null, default -> {}
        }
    }

    private static Object value(Method accessor, Object of) {
        try {
            accessor.setAccessible(true);
            return accessor.invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}

package dev.rdptrace.cli;

import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.diagnosis.rules.Catalog;
import dev.rdptrace.wire.field.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What can be asked without a capture to tell the causes of one code apart: `tables/questions.tsv`.
final class Questions {
    private static final List<String[]> ROWS = Table.rows("questions.tsv");

    private Questions() {}

    /// The questions whose answers leave different ones of `ids`, each with the places in `ids` that its answers leave.
    static List<String> of(List<String> ids) {
        Map<String, Map<String, String>> left = new LinkedHashMap<>();
        for (String[] row : ROWS) {
            int[] fitting = IntStream.range(0, ids.size()).filter(i -> fits(row, Pages.of(ids.get(i)))).map(i -> i + 1).toArray();
            if (fitting.length > 0) {
                left.computeIfAbsent(row[0], _ -> new LinkedHashMap<>()).put(row[1], runs(fitting));
            }
        }
        List<String> questions = new ArrayList<>();
        left.forEach((question, answers) -> {
            if (answers.size() > 1 && answers.values().stream().distinct().count() > 1) {
                questions.add(question + " " + answers.entrySet().stream().map(answer -> answer.getKey() + ": " + answer.getValue())
                        .collect(Collectors.joining("; ")));
            }
        });
        return questions;
    }

    /// `1 to 3, 5`
    private static String runs(int[] numbers) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < numbers.length; i++) {
            int end = i;
            while (end + 1 < numbers.length && numbers[end + 1] == numbers[end] + 1) {
                end++;
            }
            text.append(text.isEmpty() ? "" : ", ").append(numbers[i]).append(end > i + 1 ? " to " + numbers[end] : "");
            i = end > i + 1 ? end : i;
        }
        return text.toString();
    }

    private static boolean fits(String[] row, Page page) {
        Signature signature = Catalog.signature(page.id()).orElseThrow();
        return (signature.phases().isEmpty() || signature.phases().stream().anyMatch(phase -> phase.toString().matches(row[2])))
                && signature.sides().stream().anyMatch(side -> side == Culprit.UNKNOWN || side.toString().matches(row[3]))
                && page.id().matches(row[4]);
    }
}

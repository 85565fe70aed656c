package dev.rdptrace.cli;

import dev.rdptrace.diagnosis.page.ClientCodes;
import dev.rdptrace.diagnosis.page.ClientCodes.Answer;
import dev.rdptrace.diagnosis.page.ClientCodes.Entry;
import dev.rdptrace.diagnosis.page.Page;
import dev.rdptrace.diagnosis.page.Pages;
import dev.rdptrace.diagnosis.rules.Catalog;
import dev.rdptrace.diagnosis.rules.CodeBook;
import dev.rdptrace.diagnosis.rules.CodeBook.Family;
import dev.rdptrace.diagnosis.rules.CodeBook.Reading;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What this program knows about something a user typed: rows of the table of client codes, codes of the protocols, pages.
///
/// @param entries  what clients show, the most specific first
/// @param readings codes of the protocols and of logs
/// @param pages    diagnoses whose title has the words that were typed
record CodeLookup(List<Entry> entries, List<Reading> readings, List<String> pages) {
    private static final int MOST = 16;
    /// They stand in every text, and tell nothing.
    private static final Set<String> EMPTY_WORDS = Set.of("remote", "desktop", "computer", "error", "code", "occurred", "has", "have",
            "been", "the", "a", "an", "and", "or", "of", "to", "in", "on", "is", "are", "not", "did", "does", "do", "can", "cannot",
            "could", "your", "my", "this", "that", "because",
            "for", "with", "it", "be", "was", "rdp", "connect", "connection", "t", "i", "no");

    static CodeLookup of(String subject) {
        Answer answer = ClientCodes.lookup(subject);
        boolean number = answer.main() >= 0 || answer.extended() >= 0;
        List<Reading> found = CodeBook.find(subject);
        List<Entry> entries = Stream.concat(answer.entries().stream(), extended(subject, answer, !found.isEmpty())).distinct().toList();
        boolean other = !entries.isEmpty() || found.stream().anyMatch(reading -> reading.family() == Family.EVENT);
        List<Reading> readings = found.stream().filter(reading -> reading.family() != Family.ERROR_INFO || !other).toList();
        if (entries.isEmpty() && readings.isEmpty()) {
            readings = CodeBook.anywhere(subject);
        }
        boolean known = !readings.isEmpty() || number && !entries.isEmpty() || entries.size() == 1;
        return known ? new CodeLookup(entries, readings, List.of()) : with(words(subject), entries);
    }

    /// People give the second number of a dialog alone, too; in decimal only where it is nothing else.
    private static Stream<Entry> extended(String subject, Answer answer, boolean read) {
        boolean hexadecimal = subject.toLowerCase(Locale.ROOT).startsWith("0x");
        boolean likely = answer.extended() < 0 && answer.main() > 0 && (hexadecimal || answer.entries().isEmpty() && !read);
        return likely ? ClientCodes.lookup("ext " + answer.main()).entries().stream().filter(entry -> entry.extended() == answer.main())
                : Stream.of();
    }

    /// Where all of the words stand: in the text of a dialog or its meaning, in that of a code, in the title of a page. Dialogs that have
    /// several words as they were typed stand for themselves.
    private static CodeLookup with(Set<String> words, List<Entry> typed) {
        if (words.isEmpty() && typed.isEmpty()) {
            return new CodeLookup(List.of(), List.of(), List.of());
        }
        boolean phrase = !typed.isEmpty() && words.size() != 1;
        List<Entry> texts = phrase ? typed : Stream.concat(typed.stream(), ClientCodes.all().stream()
                .filter(entry -> all(words, entry.dialog() + ' ' + entry.meaning() + ' ' + entry.name()))).distinct().toList();
        return new CodeLookup(texts.stream().sorted((one, other) -> Boolean.compare(other.family().equals("dialog"), one.family()
                .equals("dialog"))).toList(), phrase ? List.of() : CodeBook.all().stream()
                        .filter(reading -> all(words, reading.name().replace('_', ' ') + ' ' + reading.meaning()))
                        .toList(),
                phrase ? List.of() : Catalog.pages().stream().filter(page -> all(words, page.title())).map(Page::id).toList());
    }

    private static boolean all(Set<String> words, String text) {
        return split(text).collect(Collectors.toSet()).containsAll(words);
    }

    private static Set<String> words(String subject) {
        Set<String> telling = split(subject).filter(word -> word.length() > 2 && !EMPTY_WORDS.contains(word) && !word.chars()
                .allMatch(Character::isDigit))
                .collect(Collectors.toSet());
        return telling.stream().anyMatch(word -> word.length() > 3) ? telling : Set.of();
    }

    /// In lower case and without the plural.
    private static Stream<String> split(String text) {
        return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^a-z0-9]+"))
                .map(word -> word.length() > 3 && word.endsWith("s") ? word.substring(0,
                        word.length() - 1) : word);
    }

    boolean nothing() {
        return entries.isEmpty() && readings.isEmpty() && pages.isEmpty();
    }

    /// The text of the dialog that shows it, from the most specific row that has one.
    Optional<String> dialog() {
        return entries.stream().map(Entry::dialog).filter(text -> !text.equals("-")).findFirst();
    }

    /// One sentence.
    String meaning() {
        return Stream.of(entries.stream().map(Entry::meaning), readings.stream().map(Reading::meaning), pages.stream()
                .map(id -> Pages.of(id).title()))
                .flatMap(all -> all).findFirst().orElse("");
    }

    /// What the codes of the protocols themselves advise.
    String advice() {
        return entries.isEmpty() ? readings.stream().map(Reading::advice).filter(advice -> !advice.isEmpty()).findFirst().orElse("") : "";
    }

    boolean fitsAlmostAll() {
        return pages.isEmpty() && usual().size() + others().size() >= ClientCodes.Answer.ALMOST_ALL;
    }

    /// The diagnoses that most often show it, best first.
    List<String> usual() {
        return Stream.of(entries.stream().flatMap(entry -> entry.producers().stream().limit(entry.usual())).map(ClientCodes.Producer::id),
                pages.stream(), readings.stream().flatMap(reading -> reading.ids().stream())).flatMap(all -> all).distinct().limit(MOST)
                .toList();
    }

    /// All others.
    List<String> others() {
        List<String> usual = usual();
        return Stream.of(entries.stream().flatMap(entry -> entry.producers().stream()).map(ClientCodes.Producer::id), pages.stream(),
                readings.stream().flatMap(reading -> reading.ids().stream())).flatMap(all -> all).distinct()
                .filter(id -> !usual.contains(id)).toList();
    }
}

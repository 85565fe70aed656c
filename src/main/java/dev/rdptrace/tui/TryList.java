package dev.rdptrace.tui;

import dev.rdptrace.report.TryRow;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/// The tries, those of them that are listed, and those that are chosen.
final class TryList {
    /// By what the tries are in order.
    enum Order {
        WORST(Comparator.comparingInt(TryRow::rank).thenComparingLong(TryRow::nanos), "worst first"),
        TIME(Comparator.comparingLong(TryRow::nanos), "by time"),
        CAUSE(Comparator.comparing(TryRow::id).thenComparingLong(TryRow::nanos), "by cause"),
        PARTIES(Comparator.comparing(TryRow::parties).thenComparingLong(TryRow::nanos), "by client and server");

        private final Comparator<TryRow> by;
        private final String says;

        Order(Comparator<TryRow> by, String says) {
            this.by = by;
            this.says = says;
        }

        @Override
        public String toString() {
            return says;
        }
    }

    private final Model model;
    private final Pane pane = new Pane();
    private final List<TryRow> tries = new ArrayList<>();
    private final Set<Integer> chosen = new TreeSet<>();
    private Integer[] shown = new Integer[0];
    private Order order = Order.WORST;
    private String search = "";
    private boolean failedOnly;
    private long failed;
    private long left;
    private boolean oneDay = true;
    private int widestParties;

    TryList(Model model) {
        this.model = model;
        arrange();
    }

    void add(List<TryRow> more, int notListed) {
        left += notListed;
        more.forEach(row -> take(tries.size(), row));
        arrange();
    }

    void put(int number, TryRow row) {
        take(number, row);
        arrange();
    }

    private void take(int number, TryRow row) {
        oneDay &= tries.isEmpty() || tries.getFirst().time().startsWith(row.time().substring(0, TryRow.DATE));
        widestParties = Math.max(widestParties, row.parties().length());
        failed += row.outcome().isTrouble() ? 1 : 0;
        if (number == tries.size()) {
            tries.add(row);
        } else {
            failed -= tries.set(number, row).outcome().isTrouble() ? 1 : 0;
        }
    }

    /// Filters and sorts, and stays where it was.
    private void arrange() {
        int before = pane.at() == 0 || isEmpty() ? -1 : number();
        String wanted = Model.plain(search);
        shown = IntStream.range(0, tries.size()).filter(i -> {
            TryRow row = tries.get(i);
            return (!failedOnly || row.outcome().isTrouble()) && (wanted.isEmpty() || Model.plain(row.time() + " " + row.parties() + " "
                    + row.point() + " " + row.id() + " " + row.file() + " " + row.outcome()).contains(wanted));
        }).boxed().sorted(Comparator.comparing(tries::get, order.by)).toArray(Integer[]::new);
        Integer[] now = shown;
        pane.show(new AbstractList<>() {
            @Override
            public List<Line> get(int place) {
                return List.of(Painter.line(model, now[place]));
            }

            @Override
            public int size() {
                return now.length;
            }
        }, true);
        pane.goTo(Math.max(0, Arrays.asList(shown).indexOf(before)));
    }

    /// @return whether the key was meant for it
    boolean command(int character) {
        switch (character) {
            case 's' -> {
                order = Order.values()[(order.ordinal() + 1) % Order.values().length];
                arrange();
            }
            case 'f' -> {
                failedOnly = !failedOnly;
                arrange();
            }
            case ' ' -> {
                if (!isEmpty() && !chosen.remove(number())) {
                    chosen.add(number());
                }
                step(1);
            }
            case 'a' -> {
                if (!chosen.removeAll(Set.of(shown))) {
                    chosen.addAll(Arrays.asList(shown));
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    void search(String words) {
        search = words;
        arrange();
    }

    String search() {
        return search;
    }

    /// Takes search and filter away.
    ///
    /// @return whether there was one
    boolean whole() {
        boolean some = !search.isEmpty() || failedOnly;
        search = "";
        failedOnly = false;
        arrange();
        return some;
    }

    /// @return whether there is one
    boolean step(int by) {
        int place = pane.at() + by;
        if (place < 0 || shown.length <= place) {
            return false;
        }
        pane.goTo(place);
        return true;
    }

    boolean isEmpty() {
        return shown.length == 0;
    }

    /// Of the one that is picked, as it was added.
    int number() {
        return shown[pane.at()];
    }

    TryRow row(int number) {
        return tries.get(number);
    }

    boolean isChosen(int number) {
        return chosen.contains(number);
    }

    Set<Integer> chosen() {
        return chosen;
    }

    Pane pane() {
        return pane;
    }

    boolean oneDay() {
        return oneDay;
    }

    int widestParties() {
        return widestParties;
    }

    String counts() {
        return (shown.length < tries.size() ? shown.length + " of " : "") + tries.size() + (tries.size() == 1 ? " try" : " tries")
                + ", " + failed + " failed" + (left > 0 ? ", " + left + " not listed" : "")
                + (chosen.isEmpty() ? "" : ", " + chosen.size() + " chosen") + (failedOnly ? ", failed only" : "") + ", " + order;
    }

    String place() {
        return "try " + (pane.at() + 1) + " of " + shown.length;
    }
}

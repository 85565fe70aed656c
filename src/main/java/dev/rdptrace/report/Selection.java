package dev.rdptrace.report;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

/// Some of the incidents of a report, by their places in it: of a large capture they lie on disk, and each is on the heap
/// only while somebody looks at it.
///
/// @param <T> incidents, or what is told of them
final class Selection<T> extends AbstractList<T> implements RandomAccess {
    private final List<T> all;
    private int[] places = new int[8];
    private int size;

    Selection(List<T> all) {
        this.all = all;
    }

    /// Takes the incident at `place` of the list that this one selects from.
    void take(int place) {
        if (size == places.length) {
            places = Arrays.copyOf(places, 2 * size);
        }
        places[size++] = place;
    }

    @Override
    public T get(int index) {
        return all.get(places[Objects.checkIndex(index, size)]);
    }

    @Override
    public int size() {
        return size;
    }
}

package dev.rdptrace.redact;

import java.util.ArrayList;
import java.util.List;

/// What stands where in the bytes of one side of a connection; zeros stand everywhere else. Of a long session the beginning and the latest
/// are known, which repetitions of packets may bring again.
final class Spans {
    private static final int BEGINNING = 256;
    private static final int MOST = 4096;

    private record Span(long offset, byte[] content) {
        long end() {
            return offset + content.length;
        }
    }

    private final List<Span> spans = new ArrayList<>();

    void put(long offset, byte[] content) {
        int at = spans.size();
        while (at > 0 && spans.get(at - 1).offset >= offset) {
            at--;
        }
        while (at < spans.size() && spans.get(at).offset == offset && spans.get(at).content.length <= content.length) {
            spans.remove(at);
        }
        spans.add(at, new Span(offset, content));
    }

    void forget() {
        if (spans.size() > MOST) {
            spans.subList(BEGINNING, spans.size() - MOST / 2).clear();
        }
    }

    /// Writes what stands at `offset`.
    void fill(long offset, byte[] to, int at, int length) {
        int low = 0;
        int high = spans.size();
        while (low < high) {
            int middle = low + high >>> 1;
            if (spans.get(middle).end() <= offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        for (int i = Math.max(0, low); i < spans.size() && spans.get(i).offset < offset + length; i++) {
            Span span = spans.get(i);
            long from = Math.max(offset, span.offset);
            long end = Math.min(offset + length, span.end());
            if (from < end) {
                System.arraycopy(span.content, (int) (from - span.offset), to, at + (int) (from - offset), (int) (end - from));
            }
        }
    }
}

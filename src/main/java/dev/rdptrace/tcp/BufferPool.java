package dev.rdptrace.tcp;

import java.util.Arrays;

/// Buffers that go round among the connections: most have nothing waiting most of the time.
///
/// They are known by number, since they change hands with nearly every packet: see [FollowedConnections.Chain].
final class BufferPool {
    /// The page without bytes.
    static final int NONE = 0;
    /// Holds a segment of the usual size: nearly all that waits is the beginning of a record of two.
    static final int SMALL = 2 << 10;
    /// Holds what is waiting of nearly every handshake.
    static final int PAGE = 8 << 10;

    private static final int LIMIT = 256;
    private static final byte[] NOTHING = new byte[0];

    private byte[][] pages = new byte[64][];
    private int made = 1; // numbers that were given out at some time
    private final Pile small = new Pile();
    private final Pile large = new Pile();
    private final Pile vacant = new Pile(); // numbers without a page

    BufferPool() {
        pages[NONE] = NOTHING;
    }

    byte[] bytes(int page) {
        return pages[page];
    }

    /// A page for at least `length` bytes, with whatever was in it.
    int take(int length) {
        if (length <= SMALL) {
            return small.isEmpty() ? put(new byte[SMALL]) : small.take();
        }
        if (length <= PAGE) {
            return large.isEmpty() ? put(new byte[PAGE]) : large.take();
        }
        return put(new byte[Integer.highestOneBit(length) << 1]);
    }

    private int put(byte[] bytes) {
        int page = vacant.isEmpty() ? made++ : vacant.take();
        if (page == pages.length) {
            pages = Arrays.copyOf(pages, page * 2);
        }
        pages[page] = bytes;
        return page;
    }

    /// Nobody will read `page` any more once the packet at hand is done with.
    void give(int page) {
        int size = pages[page].length;
        if (size == SMALL && small.size < LIMIT) {
            small.put(page);
        } else if (size == PAGE && large.size < LIMIT) {
            large.put(page);
        } else if (page != NONE) {
            pages[page] = NOTHING;
            vacant.put(page);
        }
    }

    /// Numbers, the last one on top.
    private static final class Pile {
        private int[] numbers = new int[16];
        private int size;

        boolean isEmpty() {
            return size == 0;
        }

        int take() {
            return numbers[--size];
        }

        void put(int number) {
            if (size == numbers.length) {
                numbers = Arrays.copyOf(numbers, size * 2);
            }
            numbers[size++] = number;
        }
    }
}

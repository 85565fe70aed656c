package dev.rdptrace.capture;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Comments on the frames of a capture, by frame number: two words for each, and their bytes. A capture of a hundred thousand
/// connections has a million of them, most of which say what others say.
public final class Comments {
    /// On one frame; what comes later is left out.
    public static final int MOST_ON_A_FRAME = 8;
    private static final int LONGEST_BYTES = 4096;
    private static final int MOST_SHARED = 4096;

    private static final int ORDER_BITS = 28;
    private static final long ORDER = (1L << ORDER_BITS) - 1;
    private static final int CHUNK_SHIFT = 14;
    private static final int CHUNK = 1 << CHUNK_SHIFT;

    private long[] keys = new long[64]; // frame, and how many were added before
    private long[] texts = new long[64]; // where the text lies, in the order in which they were added
    private int size;
    private boolean sorted = true;

    private final List<byte[]> chunks = new ArrayList<>();
    private int room; // of the last chunk
    private final Map<String, Long> shared = new HashMap<>();

    /// @param frame of 1 and more; others are no frames and get no comment
    /// @param text up to 4096 bytes of UTF-8, which is more than anybody reads; a longer one is cut
    public void add(long frame, String text) {
        if (frame <= 0 || frame >= Long.MAX_VALUE >> ORDER_BITS || size == ORDER) {
            return;
        }
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, 2 * size);
            texts = Arrays.copyOf(texts, 2 * size);
        }
        keys[size] = frame << ORDER_BITS | size;
        texts[size] = place(text);
        size++;
        sorted = false;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /// In the order in which they were added, each once.
    public List<String> on(long frame) {
        if (!sorted) {
            Arrays.sort(keys, 0, size);
            sorted = true;
        }
        int first = Arrays.binarySearch(keys, 0, size, frame << ORDER_BITS);
        first = first < 0 ? -first - 1 : first;
        if (first == size || keys[first] >> ORDER_BITS != frame) {
            return List.of();
        }
        List<String> here = new ArrayList<>();
        for (int i = first; i < size && keys[i] >> ORDER_BITS == frame && here.size() < MOST_ON_A_FRAME; i++) {
            String text = text(texts[(int) (keys[i] & ORDER)]);
            if (!here.contains(text)) {
                here.add(text);
            }
        }
        return here;
    }

    private long place(String text) {
        Long known = shared.get(text);
        if (known != null) {
            return known;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = bytes.length;
        if (length > LONGEST_BYTES) {
            length = LONGEST_BYTES;
            while ((bytes[length] & 0xc0) == 0x80) {
                length--; // not within a character
            }
        }
        if (room < 2 + length) {
            chunks.add(new byte[CHUNK]);
            room = CHUNK;
        }
        byte[] chunk = chunks.getLast();
        int at = CHUNK - room;
        chunk[at] = (byte) (length >> 8);
        chunk[at + 1] = (byte) length;
        System.arraycopy(bytes, 0, chunk, at + 2, length);
        room -= 2 + length;
        long place = (long) (chunks.size() - 1) << CHUNK_SHIFT | at;
        if (shared.size() < MOST_SHARED) {
            shared.put(text, place);
        }
        return place;
    }

    private String text(long place) {
        byte[] chunk = chunks.get((int) (place >> CHUNK_SHIFT));
        int at = (int) place & CHUNK - 1;
        return new String(chunk, at + 2, (chunk[at] & 0xff) << 8 | chunk[at + 1] & 0xff, StandardCharsets.UTF_8);
    }
}

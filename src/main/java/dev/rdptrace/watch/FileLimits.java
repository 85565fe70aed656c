package dev.rdptrace.watch;

import java.util.List;

/// When a file or a capture is full, in dumpcap's words: `duration:60`, `filesize:1000` (kB), `files:5`, `packets:100000`.
///
/// @param seconds 0 for no limit, as for the others
public record FileLimits(long seconds, long bytes, int files, long packets) {
    public static final FileLimits NONE = new FileLimits(0, 0, 0, 0);
    private static final int KILOBYTE = 1000;

    /// @throws IllegalArgumentException when it is none of them
    public static FileLimits parse(List<String> typed) {
        long seconds = 0;
        long bytes = 0;
        int files = 0;
        long packets = 0;
        for (String one : typed) {
            int colon = one.indexOf(':');
            long value;
            try {
                value = Long.parseLong(one.substring(colon + 1));
            } catch (NumberFormatException wrong) {
                value = 0;
            }
            if (colon < 0 || value <= 0) {
                throw new IllegalArgumentException(one);
            }
            switch (one.substring(0, colon)) {
                case "duration" -> seconds = value;
                case "filesize" -> bytes = value * KILOBYTE;
                case "files" -> files = (int) Math.min(value, Integer.MAX_VALUE);
                case "packets" -> packets = value;
                default -> throw new IllegalArgumentException(one);
            }
        }
        return new FileLimits(seconds, bytes, files, packets);
    }

    /// Does anything end a file but the end of the capture?
    public boolean endsFiles() {
        return seconds > 0 || bytes > 0 || packets > 0;
    }
}
